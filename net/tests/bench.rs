//! `sala bench` against a real server: each shape of a run, in small.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::bench::{finds, measured};
use common::{Folder, start};

#[test]
fn what_is_delivered_is_counted_and_checked() {
    let folder = Folder::new();
    let (server, address) = measured(&folder, "", &[]);
    let pid = server.0.id();
    for run in [
        format!("fan --rooms 2 --members 5 --talkers 2 --window 4 --seconds 1 --warm 0 --pid {pid}"),
        format!("paced --members 5 --talkers 2 --rate 100 --seconds 1 --warm 0 --pid {pid}"),
        format!("slow --members 5 --talkers 2 --rate 100 --stalled 2 --seconds 1 --warm 0 --pid {pid}"),
    ] {
        let found = finds(&folder, address, &run);
        assert!(found["deliveries_per_s"].as_f64().unwrap() > 50.0, "{run}: {found}");
        assert!(found["delay_ms"]["p50"].as_f64().unwrap() > 0.0, "{run}: {found}");
        let slow = run.starts_with("slow");
        assert_eq!(found["delay_while_some_do_not_read_ms"].is_object(), slow, "{run}: {found}");
        assert!(found["server_memory_mib"].as_f64().unwrap() > 1.0, "{run}: {found}");
        for flaw in ["lost", "doubled", "out_of_order"] {
            assert_eq!(found[flaw], 0, "{run}: {found}");
        }
    }
}

#[test]
fn all_come_in_and_all_come_back() {
    let folder = Folder::new();
    let (server, address) = measured(&folder, "", &[]);
    let pid = server.0.id();
    let found = finds(&folder, address, "storm --rooms 2 --members 20");
    assert!(found["all_are_in_a_room_after_s"].as_f64().unwrap() > 0.0, "{found}");
    assert_eq!(found["lost"], 0, "{found}");
    let found = finds(&folder, address, &format!("idle --rooms 2 --members 20 --seconds 1 --pid {pid}"));
    assert!(found["memory_for_each_connection_b"].as_f64().is_some(), "{found}");
}

#[test]
fn those_who_mean_harm_come_again_and_again() {
    let folder = Folder::new();
    let (mut server, address) = measured(&folder, "", &[]);
    let pid = server.0.id();
    let found = finds(&folder, address, &format!("hostile --connections 100 --seconds 3 --pid {pid}"));
    // Each of a hundred, and whoever was thrown out once more.
    assert!(found["connections_made"].as_u64().unwrap() >= 100, "{found}");
    assert_eq!(server.0.try_wait().unwrap(), None, "the server bears it");
}

#[test]
fn whoever_measures_a_server_with_its_own_quotas_is_told_what_it_needs() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let run = ["bench", "fan", "--members", "5", "--talkers", "2", "--window", "64", "--seconds", "20"];
    let ended = folder.sala(address, &run).output().unwrap();
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(3), "{error}");
    assert!(error.contains("`sala bench settings`"), "{error}");
    // What cannot be meant is wrong usage, whether there is a server or not.
    for run in ["fan --members 3 --talkers 5", "slow --seconds 26", "idle"] {
        let words: Vec<&str> = ["bench"].into_iter().chain(run.split(' ')).collect();
        let ended = folder.sala(([127, 0, 0, 1], 1).into(), &words).output().unwrap();
        let error = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), error.lines().count()), (Some(2), 1), "{run}: {error}");
    }
}
