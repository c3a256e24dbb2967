//! A run as one page that needs nothing else: lanes over simulated time, the paths of entries, what broke, and what was
//! complained of.

use crate::marks::{Pin, pins};
use crate::oracles::{OnDisk, fold};
use crate::wire::Word;
use crate::world::{Broke, World};
use sala_core::entry::{Act, Entry, LogId, Position, Seq};
use sala_core::protocol::{Request, Update};
use serde::Serialize;
use std::collections::BTreeMap;

/// The page, into which a day is put.
const PAGE: &str = include_str!("picture/page.html");
/// Where.
const PLACE: &str = "/*DAY*/";
/// Letters of a line that are shown.
const SHOWN_CHARS: usize = 300;

/// What is drawn.
#[derive(Serialize)]
struct Day {
    title: String,
    end_ms: u64,
    /// When the last thing broke, or was said.
    busy_ms: u64,
    complaint: Option<String>,
    lanes: Vec<String>,
    /// Lines that made no entry: the lane, when, whether it was asked, and what.
    lines: Vec<(usize, u64, bool, String)>,
    entries: Vec<Path>,
    faults: Vec<Band>,
    pins: Vec<(usize, u64, &'static str)>,
}

/// An entry: who asked for it, when it got to disk, who heard it.
#[derive(Serialize)]
struct Path {
    text: String,
    asked: Option<(usize, u64)>,
    begun: u64,
    stored: u64,
    heard: Vec<(usize, u64)>,
    first: u64,
    last: u64,
}

#[derive(Serialize)]
struct Band {
    what: String,
    lanes: Vec<usize>,
    from: u64,
    to: u64,
}

/// The page of a world, at its end or when it fails, and then by what.
#[must_use]
pub fn picture(world: &World, title: &str, complaint: Option<&str>) -> String {
    let day = day(world, title, complaint);
    let json = serde_json::to_string(&day).unwrap_or_default();
    // Nothing that was said may end the element in which it stands.
    PAGE.replace(PLACE, &json.replace('<', "\\u003c"))
}

fn day(world: &World, title: &str, complaint: Option<&str>) -> Day {
    let people: Vec<_> = world.people().collect();
    let lanes: Vec<String> = people
        .iter()
        .map(|person| format!("{} {} ({})", person.name.as_str(), person.device, person.host))
        .collect();
    let (server, disk) = (lanes.len(), lanes.len() + 1);
    let end_ms = world.elapsed_ms();
    // A disk that is not as it should be is drawn as far as it was heard of.
    let on_disk = OnDisk::read().unwrap_or_default();
    let commits = world.server.commits.borrow();
    let mut places: BTreeMap<(LogId, Seq), usize> = BTreeMap::new();
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    let mut entries = Vec::new();
    for kept in &on_disk.entries {
        let Entry::Room(entry) = &kept.entry else { continue };
        let at = commits.partition_point(|commit| commit.last < kept.position);
        let (begun, stored) =
            commits.get(at).map_or((end_ms, end_ms), |commit| (commit.begun_ms, commit.stored_ms));
        let words = entry.act.text().unwrap_or_default();
        let text =
            format!("{} {} {} {} {words}", on_disk.key(kept.log), kept.seq.0, entry.author, entry.act.kind());
        places.insert((kept.log, kept.seq), entries.len());
        if let Act::Post(post) = &entry.act {
            texts.insert(post.text.clone(), entries.len());
        }
        entries.push(Path {
            text,
            asked: None,
            begun,
            stored,
            heard: Vec::new(),
            first: begun,
            last: stored,
        });
    }
    let mut lines = Vec::new();
    for (lane, person) in people.iter().enumerate() {
        for spoken in person.wire.spoken().iter() {
            let at = spoken.at_ms;
            let path = match &spoken.word {
                Word::Asked(envelope) => match &envelope.request {
                    Request::Post { text, .. } => texts.get(text).map(|index| (*index, true)),
                    _ => None,
                },
                Word::Told(update) => match &**update {
                    Update::Entry { room, entry } => {
                        let log = on_disk.log(room);
                        log.and_then(|log| Some((*places.get(&(log, entry.seq))?, false)))
                    }
                    _ => None,
                },
                _ => None,
            };
            match (path, &spoken.word) {
                (Some((index, true)), _) if at <= entries[index].stored => {
                    entries[index].asked.get_or_insert((lane, at));
                    entries[index].first = entries[index].first.min(at);
                }
                (Some((index, false)), _) => {
                    entries[index].heard.push((lane, at));
                    entries[index].last = entries[index].last.max(at);
                }
                (_, Word::Asked(envelope)) => lines.push((lane, at, true, shown(&envelope.request))),
                (_, Word::Told(update)) => lines.push((lane, at, false, shown(update))),
                (_, Word::Opened) => lines.push((lane, at, true, "a connection is made".to_owned())),
                (_, Word::Closed) => lines.push((lane, at, false, "the connection is gone".to_owned())),
                (_, Word::Garbled(what) | Word::Nonsense(what)) => lines.push((lane, at, true, shown(what))),
            }
        }
    }
    let hosts: Vec<&str> = people.iter().map(|person| person.host.as_str()).collect();
    let faults = bands(&world.breaks.borrow(), &hosts, (server, disk), end_ms);
    let busy_ms =
        faults.iter().map(|band| band.from).chain(lines.iter().map(|line| line.1)).filter(|at| *at <= 30_000);
    let busy_ms = busy_ms.max().unwrap_or(end_ms);
    let stored_ms = |position: Position| {
        let at = commits.partition_point(|commit| commit.last < position);
        commits.get(at).map_or(end_ms, |commit| commit.stored_ms)
    };
    let of_marks = fold().map(|model| pins(&people, &on_disk, &model)).unwrap_or_default();
    let lane_of = |key: &str| people.iter().position(|person| person.key() == key).unwrap_or(server);
    let pins = of_marks.iter().map(|(mark, pin)| match pin {
        Pin::Said(key, at_ms) => (lane_of(key), *at_ms, *mark),
        Pin::Stored(position) => (disk, stored_ms(*position), *mark),
    });
    let pins = pins.collect();
    let (title, complaint) = (title.to_owned(), complaint.map(str::to_owned));
    Day { title, end_ms, busy_ms, complaint, lanes, lines, entries, faults, pins }
}

fn shown(what: &impl std::fmt::Debug) -> String {
    format!("{what:?}").chars().take(SHOWN_CHARS).collect()
}

/// How long each thing was broken, and where.
fn bands(broke: &[Broke], hosts: &[&str], (server, disk): (usize, usize), end_ms: u64) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    let mut open: Vec<(usize, Broke)> = Vec::new();
    for event in broke {
        let same = |other: &Broke| other.host == event.host && other.what == event.what;
        if !event.mended && open.iter().any(|(_, other)| same(other)) {
            // What is broken already goes on.
            continue;
        }
        open.retain(|(index, other)| {
            // Whatever is wrong with a machine is mended at once.
            let over = event.mended && (same(other) || (event.host.is_some() && other.host == event.host));
            if over {
                bands[*index].to = event.at_ms;
            }
            !over
        });
        if event.mended {
            continue;
        }
        let lanes = match &event.host {
            Some(host) => (0..hosts.len()).filter(|lane| hosts[*lane] == host.as_str()).collect(),
            None if event.what.contains("disk") || event.what.contains("fails") => vec![disk],
            None => vec![server],
        };
        let moment = event.host.is_none() && !LASTING.contains(&event.what.as_str());
        let to = if moment { event.at_ms } else { end_ms };
        bands.push(Band { what: event.what.clone(), lanes, from: event.at_ms, to });
        if !moment {
            open.push((bands.len() - 1, event.clone()));
        }
    }
    bands
}

/// What of a server's lasts until it is mended.
const LASTING: [&str; 4] = ["down", "slow_disk", "slow_fold", "disk_full"];
