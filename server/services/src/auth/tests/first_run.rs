use ::store::{args, sql, testing::migrated};
use model::{
    Problem,
    audit::AuditFilter,
    auth::FirstRun,
    people::{Capability, Role},
};

use crate::{
    Services, audit,
    auth::{Credential, Entered, SignedIn, create_owner, first_run, first_run_link, first_run_open, me, recognise, sign_in},
    testing::{PASSWORD, refusal, request, secret, services, worlds},
};

fn form(tenant_name: &str, email: &str) -> FirstRun {
    FirstRun {
        tenant_name: tenant_name.into(),
        time_zone: "Europe/Paris".into(),
        name: "Ann Lee".into(),
        email: email.into(),
        password: PASSWORD.into(),
    }
}

async fn count(services: &Services, table: &str) -> i64 {
    let statement = match table {
        "tenant" => sql!("SELECT count(*) AS n FROM tenant"),
        "user" => sql!("SELECT count(*) AS n FROM people_user"),
        "audit" => sql!("SELECT count(*) AS n FROM audit_entry"),
        _ => sql!("SELECT count(*) AS n FROM auth_first_run"),
    };
    services.db.read_one(statement, args![]).await.unwrap().int("n").unwrap()
}

#[tokio::test]
async fn the_link_makes_the_tenant_and_signs_its_owner_in() {
    for (name, db) in migrated().await {
        let services = services(&db).await;
        let token = first_run_link(&services).await.unwrap().unwrap();
        assert!(first_run_open(&services, &token).await.unwrap(), "{name}");
        assert!(!first_run_open(&services, "guess").await.unwrap(), "{name}");
        let stored = services.db.read_one(sql!("SELECT secret_hash FROM auth_first_run"), args![]).await.unwrap();
        assert_ne!(stored.text("secret_hash").unwrap(), token, "{name}: only the hash is stored");
        let SignedIn { cookie_secret, principal, .. } =
            first_run(&services, &token, form("Acme", "Ann@acme.example"), &request("192.0.2.1")).await.unwrap();
        let who = me(&services, &principal.authorise(Capability::TenantWrite).unwrap()).await.unwrap();
        assert_eq!((who.name.as_str(), who.email.as_str(), who.role), ("Ann Lee", "ann@acme.example", Role::Owner), "{name}");
        assert_eq!((who.tenant_name.as_str(), who.time_zone.as_str()), ("Acme", "Europe/Paris"), "{name}");
        let again = recognise(&services, Credential::Cookie(cookie_secret.expose()), request("192.0.2.1")).await.unwrap();
        let ctx = again.unwrap().authorise(Capability::AuditRead).unwrap();
        let told = audit::list(&services, &ctx, &AuditFilter::default()).await.unwrap().items;
        let actions: Vec<_> = told.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions.len(), 3, "{name} {actions:?}");
        for action in ["tenant.created", "people.user.created", "auth.session.started"] {
            assert!(actions.contains(&action), "{name} {actions:?}");
        }
        assert_eq!(count(&services, "link").await, 0, "{name}");
        assert_eq!(first_run_link(&services).await.unwrap(), None, "{name}: never again");
        assert!(!first_run_open(&services, &token).await.unwrap(), "{name}");
        let second = first_run(&services, &token, form("Other", "eve@other.example"), &request("192.0.2.1")).await;
        assert!(matches!(refusal(second), Problem::Conflict { .. }), "{name}");
    }
}

#[tokio::test]
async fn of_many_calls_at_once_exactly_one_wins() {
    for (name, db) in migrated().await {
        let services = services(&db).await;
        let token = first_run_link(&services).await.unwrap().unwrap();
        let calls = (0..8).map(|number| {
            let (services, token) = (services.clone(), token.clone());
            tokio::spawn(async move {
                let info = request("192.0.2.1");
                first_run(&services, &token, form(&format!("Acme {number}"), &format!("ann{number}@acme.example")), &info).await
            })
        });
        let mut won = 0;
        for call in calls.collect::<Vec<_>>() {
            match call.await.unwrap() {
                Ok(_) => won += 1,
                lost => assert!(matches!(refusal(lost), Problem::Conflict { .. }), "{name}"),
            }
        }
        assert_eq!(won, 1, "{name}");
        assert_eq!((count(&services, "tenant").await, count(&services, "user").await), (1, 1), "{name}");
        assert_eq!(count(&services, "audit").await, 3, "{name}: losers leave nothing behind");
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_leaves_nothing_and_the_link_works_on() {
    for (name, db) in migrated().await {
        let services = services(&db).await;
        let token = first_run_link(&services).await.unwrap().unwrap();
        // The last thing the transaction writes is refused by the database.
        let table = services.db.execute(sql!("ALTER TABLE auth_session RENAME TO auth_session_away"), args![]).await;
        table.unwrap();
        assert!(first_run(&services, &token, form("Acme", "ann@acme.example"), &request("192.0.2.1")).await.is_err(), "{name}");
        services.db.execute(sql!("ALTER TABLE auth_session_away RENAME TO auth_session"), args![]).await.unwrap();
        assert_eq!((count(&services, "tenant").await, count(&services, "user").await, count(&services, "audit").await), (0, 0, 0), "{name}");
        first_run(&services, &token, form("Acme", "ann@acme.example"), &request("192.0.2.1")).await.unwrap();
    }
}

#[tokio::test]
async fn only_the_newest_link_works_and_bad_fields_do_not_use_it_up() {
    for (name, db) in migrated().await {
        let services = services(&db).await;
        let old = first_run_link(&services).await.unwrap().unwrap();
        let new = first_run_link(&services).await.unwrap().unwrap();
        let info = request("192.0.2.1");
        assert_eq!(refusal(first_run(&services, &old, form("Acme", "ann@acme.example"), &info).await), Problem::NotFound, "{name}");
        let bad = FirstRun { time_zone: "Mars/Base".into(), ..FirstRun::default() };
        let problem = refusal(first_run(&services, &new, bad, &info).await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["tenant_name", "name", "email", "password", "time_zone"], "{name}");
        let utc = FirstRun { time_zone: String::new(), ..form("Acme", "ann@acme.example") };
        let who = first_run(&services, &new, utc, &info).await.unwrap().principal.authorise(Capability::AccountOwn).unwrap();
        assert_eq!(who.zone().name(), "UTC", "{name}");
    }
}

#[tokio::test]
async fn the_command_line_adds_a_tenant_or_another_owner() {
    for (name, db) in migrated().await {
        let services = services(&db).await;
        let token = first_run_link(&services).await.unwrap().unwrap();
        let (acme, ann) = create_owner(&services, "Acme", "ann@acme.example", secret(PASSWORD), "").await.unwrap();
        assert!(!first_run_open(&services, &token).await.unwrap(), "{name}: the link is over");
        let (same, bo) = create_owner(&services, " Acme ", "bo@acme.example", secret(PASSWORD), "Europe/Paris").await.unwrap();
        let (other, _) = create_owner(&services, "Zenith", "cy@zenith.example", secret(PASSWORD), "").await.unwrap();
        assert!(same == acme && other != acme && ann != bo, "{name}");
        let Entered::In(signed_in) = sign_in(&services, "bo@acme.example", secret(PASSWORD), &request("192.0.2.1")).await.unwrap() else {
            panic!("{name}: nobody has a second factor yet")
        };
        let who = me(&services, &signed_in.principal.authorise(Capability::TenantWrite).unwrap()).await.unwrap();
        assert_eq!((who.tenant, who.name.as_str(), who.time_zone.as_str()), (acme, "bo", "UTC"), "{name}");
        let taken = create_owner(&services, "Acme", "ANN@acme.example", secret(PASSWORD), "").await;
        assert!(refusal(taken).for_field("email").is_some(), "{name}");
        let problem = refusal(create_owner(&services, "", "x", secret("short"), "Mars/Base").await);
        let fields: Vec<_> = problem.fields().iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["tenant_name", "email", "password", "time_zone"], "{name}");
    }
}

#[tokio::test]
async fn the_address_of_an_existing_account_is_refused_whole() {
    for (name, world) in worlds().await {
        let before = count(&world.services, "tenant").await;
        let taken = create_owner(&world.services, "Third", "owner@acme.example", secret(PASSWORD), "").await;
        assert!(refusal(taken).for_field("email").is_some(), "{name}");
        assert_eq!(count(&world.services, "tenant").await, before, "{name}: no tenant without an owner");
    }
}
