use model::{Problem, people::Role};

use crate::{
    Services,
    auth::sign_in,
    clock::{DAY, MINUTE, SECOND},
    testing::{PASSWORD, World, refusal, request, secret, services, worlds},
};

const WRONG: &str = "a wrong password here";

async fn attempt(services: &Services, email: &str, password: &str, address: &str) -> Result<(), Problem> {
    match sign_in(services, email, secret(password), &request(address)).await {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

/// What one attempt ended in: let in, a wrong password, or blocked for so many seconds.
#[derive(Debug, PartialEq)]
enum Outcome {
    In,
    Wrong,
    Blocked(u32),
}

async fn outcome(world: &World, email: &str, password: &str, address: &str) -> Outcome {
    match attempt(&world.services, email, password, address).await {
        Ok(()) => Outcome::In,
        Err(Problem::Busy { retry_after_seconds }) => Outcome::Blocked(retry_after_seconds),
        Err(problem) => {
            assert!(problem.for_field("email").is_some(), "{problem:?}");
            Outcome::Wrong
        }
    }
}

#[tokio::test]
async fn five_guesses_at_one_account_then_blocks_that_double() {
    for (name, world) in worlds().await {
        let email = world.acme.person(Role::Agent).email.clone();
        let mut address = 0;
        // Every guess from another address: the account's own count must hold.
        let mut check = async |advance: i64, password: &str, expected: Outcome| {
            world.advance(advance);
            address += 1;
            let from = format!("198.51.100.{address}");
            assert_eq!(outcome(&world, &email, password, &from).await, expected, "{name} after {advance}");
        };
        for _ in 0..5 {
            check(SECOND, WRONG, Outcome::Wrong).await;
        }
        check(0, PASSWORD, Outcome::Blocked(61)).await;
        check(MINUTE - 1, PASSWORD, Outcome::Blocked(1)).await;
        check(1, WRONG, Outcome::Wrong).await;
        for minutes in [2, 4, 8, 16, 32, 60, 60] {
            check(0, WRONG, Outcome::Blocked(minutes * 60 + 1)).await;
            check(i64::from(minutes) * MINUTE, WRONG, Outcome::Wrong).await;
        }
        // Hours later the next wrong guess still blocks for an hour; a day later all is forgotten.
        check(5 * 60 * MINUTE, WRONG, Outcome::Wrong).await;
        check(0, PASSWORD, Outcome::Blocked(3601)).await;
        check(60 * MINUTE + DAY, WRONG, Outcome::Wrong).await;
        check(0, WRONG, Outcome::Wrong).await;
        // The right password clears the account's count.
        check(0, PASSWORD, Outcome::In).await;
        for _ in 0..5 {
            check(0, WRONG, Outcome::Wrong).await;
        }
        check(0, PASSWORD, Outcome::Blocked(61)).await;
    }
}

#[tokio::test]
async fn mistakes_far_apart_are_forgotten() {
    for (name, world) in worlds().await {
        let email = &world.acme.person(Role::Agent).email;
        for _ in 0..4 {
            assert_eq!(outcome(&world, email, WRONG, "192.0.2.1").await, Outcome::Wrong, "{name}");
        }
        world.advance(15 * MINUTE);
        for _ in 0..5 {
            assert_eq!(outcome(&world, email, WRONG, "192.0.2.1").await, Outcome::Wrong, "{name}");
        }
        assert!(matches!(outcome(&world, email, WRONG, "192.0.2.1").await, Outcome::Blocked(_)), "{name}");
    }
}

#[tokio::test]
async fn accounts_that_do_not_exist_are_blocked_alike() {
    for (name, world) in worlds().await {
        for email in ["nobody@acme.example", "agent@acme.example"] {
            for _ in 0..5 {
                assert_eq!(outcome(&world, email, WRONG, "192.0.2.1").await, Outcome::Wrong, "{name} {email}");
            }
            assert_eq!(outcome(&world, email, WRONG, "192.0.2.1").await, Outcome::Blocked(61), "{name} {email}");
        }
    }
}

#[tokio::test]
async fn fifty_failures_from_one_address_block_it_and_nobody_else() {
    for (name, world) in worlds().await {
        let good = &world.acme.person(Role::Owner).email;
        for number in 0..50 {
            // A good account in between does not buy more guesses.
            if number % 10 == 0 {
                assert_eq!(outcome(&world, good, PASSWORD, "2001:db8:1:2::1").await, Outcome::In, "{name}");
            }
            let email = format!("guess{number}@acme.example");
            let from = format!("2001:db8:1:2::{number:x}");
            assert_eq!(outcome(&world, &email, WRONG, &from).await, Outcome::Wrong, "{name} {number}");
        }
        assert_eq!(outcome(&world, good, PASSWORD, "2001:db8:1:2::ffff").await, Outcome::Blocked(61), "{name}");
        assert_eq!(outcome(&world, good, PASSWORD, "2001:db8:1:3::1").await, Outcome::In, "{name}: another network");
        world.advance(MINUTE);
        assert_eq!(outcome(&world, good, PASSWORD, "2001:db8:1:2::1").await, Outcome::In, "{name}");
        assert_eq!(outcome(&world, good, PASSWORD, "2001:db8:1:2::1").await, Outcome::In, "{name}: a success blocks nobody");
    }
}

#[tokio::test]
async fn parallel_guesses_do_not_slip_through() {
    for (name, world) in worlds().await {
        let email = &world.acme.person(Role::Agent).email;
        let guesses = (0..40).map(|number| {
            let (services, email) = (world.services.clone(), email.clone());
            tokio::spawn(async move { attempt(&services, &email, WRONG, &format!("198.51.100.{number}")).await })
        });
        let (mut looked_at, mut blocked) = (0, 0);
        for guess in guesses.collect::<Vec<_>>() {
            match guess.await.unwrap() {
                Err(Problem::Busy { .. }) => blocked += 1,
                Err(Problem::Invalid { .. }) => looked_at += 1,
                other => panic!("{name} {other:?}"),
            }
        }
        assert_eq!((looked_at, blocked), (5, 35), "{name}");
    }
}

#[tokio::test]
async fn counts_survive_a_restart_and_are_shared() {
    for (name, world) in worlds().await {
        let email = &world.acme.person(Role::Agent).email;
        for _ in 0..3 {
            attempt(&world.services, email, WRONG, "192.0.2.1").await.unwrap_err();
        }
        let other_process = services(&world.db).await;
        for _ in 0..2 {
            attempt(&other_process, email, WRONG, "192.0.2.1").await.unwrap_err();
        }
        for process in [&world.services, &other_process] {
            let refused = attempt(process, email, PASSWORD, "192.0.2.1").await.unwrap_err();
            assert!(matches!(refused, Problem::Busy { .. }), "{name} {refused:?}");
        }
    }
}
