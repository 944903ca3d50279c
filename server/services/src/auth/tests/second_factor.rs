use futures::future::join_all;
use model::{
    Problem,
    audit::AuditFilter,
    auth::SignInMethod,
    people::{Capability, Role},
};

use super::{code_of, ctx_of, enrolled, fresh, from_here, is_in, is_of, ticket};
use crate::{
    audit,
    auth::{
        change_password, confirm_identity, confirm_totp, new_recovery_codes, own_history, person_history, remove_totp, reset_factors, reset_link_for,
        second_step, second_step_open, security, sign_in, start_totp,
    },
    clock::{DAY, MINUTE, SECOND},
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

async fn step(world: &World, ticket: &str, code: &str) -> Result<(), Problem> {
    match second_step(&world.services, ticket, code, &from_here()).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

#[tokio::test]
async fn a_password_alone_lets_nobody_in_who_has_an_app() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let codes = enrolled(&world, agent).await;
        assert_eq!(codes.len(), 10, "{name}");
        let ticket = ticket(&world, agent).await;
        let secret = ticket.cookie_secret.expose();
        assert!(!is_in(&world, secret).await, "{name}: a ticket is no session");
        let asked = second_step_open(&world.services, secret).await.unwrap().unwrap();
        assert_eq!((asked.totp, asked.passkey, asked.recovery, asked.email.as_str()), (true, false, true, "agent@acme.example"), "{name}");
        let signed_in = second_step(&world.services, secret, &code_of(&world, agent).await, &from_here()).await.unwrap();
        assert!(is_of(&signed_in, agent) && is_in(&world, signed_in.cookie_secret.expose()).await, "{name}");
        let ctx = ctx_of(&world, signed_in.cookie_secret.expose()).await;
        assert_eq!(own_history(&world.services, &ctx).await.unwrap()[0].method, SignInMethod::PasswordTotp, "{name}");
        let row = world.services.db.read_one(::store::sql!("SELECT secret FROM auth_totp"), ::store::args![]).await.unwrap();
        assert!(row.bytes("secret").unwrap().len() > 40, "{name}: sealed");
    }
}

#[tokio::test]
async fn a_code_counts_once_even_in_parallel_and_for_another_ticket() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        enrolled(&world, agent).await;
        let code = code_of(&world, agent).await;
        let mut tickets = Vec::new();
        for _ in 0..3 {
            tickets.push(ticket(&world, agent).await);
        }
        let tries = tickets.iter().map(|ticket| step(&world, ticket.cookie_secret.expose(), &code));
        let entered = join_all(tries).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(entered, 1, "{name}");
        world.advance(30 * SECOND);
        let last = ticket(&world, agent).await;
        assert!(step(&world, last.cookie_secret.expose(), &code).await.is_err(), "{name}: replayed within the accepted skew");
        let next = code_of(&world, agent).await;
        step(&world, last.cookie_secret.expose(), &next).await.unwrap();
    }
}

#[tokio::test]
async fn a_recovery_code_counts_once_even_in_parallel() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let codes = enrolled(&world, agent).await;
        let (first, second) = (ticket(&world, agent).await, ticket(&world, agent).await);
        // However it is typed.
        let typed = codes[0].to_uppercase().replace('-', " ");
        let (a, b) = tokio::join!(step(&world, first.cookie_secret.expose(), &codes[0]), step(&world, second.cookie_secret.expose(), &typed));
        assert!(a.is_ok() != b.is_ok(), "{name}: {a:?} {b:?}");
        let third = ticket(&world, agent).await;
        assert!(step(&world, third.cookie_secret.expose(), &codes[0]).await.is_err(), "{name}");
        step(&world, third.cookie_secret.expose(), &codes[1]).await.unwrap();
        let ctx = {
            let ticket = ticket(&world, agent).await;
            let signed_in = second_step(&world.services, ticket.cookie_secret.expose(), &codes[2], &from_here()).await.unwrap();
            ctx_of(&world, signed_in.cookie_secret.expose()).await
        };
        assert_eq!(security(&world.services, &ctx).await.unwrap().recovery_left, 7, "{name}");
        let new = new_recovery_codes(&world.services, &ctx).await.unwrap();
        assert!(new.len() == 10 && !new.contains(&codes[5]), "{name}");
        let last = ticket(&world, agent).await;
        assert!(step(&world, last.cookie_secret.expose(), &codes[5]).await.is_err(), "{name}: replaced");
        // Codes are of one person.
        let other = world.acme.person(Role::Supervisor);
        enrolled(&world, other).await;
        let foreign = ticket(&world, other).await;
        assert!(step(&world, foreign.cookie_secret.expose(), &new[0]).await.is_err(), "{name}: somebody else's");
    }
}

#[tokio::test]
async fn a_ticket_is_good_once_for_a_while_and_for_few_tries() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let codes = enrolled(&world, agent).await;
        let over = |problem: Result<(), Problem>| problem.unwrap_err().message().contains("Start again");
        let used = ticket(&world, agent).await;
        step(&world, used.cookie_secret.expose(), &codes[0]).await.unwrap();
        assert!(over(step(&world, used.cookie_secret.expose(), &codes[1]).await), "{name}: reused");
        let stale = ticket(&world, agent).await;
        world.advance(10 * MINUTE);
        assert!(over(step(&world, stale.cookie_secret.expose(), &codes[1]).await), "{name}: stale");
        assert!(over(step(&world, "made up", &codes[1]).await), "{name}: made up");
        let spoiled = ticket(&world, agent).await;
        for _ in 0..5 {
            assert!(step(&world, spoiled.cookie_secret.expose(), "000000").await.unwrap_err().for_field("code").is_some(), "{name}");
        }
        world.advance(2 * MINUTE);
        assert!(over(step(&world, spoiled.cookie_secret.expose(), &codes[1]).await), "{name}: spoiled");
        // A new password ends tickets of the old one.
        let before = ticket(&world, agent).await;
        let owner = world.acme.owner();
        let form = crate::people::UserForm {
            name: agent.name.clone(),
            email: agent.email.clone(),
            role: agent.role.into(),
            password: secret("a wholly new password"),
        };
        crate::people::update_user(&world.services, &owner, agent.user, form).await.unwrap();
        assert!(over(step(&world, before.cookie_secret.expose(), &codes[1]).await), "{name}: of the old password");
    }
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_over_all_tickets() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let codes = enrolled(&world, agent).await;
        for _ in 0..5 {
            let ticket = ticket(&world, agent).await;
            assert!(step(&world, ticket.cookie_secret.expose(), "123456").await.unwrap_err().for_field("code").is_some(), "{name}");
        }
        let held = ticket(&world, agent).await;
        let blocked = step(&world, held.cookie_secret.expose(), &codes[0]).await.unwrap_err();
        assert!(matches!(blocked, Problem::Busy { .. }), "{name} {blocked:?}");
        world.advance(61 * SECOND);
        step(&world, held.cookie_secret.expose(), &codes[0]).await.unwrap();
        let ctx = world.acme.ctx(Role::Owner, Capability::PeopleWrite);
        let history = person_history(&world.services, &ctx, agent.user).await.unwrap();
        assert_eq!(history.iter().filter(|event| !event.succeeded).count(), 5, "{name}");
        assert!(history[0].succeeded && history[0].method == SignInMethod::PasswordRecovery, "{name} {:?}", history[0]);
    }
}

#[tokio::test]
async fn factors_are_changed_by_whoever_proved_themselves_lately() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let ctx = fresh(&world, agent).await;
        world.advance(10 * MINUTE);
        let refused = refusal(start_totp(&world.services, &ctx).await);
        assert!(matches!(refused, Problem::Forbidden { .. }), "{name} {refused:?}");
        let wrong = refusal(confirm_identity(&world.services, &ctx, secret("a wrong password here")).await);
        assert!(wrong.for_field("password").is_some(), "{name}");
        confirm_identity(&world.services, &ctx, secret(PASSWORD)).await.unwrap();
        start_totp(&world.services, &ctx).await.unwrap();
        let shown = security(&world.services, &ctx).await.unwrap();
        assert!(
            shown.recent && shown.totp.is_none() && shown.pending.as_ref().is_some_and(|setup| setup.uri.starts_with("otpauth://totp/")),
            "{name}"
        );
        // Not confirmed, so not asked for.
        world.sign_in(agent).await;
        assert!(refusal(confirm_totp(&world.services, &ctx, "000000").await).for_field("code").is_some(), "{name}");
        let elsewhere = world.sign_in(agent).await.cookie_secret;
        confirm_totp(&world.services, &ctx, &code_of(&world, agent).await).await.unwrap();
        assert!(!is_in(&world, elsewhere.expose()).await, "{name}: other sessions end");
        assert!(matches!(refusal(start_totp(&world.services, &ctx).await), Problem::Conflict { .. }), "{name}: there is one already");
        world.advance(11 * MINUTE);
        assert!(security(&world.services, &ctx).await.unwrap().pending.is_none(), "{name}");
        // A code proves the person too, and is used up by that.
        let code = code_of(&world, agent).await;
        confirm_identity(&world.services, &ctx, secret(&code)).await.unwrap();
        assert!(refusal(confirm_identity(&world.services, &ctx, secret(&code)).await).for_field("password").is_some(), "{name}");
        remove_totp(&world.services, &ctx).await.unwrap();
        assert_eq!(security(&world.services, &ctx).await.unwrap().recovery_left, 0, "{name}: codes go with the last factor");
        world.sign_in(agent).await;
        let told =
            audit::list(&world.services, &world.acme.owner(), &AuditFilter { action: "auth.totp".into(), ..Default::default() }).await.unwrap();
        let actions: Vec<_> = told.items.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["auth.totp.removed", "auth.totp.added"], "{name}");
    }
}

#[tokio::test]
async fn an_api_token_stays_outside() {
    for (name, world) in worlds().await {
        let owner = world.acme.person(Role::Owner);
        let ctx = fresh(&world, owner).await;
        let token = crate::people::create_token(&world.services, &ctx, "Script".into(), vec![Capability::AccountOwn]).await.unwrap();
        enrolled(&world, owner).await;
        let credential = crate::auth::Credential::Bearer(&token.secret);
        let principal = crate::auth::recognise(&world.services, credential, from_here()).await.unwrap().unwrap();
        let by_token = principal.authorise(Capability::AccountOwn).unwrap();
        assert!(security(&world.services, &by_token).await.unwrap().pending.is_none(), "{name}");
        for refused in [
            refusal(start_totp(&world.services, &by_token).await),
            refusal(remove_totp(&world.services, &by_token).await),
            refusal(new_recovery_codes(&world.services, &by_token).await.map(drop)),
            refusal(confirm_identity(&world.services, &by_token, secret(PASSWORD)).await),
        ] {
            assert!(matches!(refused, Problem::Conflict { .. }), "{name} {refused:?}");
        }
    }
}

#[tokio::test]
async fn an_owner_takes_factors_off_and_nobody_else_does() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        enrolled(&world, agent).await;
        let owner = fresh(&world, world.acme.person(Role::Owner)).await;
        let full = fresh(&world, world.acme.person(Role::FullAccess)).await;
        let foreign = fresh(&world, world.zenith.person(Role::Owner)).await;
        assert!(matches!(refusal(reset_factors(&world.services, &full, agent.user).await), Problem::Forbidden { .. }), "{name}");
        assert_eq!(refusal(reset_factors(&world.services, &foreign, agent.user).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(person_history(&world.services, &foreign, agent.user).await), Problem::NotFound, "{name}");
        let own = owner.user().unwrap();
        assert!(matches!(refusal(reset_factors(&world.services, &owner, own).await), Problem::Forbidden { .. }), "{name}");
        world.advance(11 * MINUTE);
        assert!(matches!(refusal(reset_factors(&world.services, &owner, agent.user).await), Problem::Forbidden { .. }), "{name}: not lately");
        confirm_identity(&world.services, &owner, secret(PASSWORD)).await.unwrap();
        reset_factors(&world.services, &owner, agent.user).await.unwrap();
        world.sign_in(agent).await;
        let told = audit::list(&world.services, &owner, &AuditFilter { action: "auth.factors.reset".into(), ..Default::default() }).await.unwrap();
        assert_eq!(told.items.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn history_shows_what_worked_and_what_did_not_for_ninety_days() {
    for (name, world) in worlds().await {
        let agent = world.acme.person(Role::Agent);
        let wrong = sign_in(&world.services, &agent.email, secret("a wrong password here"), &request("198.51.100.7")).await;
        assert!(refusal(wrong.map(drop)).for_field("email").is_some(), "{name}");
        world.advance(SECOND);
        let ctx = fresh(&world, agent).await;
        let seen: Vec<_> =
            own_history(&world.services, &ctx).await.unwrap().into_iter().map(|event| (event.succeeded, event.remote_address)).collect();
        assert_eq!(seen, [(true, "192.0.2.1".to_owned()), (false, "198.51.100.7".to_owned())], "{name}");
        change_password(&world.services, &ctx, secret(PASSWORD), secret("a wholly new password")).await.unwrap();
        world.advance(90 * DAY + SECOND);
        crate::auth::sweep(&world.services).await.unwrap();
        let row = world.services.db.read_one(::store::sql!("SELECT count(*) AS lines FROM auth_history"), ::store::args![]).await.unwrap();
        assert_eq!(row.int("lines").unwrap(), 0, "{name}");
    }
}

#[tokio::test]
async fn nothing_to_sign_in_with_is_left_of_a_deleted_person() {
    for (name, world) in worlds().await {
        let (services, gone, kept) = (&world.services, world.acme.person(Role::Agent), world.acme.person(Role::Supervisor));
        for person in [gone, kept] {
            enrolled(&world, person).await;
            reset_link_for(services, &person.email).await.unwrap();
        }
        crate::people::delete_user(services, &world.acme.owner(), gone.user, "").await.unwrap();
        for (person, expected) in [(gone, 0), (kept, 2 + i64::try_from(model::auth::RECOVERY_CODES).unwrap())] {
            let left = ::store::sql!(
                "SELECT (SELECT count(*) FROM auth_totp WHERE user_id = $1) + (SELECT count(*) FROM auth_reset WHERE user_id = $1)
                     + (SELECT count(*) FROM auth_passkey WHERE user_id = $1) + (SELECT count(*) FROM auth_recovery_code WHERE user_id = $1) AS n"
            );
            let row = services.db.read_one(left, ::store::args![person.user.uuid()]).await.unwrap();
            assert_eq!(row.int("n").unwrap(), expected, "{name} {}", person.email);
        }
    }
}
