use model::{
    Problem,
    audit::AuditFilter,
    email::{
        schedule::{ScheduleForm, ScheduleStatus},
        send::ComposeForm,
    },
    ids::{AssetId, ScheduleId, UserId},
    people::{Capability, Licences, PeopleFilter, Role},
};

use crate::{
    Ctx, audit,
    auth::{self, Credential},
    email::schedules,
    people::{
        UserForm, add_member, assign, create_team, create_token_for, create_user, delete_user, get_team, get_user, licence_counts, list_users,
        update_team, update_user, work_of,
    },
    testing::{PASSWORD, World, refusal, request, secret, worlds},
};

#[tokio::test]
async fn a_deleted_person_is_gone_and_their_name_stays_in_the_log() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let (gone, heir) = (world.acme.person(Role::FullAccess), world.acme.person(Role::Supervisor));
        let cookie = world.sign_in(gone).await.cookie_secret;
        let token = create_token_for(services, &gone.email, "nightly", vec![Capability::EmailRead]).await.unwrap().secret;
        let team = create_team(services, &world.acme.ctx(Role::FullAccess, Capability::PeopleWrite), "Billing").await.unwrap();
        add_member(services, &ctx, team, &gone.email).await.unwrap();
        update_team(services, &ctx, team, "Billing", &gone.user.to_string()).await.unwrap();
        assign(services, &ctx, gone.user, Licences { contact_center: true, interact: true }, &[team]).await.unwrap();
        let work = work_of(services, &ctx, gone.user).await.unwrap();
        let counts: Vec<_> = work.items.iter().map(|item| item.count).collect();
        assert_eq!(counts, [Some(1), Some(0), Some(1), Some(1), Some(1), None, None], "{name}");
        assert!(work.heirs.iter().any(|(id, _)| *id == heir.user) && work.heirs.iter().all(|(id, _)| *id != gone.user), "{name}");
        let itself = refusal(delete_user(services, &ctx, gone.user, &gone.user.to_string()).await);
        assert!(itself.for_field("heir").is_some(), "{name}");
        delete_user(services, &ctx, gone.user, &heir.user.to_string()).await.unwrap();
        assert!(auth::recognise(services, Credential::Cookie(cookie.expose()), request("192.0.2.1")).await.unwrap().is_none(), "{name}");
        assert!(auth::recognise(services, Credential::Bearer(&token), request("192.0.2.1")).await.unwrap().is_none(), "{name}");
        assert!(auth::sign_in(services, &gone.email, secret(PASSWORD), &request("192.0.2.1")).await.is_err(), "{name}");
        assert_eq!(refusal(get_user(services, &ctx, gone.user).await), Problem::NotFound, "{name}");
        assert_eq!(refusal(delete_user(services, &ctx, gone.user, "").await), Problem::NotFound, "{name}");
        let listed = list_users(services, &ctx, &PeopleFilter::default()).await.unwrap().items;
        assert!(listed.iter().all(|user| user.id != gone.user && !user.email.contains("deleted")), "{name}");
        let detail = get_team(services, &ctx, team).await.unwrap();
        assert_eq!((detail.team.lead, detail.members.len()), (Some(heir.user), 1), "{name}");
        assert!(licence_counts(services, &ctx).await.unwrap().iter().all(|count| count.assigned == 0), "{name}");
        let filter = AuditFilter { search: "Full access of Acme".into(), ..Default::default() };
        let told = audit::list(services, &ctx, &filter).await.unwrap().items;
        assert!(told.iter().any(|entry| entry.action == "people.team.created" && entry.actor.contains(&gone.email)), "{name}");
        assert!(told.iter().any(|entry| entry.action == "people.user.deleted" && entry.subject_name == gone.name), "{name}");
        // The address is free again.
        let form = UserForm { name: "New".into(), email: gone.email.clone(), role: Role::Agent.into(), password: secret(PASSWORD) };
        create_user(services, &ctx, form).await.unwrap();
    }
}

#[tokio::test]
async fn the_last_owner_and_oneself_are_not_deleted_also_when_two_try_at_once() {
    for (name, world) in worlds().await {
        let services = &world.services;
        let first = world.acme.person(Role::Owner);
        let as_first = world.acme.owner();
        assert!(matches!(refusal(delete_user(services, &as_first, first.user, "").await), Problem::Conflict { .. }), "{name}");
        let form = UserForm { name: "Bo".into(), email: "bo@acme.example".into(), role: Role::Owner.into(), password: secret(PASSWORD) };
        let second = create_user(services, &as_first, form).await.unwrap();
        assert!(matches!(refusal(delete_user(services, &as_first, first.user, "").await), Problem::Forbidden { .. }), "{name}");
        let mut as_second = world.acme.principal(Role::Owner);
        as_second.user = Some(second);
        let as_second = as_second.authorise(Capability::PeopleWrite).unwrap();
        // One deletes, the other demotes, at the same moment: one of them must fail.
        let demoted = UserForm { name: "x".into(), email: first.email.clone(), role: Role::Agent.into(), password: secret("") };
        let (a, b) = tokio::join!(delete_user(services, &as_first, second, ""), update_user(services, &as_second, first.user, demoted));
        assert!(a.is_ok() != b.is_ok(), "{name}: {a:?} {b:?}");
        // Nobody with less than they deletes an owner.
        let full = world.acme.ctx(Role::FullAccess, Capability::PeopleWrite);
        let refused = refusal(delete_user(services, &full, if a.is_ok() { first.user } else { second }, "").await);
        assert!(matches!(refused, Problem::Forbidden { .. }), "{name}: {refused:?}");
    }
}

/// A schedule of whoever this is.
async fn schedule(world: &World, ctx: &Ctx, asset: AssetId) -> ScheduleId {
    let mail = ComposeForm {
        asset: asset.to_string(),
        to: "ann@out.example".into(),
        subject: "Reminder".into(),
        text: "Good day.".into(),
        ..ComposeForm::default()
    };
    let when = ScheduleForm { when: "repeat".into(), repeats: "daily".into(), time: "09:30".into(), ..ScheduleForm::default() };
    schedules::create(&world.services, ctx, mail, when, Vec::new()).await.unwrap()
}

async fn work_in_schedules(world: &World, user: UserId) -> Option<i64> {
    let work = work_of(&world.services, &world.acme.owner(), user).await.unwrap();
    work.items.iter().find(|item| item.what == "Schedules they made").unwrap().count
}

#[tokio::test]
async fn schedules_go_to_the_heir_or_are_paused_and_say_why() {
    for (name, world) in worlds().await {
        let (services, ctx) = (&world.services, world.acme.owner());
        let asset = super::mail::open_asset(&world).await;
        let (first, second) = (world.acme.person(Role::FullAccess), world.acme.person(Role::Supervisor));
        let others = schedule(&world, &world.acme.ctx(Role::Agent, Capability::EmailSend), asset).await;
        let mine = schedule(&world, &world.acme.ctx(Role::FullAccess, Capability::EmailSend), asset).await;
        let paused = schedule(&world, &world.acme.ctx(Role::FullAccess, Capability::EmailSend), asset).await;
        schedules::set_paused(services, &ctx, paused, true).await.unwrap();
        // Another address since: they are found all the same.
        let moved = UserForm { name: "Fay".into(), email: "fay@acme.example".into(), role: Role::FullAccess.into(), password: secret("") };
        update_user(services, &ctx, first.user, moved).await.unwrap();
        assert_eq!((work_in_schedules(&world, first.user).await, work_in_schedules(&world, second.user).await), (Some(2), Some(0)), "{name}");
        delete_user(services, &ctx, first.user, &second.user.to_string()).await.unwrap();
        assert_eq!(work_in_schedules(&world, second.user).await, Some(2), "{name}");
        let detail = schedules::get(services, &ctx, mine, "").await.unwrap();
        assert_eq!((detail.row.status, detail.row.note.as_str()), (ScheduleStatus::Active, ""), "{name}: it goes on");
        assert_eq!(detail.created_by, format!("{} <{}>", second.name, second.email), "{name}");
        assert_eq!(schedules::get(services, &ctx, paused, "").await.unwrap().row.status, ScheduleStatus::Paused, "{name}");
        // Nobody takes over: what runs is paused.
        delete_user(services, &ctx, second.user, "").await.unwrap();
        let detail = schedules::get(services, &ctx, mine, "").await.unwrap();
        assert_eq!(detail.row.status, ScheduleStatus::Paused, "{name}");
        assert_eq!(detail.row.note, "Supervisor of Acme, who made it, was deleted. Resume it if it is to go on.", "{name}");
        assert_eq!(schedules::get(services, &ctx, others, "").await.unwrap().row.status, ScheduleStatus::Active, "{name}");
        let filter = AuditFilter { action: "people.user.deleted".into(), ..Default::default() };
        let told = audit::list(services, &ctx, &filter).await.unwrap().items;
        let fates: Vec<_> =
            told.iter().flat_map(|entry| &entry.changes).filter(|one| one.field == "schedules").map(|one| one.after.clone()).collect();
        assert!(fates.contains(&Some("paused".into())) && fates.contains(&Some(format!("handed to {}", second.name))), "{name}: {fates:?}");
        // Whoever gets the address next has none of it.
        let form = UserForm { name: "New".into(), email: second.email.clone(), role: Role::Agent.into(), password: secret(PASSWORD) };
        let new = create_user(services, &ctx, form).await.unwrap();
        assert_eq!(work_in_schedules(&world, new).await, Some(0), "{name}");
        schedules::set_paused(services, &ctx, mine, false).await.unwrap();
    }
}
