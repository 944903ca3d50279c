//! The chain: many writers, other hands, old entries, entries of a release before.

use ::store::{Args, Db, Statement, args, sql};
use model::{
    audit::AuditFilter,
    people::{Capability, Role},
};

use super::{all, write};
use crate::{
    Services,
    audit::{Finding, adopt, sweep, verify, verify_own},
    clock::DAY,
    people, tenant,
    testing::{World, refusal, worlds},
};
async fn finding(services: &Services, tenant: &str) -> Finding {
    verify(services, Some(tenant)).await.unwrap().remove(0).finding
}

async fn intact(world: &World) -> (i64, i64, i64) {
    match finding(&world.services, "Acme").await {
        Finding::Intact { entries, expired, waiting } => (entries, expired, waiting),
        Finding::Broken(sentence) => panic!("{sentence}"),
    }
}

async fn count(world: &World) -> i64 {
    let all = sql!("SELECT count(*) AS n FROM audit_entry WHERE tenant_id = $1");
    world.services.db.read_one(all, args![world.acme.tenant.uuid()]).await.unwrap().int("n").unwrap()
}

/// The same installation in another process.
async fn another(world: &World) -> Services {
    let db = Db::open(world.db.url()).await.unwrap();
    Services { group: ::store::GroupWriter::start(db.clone()), db, ..world.services.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_writers_in_two_processes_make_one_chain() {
    const EACH: usize = 20;
    for (name, world) in worlds().await {
        let before = count(&world).await;
        let processes = [world.services.clone(), another(&world).await];
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..8 {
            let (services, ctx) = (processes[writer % 2].clone(), world.acme.owner());
            writers.spawn(async move {
                for number in 0..EACH {
                    people::rename_self(&services, &ctx, &format!("Owner {writer} {number}")).await.unwrap();
                }
            });
        }
        while let Some(done) = writers.join_next().await {
            done.unwrap();
        }
        let written = count(&world).await - before;
        assert!(written > i64::try_from(8 * EACH).unwrap() / 2, "{name}: {written}");
        assert_eq!(intact(&world).await, (before + written, 0, 0), "{name}");
        assert!(matches!(finding(&world.services, "Zenith").await, Finding::Intact { .. }), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_that_lock_other_rows_first_never_wait_in_a_circle() {
    for (name, world) in worlds().await {
        let processes = [world.services.clone(), another(&world).await];
        let owner = || world.acme.ctx(Role::Owner, Capability::TenantWrite);
        let mut work = tokio::task::JoinSet::new();
        for turn in 0..8 {
            let (services, ctx) = (processes[turn % 2].clone(), owner());
            work.spawn(async move {
                for number in 0..8 {
                    match turn % 4 {
                        0 => tenant::update(&services, &ctx, format!("Acme {turn} {number}"), "Europe/London".into(), "").await.unwrap(),
                        1 => tenant::update_records(&services, &ctx, if number % 2 == 0 { "tenant" } else { "utc" }, "400").await.unwrap(),
                        2 => people::rename_self(&services, &ctx, &format!("Owner {turn} {number}")).await.unwrap(),
                        _ => {
                            adopt(&services).await.unwrap();
                            sweep(&services).await.unwrap();
                        }
                    }
                }
            });
        }
        while let Some(done) = work.join_next().await {
            done.unwrap();
        }
        let found = verify(&world.services, None).await.unwrap();
        assert!(found.iter().all(|one| matches!(one.finding, Finding::Intact { .. })), "{name}: {found:?}");
    }
}

/// One thing that other hands may do, and what the walk says of it.
struct Tampering {
    what: &'static str,
    /// Each takes tenant and last number.
    steps: Vec<Statement>,
    said: &'static str,
}

fn tamperings() -> Vec<Tampering> {
    let one = |what, step, said| Tampering { what, steps: vec![step], said };
    let copy = sql!(
        "INSERT INTO audit_entry (id, tenant_id, at_micros, actor, actor_user_id, remote_address, request_id, action, subject_kind, subject_id,
             subject_name, changes, seq, hash)
         SELECT '00000000-0000-7000-8000-000000000000', tenant_id, at_micros, actor, actor_user_id, remote_address, request_id, action, subject_kind,
             subject_id, subject_name, changes, 5, hash
         FROM audit_entry WHERE tenant_id = $1 AND seq = 6 AND $2 > 0"
    );
    vec![
        one("actor", sql!("UPDATE audit_entry SET actor = 'Nobody' WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"), "entry number 5 ("),
        one("moment", sql!("UPDATE audit_entry SET at_micros = at_micros + 1 WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"), "entry number 5 ("),
        one("changes", sql!("UPDATE audit_entry SET changes = '[ ]' WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"), "entry number 5 ("),
        one("address", sql!("UPDATE audit_entry SET remote_address = '' WHERE tenant_id = $1 AND seq = $2"), "Changed, exchanged or moved"),
        one("its hash", sql!("UPDATE audit_entry SET hash = '' WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"), "entry number 5 ("),
        one("no hash", sql!("UPDATE audit_entry SET hash = NULL WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"), "entry number 5 ("),
        one(
            "one removed",
            sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"),
            "Entry number 5 is missing before entry number 6 (",
        ),
        one(
            "some removed",
            sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq >= 5 AND seq < 8 AND $2 > 0"),
            "Entries number 5 to 7 are missing before entry number 8 (",
        ),
        one("the first removed", sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = 1 AND $2 > 0"), "Entry number 1 is missing before"),
        one("the tail cut off", sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = $2"), "is missing at the end of the log."),
        one("everything removed", sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND $2 > 0"), "Entries number 1 to "),
        one(
            "taken out of the chain",
            sql!("UPDATE audit_entry SET seq = NULL, hash = NULL WHERE tenant_id = $1 AND seq = $2"),
            "is missing at the end of the log.",
        ),
        Tampering {
            what: "two exchanged",
            steps: vec![
                sql!("UPDATE audit_entry SET seq = -5 WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"),
                sql!("UPDATE audit_entry SET seq = 5 WHERE tenant_id = $1 AND seq = 6 AND $2 > 0"),
                sql!("UPDATE audit_entry SET seq = 6 WHERE tenant_id = $1 AND seq = -5 AND $2 > 0"),
            ],
            said: "entry number 5 (",
        },
        Tampering {
            what: "one put in between",
            steps: vec![
                sql!("UPDATE audit_entry SET seq = -seq - 1 WHERE tenant_id = $1 AND seq >= 5 AND $2 > 0"),
                sql!("UPDATE audit_entry SET seq = -seq WHERE tenant_id = $1 AND seq < 0 AND $2 > 0"),
                copy.clone(),
            ],
            said: "entry number 5 (",
        },
        Tampering {
            what: "one put in beside the chain",
            steps: vec![
                sql!("UPDATE audit_entry SET seq = -5 WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"),
                copy.clone(),
                sql!("UPDATE audit_entry SET seq = NULL, hash = NULL WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"),
                sql!("UPDATE audit_entry SET seq = 5 WHERE tenant_id = $1 AND seq = -5 AND $2 > 0"),
            ],
            said: "Entry 00000000-0000-7000-8000-000000000000 is not part of the chain",
        },
        Tampering {
            what: "one put in behind the end",
            steps: vec![
                sql!("UPDATE audit_entry SET seq = -5 WHERE tenant_id = $1 AND seq = 5 AND $2 > 0"),
                copy,
                sql!("UPDATE audit_entry SET seq = $2 + 1 WHERE tenant_id = $1 AND seq = 5"),
                sql!("UPDATE audit_entry SET seq = 5 WHERE tenant_id = $1 AND seq = -5 AND $2 > 0"),
            ],
            said: "Entry 00000000-0000-7000-8000-000000000000 (number ",
        },
        Tampering {
            what: "the tail cut off with the end moved",
            steps: vec![
                sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = $2"),
                sql!(
                    "UPDATE audit_chain SET last_seq = $2 - 1, last_hash = (SELECT hash FROM audit_entry WHERE tenant_id = $1 AND seq = $2 - 1)
                     WHERE tenant_id = $1"
                ),
            ],
            said: "not what this installation sealed",
        },
        one(
            "the beginning moved",
            sql!("UPDATE audit_chain SET removed_seq = 3 WHERE tenant_id = $1 AND $2 > 0"),
            "not what this installation sealed",
        ),
        one("the end taken away", sql!("DELETE FROM audit_chain WHERE tenant_id = $1 AND $2 > 0"), "The end of the chain is missing"),
    ]
}

#[tokio::test]
async fn what_other_hands_do_is_found_and_named() {
    for (name, world) in worlds().await {
        for number in 0..6 {
            write(&world, &world.acme.owner(), "test.thing.made", &number.to_string()).await;
        }
        world.advance(2 * DAY);
        adopt(&world.services).await.unwrap();
        let (entries, _, _) = intact(&world).await;
        let db = &world.services.db;
        let run = async |statement: Statement, args: Args| db.execute(statement, args).await.unwrap();
        run(sql!("CREATE TABLE kept_entry AS SELECT * FROM audit_entry"), args![]).await;
        run(sql!("CREATE TABLE kept_chain AS SELECT * FROM audit_chain"), args![]).await;
        for tampering in tamperings() {
            for step in tampering.steps {
                let changed = run(step, args![world.acme.tenant.uuid(), entries]).await;
                assert!(changed > 0, "{name}: {} changed nothing", tampering.what);
            }
            match finding(&world.services, "Acme").await {
                Finding::Broken(sentence) => assert!(sentence.contains(tampering.said), "{name}: {}: {sentence}", tampering.what),
                Finding::Intact { .. } => panic!("{name}: {} was not found", tampering.what),
            }
            assert!(matches!(finding(&world.services, "Zenith").await, Finding::Intact { .. }), "{name}: {}: another tenant", tampering.what);
            run(sql!("DELETE FROM audit_entry"), args![]).await;
            run(sql!("INSERT INTO audit_entry SELECT * FROM kept_entry"), args![]).await;
            run(sql!("DELETE FROM audit_chain"), args![]).await;
            run(sql!("INSERT INTO audit_chain SELECT * FROM kept_chain"), args![]).await;
            assert_eq!(intact(&world).await, (entries, 0, 0), "{name}: after {}", tampering.what);
        }
        assert!(refusal(verify(&world.services, Some("Nobody")).await).for_field("tenant").is_some());
    }
}

/// What is written and tended after other hands were at the end of a chain neither hides it nor stops the organisation's work.
#[tokio::test]
async fn what_other_hands_did_to_the_end_never_heals_over() {
    let tail = sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = $2");
    let end_moved = sql!(
        "UPDATE audit_chain SET last_seq = $2 - 1, last_hash = (SELECT hash FROM audit_entry WHERE tenant_id = $1 AND seq = $2 - 1)
         WHERE tenant_id = $1"
    );
    let others_seal = sql!("UPDATE audit_chain SET seal = (SELECT seal FROM audit_chain WHERE tenant_id <> $1), last_seq = $2 WHERE tenant_id = $1");
    let tamperings = [
        ("the tail cut off with the end moved", vec![tail.clone(), end_moved]),
        ("the end taken away with the tail", vec![tail, sql!("DELETE FROM audit_chain WHERE tenant_id = $1 AND $2 > 0")]),
        ("the end taken away", vec![sql!("DELETE FROM audit_chain WHERE tenant_id = $1 AND $2 > 0")]),
        ("the beginning moved", vec![sql!("UPDATE audit_chain SET removed_seq = 1 WHERE tenant_id = $1 AND $2 > 0")]),
        ("another tenant's seal", vec![others_seal]),
    ];
    for (what, steps) in tamperings {
        for (name, world) in worlds().await {
            let owner = world.acme.ctx(Role::Owner, Capability::TenantWrite);
            tenant::update_records(&world.services, &owner, "utc", "30").await.unwrap();
            for number in 0..3 {
                write(&world, &owner, "test.thing.made", &number.to_string()).await;
            }
            let (entries, _, _) = intact(&world).await;
            for step in steps.clone() {
                let changed = world.services.db.execute(step, args![world.acme.tenant.uuid(), entries]).await.unwrap();
                assert!(changed > 0, "{name}: {what} changed nothing");
            }
            let left = count(&world).await;
            write(&world, &owner, "test.thing.made", "after").await;
            write(&world, &owner, "test.thing.made", "and again").await;
            world.advance(40 * DAY);
            adopt(&world.services).await.unwrap();
            assert_eq!(sweep(&world.services).await.unwrap(), 0, "{name}: {what}: nothing that tells of it goes");
            assert_eq!(count(&world).await, left + 2, "{name}: {what}: what was done afterwards is written");
            match finding(&world.services, "Acme").await {
                Finding::Broken(sentence) => assert!(sentence.contains("not what this installation sealed"), "{name}: {what}: {sentence}"),
                Finding::Intact { .. } => panic!("{name}: {what} has healed over"),
            }
            assert!(matches!(finding(&world.services, "Zenith").await, Finding::Intact { .. }), "{name}: {what}: another tenant");
        }
    }
}

#[tokio::test]
async fn the_console_verifies_the_own_chain_and_no_other() {
    for (name, world) in worlds().await {
        let (acme, zenith) = (world.acme.ctx(Role::Owner, Capability::AuditRead), world.zenith.ctx(Role::Owner, Capability::AuditRead));
        let entries = count(&world).await;
        let well = verify_own(&world.services, &acme).await.unwrap();
        let words = if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") };
        assert_eq!((well.holds, well.sentence), (true, format!("The log is intact, {words}.")), "{name}");
        let change = sql!("UPDATE audit_entry SET actor = 'Nobody' WHERE tenant_id = $1 AND seq = 1");
        world.services.db.execute(change, args![world.acme.tenant.uuid()]).await.unwrap();
        let broken = verify_own(&world.services, &acme).await.unwrap();
        assert!(!broken.holds && broken.sentence.contains("entry number 1 ("), "{name}: {}", broken.sentence);
        assert!(verify_own(&world.services, &zenith).await.unwrap().holds, "{name}");
        // Ends that claim any length are told of, not waited for.
        let long = sql!("UPDATE audit_chain SET last_seq = 9000000000 WHERE tenant_id = $1");
        world.services.db.execute(long, args![world.acme.tenant.uuid()]).await.unwrap();
        let claimed = verify_own(&world.services, &acme).await.unwrap();
        assert!(!claimed.holds && claimed.sentence.contains("not what this installation sealed"), "{name}: {}", claimed.sentence);
    }
}

#[tokio::test]
async fn old_entries_go_and_the_chain_still_holds() {
    for (name, world) in worlds().await {
        let owner = world.acme.ctx(Role::Owner, Capability::TenantWrite);
        write(&world, &owner, "test.thing.made", "old").await;
        assert_eq!(sweep(&world.services).await.unwrap(), 0, "{name}: for ever is for ever");
        tenant::update_records(&world.services, &owner, "utc", "30").await.unwrap();
        let old = count(&world).await;
        world.advance(31 * DAY);
        write(&world, &owner, "test.thing.made", "new").await;
        assert_eq!(sweep(&world.services).await.unwrap(), u64::try_from(old).unwrap(), "{name}");
        assert_eq!(sweep(&world.services).await.unwrap(), 0, "{name}: once");
        assert_eq!(intact(&world).await, (2, old, 0), "{name}: the new one, and the one that tells of the sweep");
        write(&world, &owner, "test.thing.made", "newer").await;
        assert_eq!(intact(&world).await, (3, old, 0), "{name}");
        let told = all(&world, AuditFilter { action: "audit.log.expired".into(), ..Default::default() }).await;
        assert_eq!((told.len(), told[0].actor.as_str()), (1, "system"), "{name}");
        assert_eq!(told[0].changes[0].after.as_deref(), Some(old.to_string().as_str()), "{name}");
        assert!(matches!(finding(&world.services, "Zenith").await, Finding::Intact { expired: 0, .. }), "{name}: the other tenant keeps its own");
        // The one that the chain begins with now cannot be taken away either.
        let first = sql!("DELETE FROM audit_entry WHERE tenant_id = $1 AND seq = $2");
        world.services.db.execute(first, args![world.acme.tenant.uuid(), old + 1]).await.unwrap();
        assert!(matches!(finding(&world.services, "Acme").await, Finding::Broken(_)), "{name}");
    }
}

#[tokio::test]
async fn entries_of_a_release_before_are_taken_in_for_a_day() {
    for (name, world) in worlds().await {
        let db = &world.services.db;
        let tenant = world.acme.tenant.uuid();
        let unlink = sql!("UPDATE audit_entry SET seq = NULL, hash = NULL WHERE tenant_id = $1");
        let old = i64::try_from(db.execute(unlink, args![tenant]).await.unwrap()).unwrap();
        db.execute(sql!("DELETE FROM audit_chain WHERE tenant_id = $1"), args![tenant]).await.unwrap();
        assert_eq!(intact(&world).await, (0, 0, old), "{name}: as it stands after the migration");
        write(&world, &world.acme.owner(), "test.thing.made", "new").await;
        assert_eq!(intact(&world).await, (1, 0, old), "{name}: a new entry does not wait for the old ones");
        assert_eq!(adopt(&world.services).await.unwrap(), u64::try_from(old).unwrap(), "{name}");
        assert_eq!(intact(&world).await, (old + 1, 0, 0), "{name}");
        let straggler = sql!(
            "INSERT INTO audit_entry (id, tenant_id, at_micros, actor, remote_address, request_id, action, subject_kind, subject_id, subject_name, changes)
             VALUES ($2, $1, 0, 'Ann', '', '', 'test.thing.made', 'thing', '1', 'late', '[]')"
        );
        db.execute(straggler.clone(), args![tenant, "00000000-0000-7000-8000-000000000001"]).await.unwrap();
        assert_eq!(intact(&world).await, (old + 1, 0, 1), "{name}: the release before still served");
        assert_eq!(adopt(&world.services).await.unwrap(), 1, "{name}");
        world.advance(DAY);
        assert_eq!(adopt(&world.services).await.unwrap(), 0, "{name}");
        db.execute(straggler, args![tenant, "00000000-0000-7000-8000-000000000002"]).await.unwrap();
        assert_eq!(adopt(&world.services).await.unwrap(), 0, "{name}: not any more");
        match finding(&world.services, "Acme").await {
            Finding::Broken(sentence) => assert!(sentence.contains("00000000-0000-7000-8000-000000000002"), "{name}: {sentence}"),
            found @ Finding::Intact { .. } => panic!("{name}: {found:?}"),
        }
    }
}
