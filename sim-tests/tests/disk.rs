//! The simulated disk under the real SQLite, judged by what a database loses on it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::mem;

use rusqlite::{Connection, ErrorCode, ffi};
use sala_sim::disk::{Counts, Failing, Operation, SharedDisk, Tear};
use sala_sim::vfs::Registration;

const DATABASE: &str = "/data/log.db";
/// More rows than any cut below lets a run write.
const ROWS_MAX: i64 = 2_000;

/// What the server uses: the first line makes the new database itself durable, before its journal becomes a WAL.
const SAFE: &str = "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
    PRAGMA wal_autocheckpoint=20;";
const WITHOUT_EXTRA: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=20;";
const NORMAL: &str = "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
    PRAGMA wal_autocheckpoint=20;";

/// 150 operations at which to cut the power: all of the first ones, in which the database is made, then fewer.
fn cuts() -> impl Iterator<Item = u64> {
    (1..=150).map(|n| n + n * n / 30)
}

fn open(pragmas: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(DATABASE)?;
    connection.execute_batch(pragmas)?;
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    Ok(connection)
}

fn insert(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    let body = format!("message {seq} {}", "x".repeat(usize::try_from(seq % 300).unwrap()));
    connection.prepare_cached("INSERT INTO log VALUES (?1, ?2)")?.execute((seq, body)).map(drop)
}

/// Inserts rows from `first` on until one fails. The last row that was acknowledged, and the failure.
fn insert_all(connection: &Connection, first: i64) -> (i64, Option<rusqlite::Error>) {
    for seq in first..=ROWS_MAX {
        if let Err(error) = insert(connection, seq) {
            return (seq - 1, Some(error));
        }
    }
    (ROWS_MAX, None)
}

/// The number of rows, which have no gap.
fn rows(connection: &Connection) -> i64 {
    let (count, last) = count_and_last(connection).unwrap();
    assert_eq!(count, last, "there is a gap");
    count
}

fn count_and_last(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let query = "SELECT count(*), coalesce(max(seq), 0) FROM log";
    connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn is_sound(connection: &Connection) -> bool {
    let check = connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    check.is_ok_and(|answer| answer == "ok")
}

fn extended_code(error: &rusqlite::Error) -> i32 {
    error.sqlite_error().map_or(0, |error| error.extended_code)
}

/// What a database that lost its power held before and after.
#[derive(Debug, PartialEq, Eq)]
struct Cut {
    acked: i64,
    found: i64,
    sound: bool,
}

/// A new database, whose power is cut at the `nth` operation. It is opened again with the same pragmas.
fn cut_at(nth: u64, tear: Tear, pragmas: &str, lying: bool) -> Cut {
    let disk = SharedDisk::new(nth);
    let _registration = Registration::register(disk.clone());
    disk.set_lying_sync(lying);
    disk.cut_power_at(nth, tear);
    let before = open(pragmas);
    let acked = before.as_ref().map_or(0, |connection| insert_all(connection, 1).0);
    assert!(open(pragmas).is_err(), "a process without power opens nothing");
    assert!(disk.take_cut(), "the power was to go at operation {nth}");
    let left = disk.digest();
    drop(before);
    assert_eq!(disk.digest(), left, "what is dropped late touches nothing");

    disk.heal();
    let found =
        open(pragmas).and_then(|connection| Ok((count_and_last(&connection)?, is_sound(&connection))));
    match found {
        Ok(((found, last), sound)) => Cut { acked, found, sound: sound && found == last },
        Err(_) => Cut { acked, found: 0, sound: false },
    }
}

fn cut_everywhere(tear: Tear, pragmas: &str, lying: bool) -> Vec<Cut> {
    cuts().map(|nth| cut_at(nth, tear, pragmas, lying)).collect()
}

#[test]
fn full_synchronous_wal_survives_every_cut_of_the_power() {
    for tear in [Tear::DropUnsynced, Tear::Sectors] {
        let cuts = cut_everywhere(tear, SAFE, false);
        for (cut, nth) in cuts.iter().zip(self::cuts()) {
            assert!(cut.sound && cut.found >= cut.acked, "{tear:?} at operation {nth}: {cut:?}");
        }
        assert!(
            cuts.iter().any(|cut| cut.found > cut.acked),
            "some commit is durable and never acknowledged"
        );
        assert!(cuts.iter().any(|cut| cut.acked > 100), "the log is checkpointed within the cuts");
    }
}

#[test]
fn weaker_settings_lose_acknowledged_rows() {
    let loses =
        |tear, pragmas, lying| cut_everywhere(tear, pragmas, lying).iter().any(|cut| cut.found < cut.acked);
    for tear in [Tear::DropUnsynced, Tear::Sectors] {
        assert!(loses(tear, NORMAL, false), "NORMAL does not sync the log at a commit, {tear:?}");
        assert!(loses(tear, SAFE, true), "nothing is durable on a disk that lies, {tear:?}");
        assert!(loses(tear, WITHOUT_EXTRA, false), "the first journal comes back and undoes all, {tear:?}");
    }
}

#[test]
fn a_killed_process_loses_nothing_and_holds_no_lock() {
    let disk = SharedDisk::new(1);
    let _registration = Registration::register(disk.clone());
    let killed = open(NORMAL).unwrap();
    for seq in 1..=50 {
        insert(&killed, seq).unwrap();
    }
    killed.execute_batch("BEGIN IMMEDIATE; INSERT INTO log VALUES (51, 'not committed')").unwrap();
    disk.process_killed();

    let next = open(NORMAL).unwrap();
    assert_eq!(rows(&next), 50);
    insert(&next, 51).unwrap();
    let left = disk.digest();
    assert!(killed.execute_batch("COMMIT").is_err());
    drop(killed);
    assert_eq!(disk.digest(), left);
    insert(&next, 52).unwrap();
    assert_eq!(rows(&next), 52);
}

#[test]
fn connections_of_one_process_see_each_other_and_wait_for_each_other() {
    let disk = SharedDisk::new(2);
    let _registration = Registration::register(disk.clone());
    let writer = open(SAFE).unwrap();
    let reader = open(SAFE).unwrap();
    reader.busy_timeout(std::time::Duration::from_millis(20)).unwrap();
    insert(&writer, 1).unwrap();
    assert_eq!(rows(&reader), 1);

    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    insert(&writer, 2).unwrap();
    assert_eq!(rows(&reader), 1, "what is not committed is not seen");
    assert_eq!(insert(&reader, 3).unwrap_err().sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(rows(&reader), 2);

    drop((writer, reader));
    assert_eq!(disk.names(), [DATABASE], "the last one to leave puts the log away");
    assert_eq!(disk.used(), disk.read_file(DATABASE).unwrap().len());
    assert_eq!(rows(&open(SAFE).unwrap()), 2);
}

#[test]
fn a_rollback_journal_works_with_locks_alone() {
    let disk = SharedDisk::new(3);
    let _registration = Registration::register(disk.clone());
    let pragmas = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA";
    let one = open(pragmas).unwrap();
    let other = open(pragmas).unwrap();
    for seq in 1..=20 {
        insert(if seq % 2 == 0 { &one } else { &other }, seq).unwrap();
    }
    one.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(rows(&other), 20, "a reserved lock lets others read");
    other.busy_timeout(std::time::Duration::ZERO).unwrap();
    assert_eq!(insert(&other, 21).unwrap_err().sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    one.execute_batch("ROLLBACK").unwrap();

    disk.cut_power_at(4, Tear::Sectors);
    let acked = insert_all(&other, 21).0;
    assert!(disk.take_cut());
    let next = open(pragmas).unwrap();
    assert!(rows(&next) >= acked && is_sound(&next));
}

#[test]
fn a_full_disk_refuses_rows_and_recovers() {
    let disk = SharedDisk::new(4);
    let _registration = Registration::register(disk.clone());
    let connection = open(SAFE).unwrap();
    disk.set_capacity(Some(200_000));
    let (acked, error) = insert_all(&connection, 1);
    assert_eq!(extended_code(&error.unwrap()), ffi::SQLITE_FULL);
    assert!(acked > 10, "there was room for some");
    assert!(disk.used() <= 200_000);
    assert!(disk.counts().refusals > 0);
    assert_eq!(rows(&connection), acked);

    disk.set_capacity(Some(2_000_000));
    for seq in acked + 1..=acked + 100 {
        insert(&connection, seq).unwrap();
    }
    assert_eq!(rows(&connection), acked + 100);
    assert!(is_sound(&connection));
}

#[test]
fn an_error_reaches_the_caller() {
    for (operation, code) in [
        (Operation::Sync, ffi::SQLITE_IOERR_FSYNC),
        (Operation::Write, ffi::SQLITE_IOERR_WRITE),
        (Operation::Read, ffi::SQLITE_IOERR_READ),
    ] {
        let disk = SharedDisk::new(5);
        let _registration = Registration::register(disk.clone());
        let connection = open(SAFE).unwrap();
        insert(&connection, 1).unwrap();
        // Nothing is kept of the database in memory, or nothing would be read.
        connection.execute_batch("PRAGMA shrink_memory").unwrap();
        disk.fail(operation, Failing::Nth(1));
        assert_eq!(extended_code(&insert(&connection, 2).unwrap_err()), code, "{operation:?}");
        assert_eq!(disk.counts().errors, 1);
        // Row 2 may be there or not: a commit that failed is unknown.
        assert!(rows(&connection) >= 1);
    }
}

#[test]
fn acknowledged_rows_survive_random_errors() {
    for seed in 0..20 {
        let disk = SharedDisk::new(seed);
        let _registration = Registration::register(disk.clone());
        let connection = open(SAFE).unwrap();
        disk.fail(Operation::Write, Failing::OneIn(200));
        disk.fail(Operation::Sync, Failing::OneIn(100));
        let (acked, error) = insert_all(&connection, 1);
        assert!(error.is_some(), "an error comes sooner or later");
        disk.power_cut(Tear::Sectors);
        drop(connection);
        disk.heal();
        let connection = open(SAFE).unwrap();
        assert!(rows(&connection) >= acked && is_sound(&connection), "seed {seed}");
    }
}

#[test]
fn a_flipped_bit_is_found() {
    let disk = SharedDisk::new(6);
    let _registration = Registration::register(disk.clone());
    let connection = open(SAFE).unwrap();
    insert(&connection, 1).unwrap();
    drop(connection);
    let before = disk.read_file(DATABASE).unwrap();
    assert!(!disk.flip_bit(DATABASE, before.len(), 0));
    assert!(!disk.flip_bit("/data/none", 0, 0));
    // The type of the page that holds the rows.
    let root = 4096;
    assert!(disk.flip_bit(DATABASE, root, 4));
    assert_eq!(disk.read_file(DATABASE).unwrap()[root], before[root] ^ 16);
    assert!(!is_sound(&Connection::open(DATABASE).unwrap()));
    disk.power_cut(Tear::DropUnsynced);
    assert_eq!(disk.read_file(DATABASE).unwrap()[root], before[root] ^ 16, "nothing else is durable");
}

#[test]
fn time_and_chance_are_the_disks() {
    let chance = |seed, now_ms| {
        let disk = SharedDisk::new(seed);
        let _registration = Registration::register(disk.clone());
        disk.set_clock(move || now_ms);
        let connection = Connection::open(DATABASE).unwrap();
        let row = "SELECT datetime('now'), hex(randomblob(16))";
        connection.query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let (now, bytes): (String, String) = chance(7, 1_700_000_000_000);
    assert_eq!(now, "2023-11-14 22:13:20");
    assert_eq!(chance(7, 1_700_000_000_000).1, bytes);
    assert_ne!(chance(8, 1_700_000_000_000).1, bytes);
}

/// Errors, a kill, a cut at an operation, a cut between two; what the disk was after each.
fn eventful_life(seed: u64) -> (Vec<[u8; 32]>, Counts) {
    let disk = SharedDisk::new(seed);
    let _registration = Registration::register(disk.clone());
    let mut digests = vec![disk.digest()];
    let mut connection = open(SAFE).unwrap();
    for round in 0..4 {
        disk.fail(Operation::Write, Failing::OneIn(500));
        disk.cut_power_at(300, Tear::Sectors);
        let first = rows(&connection) + 1;
        insert_all(&connection, first);
        if !disk.take_cut() {
            if round % 2 == 0 { disk.process_killed() } else { disk.power_cut(Tear::Sectors) }
        }
        disk.heal();
        digests.push(disk.digest());
        drop(mem::replace(&mut connection, open(SAFE).unwrap()));
    }
    (digests, disk.counts())
}

#[test]
fn a_seed_decides_everything() {
    let (digests, counts) = eventful_life(9);
    assert!(counts.power_cuts > 0 && counts.lost_bytes > 0 && counts.syncs > 0, "{counts:?}");
    assert_eq!(eventful_life(9), (digests.clone(), counts));
    let (others, _) = eventful_life(10);
    assert_eq!(others[0], digests[0], "an empty disk is an empty disk");
    assert!(others[1..].iter().zip(&digests[1..]).all(|(one, other)| one != other));
}
