//! Passwords with the real Argon2 on its threads, and as the simulator has them.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::limits::{PASSWORD_BYTES_MAX, PASSWORDS_WAITING_MAX};
use sala_core::secret::Password;
use sala_net::password::{Busy, Done, HashPool, Hasher, PlainHasher, Work};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn pool() -> HashPool {
    HashPool::start(StdRng::seed_from_u64(1)).unwrap()
}

fn plain() -> PlainHasher {
    PlainHasher::new(StdRng::seed_from_u64(1), 0)
}

fn password(text: &str) -> Password {
    Password::claimed(text.to_owned()).unwrap()
}

fn claim(text: &str, hash: Option<&str>) -> Work {
    Work { claimed: Some((password(text), hash.map(str::to_owned))), chosen: None }
}

async fn hash(hasher: &impl Hasher, text: &str) -> String {
    let done = hasher.work(Work { claimed: None, chosen: Some(password(text)) }).await.unwrap();
    assert!(done.right, "nothing was claimed");
    done.hash.unwrap()
}

async fn is_right(hasher: &impl Hasher, text: &str, hash: &str) -> bool {
    hasher.work(claim(text, Some(hash))).await.unwrap().right
}

/// What both hashers must do.
async fn compares(hasher: &impl Hasher) {
    let horse = hash(hasher, "correct horse").await;
    assert!(is_right(hasher, "correct horse", &horse).await);
    assert!(!is_right(hasher, "correct horsf", &horse).await);
    assert_ne!(horse, hash(hasher, "correct horse").await, "each hash has a salt of its own");

    let change = |old: &str, known: Option<&str>| Work {
        claimed: Some((password(old), known.map(str::to_owned))),
        chosen: Some(password("battery staple")),
    };
    let changed = hasher.work(change("correct horse", Some(&horse))).await.unwrap();
    assert!(changed.right && is_right(hasher, "battery staple", &changed.hash.unwrap()).await);
    let refused = hasher.work(change("wrong horse", Some(&horse))).await.unwrap();
    assert!(!refused.right && refused.hash.is_none());
    let unknown = hasher.work(change("correct horse", None)).await.unwrap();
    assert!(!unknown.right && unknown.hash.is_none());

    for broken in ["", "x", "plain$", "$argon2id$v=19$m=19456,t=2,p=1$", &horse[..horse.len() - 4]] {
        assert!(!is_right(hasher, "correct horse", broken).await, "{broken}");
    }
}

#[tokio::test]
async fn only_the_password_that_was_chosen_is_right() {
    compares(&pool()).await;
}

#[tokio::test]
async fn it_is_so_in_the_simulator_as_well() {
    compares(&plain()).await;
}

#[tokio::test]
async fn neither_takes_the_hash_of_the_other() {
    let (real, simulated) = (hash(&pool(), "correct horse").await, hash(&plain(), "correct horse").await);
    assert!(!is_right(&plain(), "correct horse", &real).await);
    assert!(!is_right(&pool(), "correct horse", &simulated).await);
}

#[tokio::test]
async fn a_hash_says_what_it_cost() {
    let hash = hash(&pool(), "correct horse").await;
    let parts: Vec<&str> = hash.split('$').collect();
    let [_, algorithm, version, costs, salt, output] = parts[..] else { panic!("it is {hash}") };
    assert_eq!([algorithm, version, costs], ["argon2id", "v=19", "m=19456,t=2,p=1"]);
    assert_eq!([salt.len(), output.len()], [22, 43], "16 and 32 bytes in base64");
}

/// Made by the reference implementation in C, by way of argon2-cffi; no hash that was ever stored may stop being right.
#[tokio::test]
async fn a_hash_that_others_made_is_right() {
    let known =
        "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBzYWx0eSBieQ$opOF9DDP+r9WpDy1H2D8Av9zaNGKcVi3w8p0bgVSpko";
    assert!(is_right(&pool(), "Trüffel\0schwein", known).await);
    assert!(!is_right(&pool(), "Truffel\0schwein", known).await);
}

#[tokio::test]
async fn a_hash_of_a_dearer_kind_is_no_way_to_take_memory() {
    let pool = pool();
    let hash = hash(&pool, "correct horse").await;
    for dear in [hash.replace("m=19456", "m=4000000"), hash.replace("t=2", "t=4000000")] {
        assert!(!is_right(&pool, "correct horse", &dear).await);
    }
}

#[tokio::test]
async fn every_byte_of_a_password_counts() {
    let pool = pool();
    let longest = "ß".repeat(PASSWORD_BYTES_MAX / 2);
    let pairs = [
        ("12345678", "12345678 "),
        ("pass\0word", "pass\0wore"),
        ("\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0"),
        ("caf\u{e9} au lait", "cafe\u{301} au lait"),
        ("\u{fffd}\u{feff}\u{10ffff}\u{7f}", "\u{fffd}\u{10ffff}\u{7f}"),
        ("Password", "password"),
        (&longest, &longest[2..]),
    ];
    for (chosen, other) in pairs {
        let hash = hash(&pool, chosen).await;
        assert!(is_right(&pool, chosen, &hash).await, "{chosen:?}");
        assert!(!is_right(&pool, other, &hash).await, "{other:?}");
    }
}

/// Asks the pool for far more than it takes at once, and gives what is still waiting to `then`.
fn crowd(pool: &HashPool, then: impl FnOnce(usize)) {
    let mut asked: Vec<_> =
        (0..10 * PASSWORDS_WAITING_MAX).map(|_| Box::pin(pool.work(claim("correct horse", None)))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut busy = 0;
    for ask in &mut asked {
        match ask.as_mut().poll(&mut context) {
            Poll::Ready(Err(Busy)) => busy += 1,
            Poll::Ready(Ok(Done { right, .. })) => assert!(!right),
            Poll::Pending => {}
        }
    }
    then(busy);
}

#[tokio::test]
async fn whoever_comes_when_too_many_wait_is_told_at_once() {
    crowd(&pool(), |busy| assert!(busy > PASSWORDS_WAITING_MAX, "only {busy} were busy"));
}

#[tokio::test]
async fn those_who_have_gone_leave_room_for_others() {
    let pool = pool();
    let waited = async {
        crowd(&pool, drop);
        for _ in 0..3 {
            let here = pool.work(claim("correct horse", None));
            assert!(!here.await.unwrap().right);
            crowd(&pool, drop);
        }
    };
    waited.await;
}

#[tokio::test(start_paused = true)]
async fn the_simulated_time_of_a_hash_is_drawn_from_the_seed() {
    let run = || async {
        let hasher = PlainHasher::new(StdRng::seed_from_u64(7), 1_000);
        let start = tokio::time::Instant::now();
        let first = hash(&hasher, "correct horse").await;
        (first, hash(&hasher, "correct horse").await, start.elapsed())
    };
    let (one, other) = (run().await, run().await);
    assert_eq!(one, other);
    assert!(one.2 > Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn too_many_are_busy_in_the_simulator_as_well() {
    let hasher = PlainHasher::new(StdRng::seed_from_u64(7), 1_000);
    let mut waiting = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..PASSWORDS_WAITING_MAX {
        let mut work = Box::pin(hasher.work(claim("correct horse", None)));
        while work.as_mut().poll(&mut context).is_ready() {
            work = Box::pin(hasher.work(claim("correct horse", None)));
        }
        waiting.push(work);
    }
    let one_more = pin!(hasher.work(claim("correct horse", None)));
    assert!(matches!(one_more.poll(&mut context), Poll::Ready(Err(Busy))));
    waiting.pop();
    assert!(hasher.work(claim("correct horse", None)).await.is_ok());
}
