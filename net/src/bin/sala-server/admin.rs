//! `sala-server admin`: gives orders to a server that runs, by the socket in its data folder.

use crate::Failure;
use crate::care::say;
use crate::folder::is_claimed;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use sala_core::address::AddressRange;
use sala_core::limits::{DRAIN_MS, DRAIN_MS_MAX};
use sala_core::refusal::Fate;
use sala_net::admin::{Admin, Answer, PersonRow, RoomRow, SessionRow, StatsRow, socket};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time that a server has to write to its end once its people are gone.
const END: Duration = Duration::from_secs(60);
/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(100);
/// Time that a server has to answer: a reload waits for the disk.
const ANSWER: Duration = Duration::from_secs(60);

type Failed = (Failure, anyhow::Error);

/// An order, as a person gives it.
#[derive(Subcommand)]
pub(crate) enum Order {
    /// Who is here.
    Who,
    /// Which connections there are: from where, whose, and for how long.
    Sessions,
    /// Which rooms there are; of private ones neither titles nor topics.
    Rooms,
    /// What the server is about as a whole.
    Stats,
    /// Close a connection; its program does not come back by itself.
    Close {
        /// Its number, as `sessions` and the log have it.
        session: u64,
    },
    /// Let somebody, or whoever comes from some addresses, in no more; those who are here are put out.
    Ban {
        /// A name, an address, or a range such as 203.0.113.0/24.
        whom: String,
        /// For how long, such as 30m, 12h, 7d or 2w, then why; without a time until it is lifted.
        words: Vec<String>,
    },
    /// Lift such a ban.
    Unban {
        /// A name, an address, or a range.
        whom: String,
    },
    /// Say something in the lobby in the server's name, and tell it whoever is here and not in there.
    Broadcast {
        /// What to say.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Take nobody in any more, tell everybody, and stop once all have gone or the time is over.
    Drain {
        /// Come back once the server has ended, so that it can be started anew.
        #[arg(long)]
        wait: bool,
        /// How long those who are here may stay, in seconds.
        #[arg(default_value_t = DRAIN_MS / 1_000, value_parser = clap::value_parser!(u64).range(0..=DRAIN_MS_MAX / 1_000))]
        seconds: u64,
    },
    /// Log by other levels, until the settings are read again.
    Log {
        /// error, warn, info, debug, trace, or directives such as info,sala_net=debug.
        level: String,
    },
    /// Read the settings and the certificate again, as on SIGHUP.
    Reload,
    /// Give back the room on disk that erased posts have left, while people talk; ^C ends it where it is.
    Vacuum,
}

/// Gives the order to the server of this folder, and says what it answers.
pub(crate) fn give(order: Order, data: &Path, json: bool) -> Result<(), Failed> {
    let waits = matches!(order, Order::Drain { wait: true, .. });
    let line = asked(data, &request(order)).map_err(|error| (Failure::Data, error))?;
    let answer: Answer = serde_json::from_str(&line)
        .context("the server's answer cannot be read; is it of another version?")
        .map_err(|error| (Failure::Data, error))?;
    if let Answer::Refused { code, fate, text } = &answer {
        if json {
            say(line.trim_end())?;
        }
        return Err(match fate {
            Fate::NotStored => (Failure::Refused, anyhow!("{text} ({code})")),
            Fate::Unknown => (
                Failure::Unknown,
                anyhow!("{text} ({code}); it may be done all the same: see before saying it again"),
            ),
        });
    }
    say(&if json { line.trim_end().to_owned() } else { shown(&answer) })?;
    if waits { until_gone(data).map_err(|error| (Failure::Data, error)) } else { Ok(()) }
}

/// Waits until the server has ended: until then nobody else can work on its folder.
#[expect(
    clippy::disallowed_methods,
    reason = "this program does nothing else, and has no loop that it could stop"
)]
fn until_gone(data: &Path) -> anyhow::Result<()> {
    let mut answered = Instant::now();
    while is_claimed(data)? {
        if UnixStream::connect(socket(data)).is_ok() {
            answered = Instant::now();
        }
        anyhow::ensure!(answered.elapsed() < END, "the server answers no more, and has not ended either");
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn asked(data: &Path, request: &Admin) -> anyhow::Result<String> {
    let path = socket(data);
    let stream = UnixStream::connect(&path).with_context(|| {
        format!(
            "no server that serves {} answers on {}; is it another --data?",
            data.display(),
            path.display()
        )
    })?;
    // It gives way to whoever says something, so nobody knows how long it takes.
    let patience = Some(ANSWER).filter(|_| *request != Admin::Vacuum {});
    stream.set_read_timeout(patience)?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    (&stream).write_all(&line).context("the server does not take the order")?;
    let mut answer = String::new();
    BufReader::new(&stream).read_line(&mut answer).context("the server does not answer")?;
    if answer.is_empty() {
        anyhow::bail!("the server hung up; it has too many of these connections, or is stopping");
    }
    Ok(answer)
}

fn request(order: Order) -> Admin {
    match order {
        Order::Who => Admin::Who {},
        Order::Sessions => Admin::Sessions {},
        Order::Rooms => Admin::Rooms {},
        Order::Stats => Admin::Stats {},
        Order::Close { session } => Admin::Close { session },
        Order::Ban { whom, words } => {
            let minutes = words.first().and_then(|word| minutes(word));
            let reason = words[usize::from(minutes.is_some())..].join(" ");
            let (name, address) = named(whom);
            Admin::Ban { name, address, minutes, reason }
        }
        Order::Unban { whom } => {
            let (name, address) = named(whom);
            Admin::Unban { name, address }
        }
        Order::Broadcast { words } => Admin::Broadcast { text: words.join(" ") },
        Order::Drain { seconds, .. } => Admin::Drain { grace_ms: seconds * 1_000 },
        Order::Log { level } => Admin::Log { level },
        Order::Reload => Admin::Reload {},
        Order::Vacuum => Admin::Vacuum {},
    }
}

fn named(whom: String) -> (Option<String>, Option<AddressRange>) {
    match whom.parse() {
        Ok(range) => (None, Some(range)),
        Err(_) => (Some(whom), None),
    }
}

/// A time such as `30m`, `12h`, `7d` or `2w`.
fn minutes(word: &str) -> Option<u64> {
    let unit = match word.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        'w' => 7 * 24 * 60,
        _ => return None,
    };
    word[..word.len() - 1].parse::<u64>().ok()?.checked_mul(unit)
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Done { text } | Answer::Refused { text, .. } => text.clone(),
        Answer::GivenBack { bytes, left_bytes } => {
            let mib = |bytes: &u64| *bytes as f64 / 1_048_576.0;
            format!("{:.1} MiB given back; the entries take {:.1} MiB now", mib(bytes), mib(left_bytes))
        }
        Answer::Who { people } => table(["NAME", "PERSON", "CONNECTIONS"], people.iter().map(person)),
        Answer::Sessions { sessions } => table(
            ["CONNECTION", "FROM", "NAME", "PERSON", "DEVICE", "OPEN", "SILENT"],
            sessions.iter().map(session),
        ),
        Answer::Rooms { rooms } => {
            table(["ROOM", "TITLE", "KIND", "MEMBERS", "ENTRIES", "LOG"], rooms.iter().map(room))
        }
        Answer::Stats(StatsRow {
            version,
            up_ms,
            draining,
            connections,
            entered,
            people,
            rooms,
            entries,
            tail_bytes,
        }) => {
            let draining = if *draining { ", draining" } else { "" };
            format!(
                "sala-server {version}, up {}{draining}\n{connections} connections, somebody on {entered}\n{people} people, {rooms} rooms, {entries} entries\n{tail_bytes} bytes of the newest entries in memory",
                time(*up_ms)
            )
        }
    }
}

fn person(PersonRow { person, name, sessions }: &PersonRow) -> [String; 3] {
    let sessions: Vec<String> = sessions.iter().map(u64::to_string).collect();
    [name.clone(), person.to_string(), sessions.join(" ")]
}

fn session(row: &SessionRow) -> [String; 7] {
    let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    [
        row.session.to_string(),
        text(&row.address),
        text(&row.name),
        number(row.person),
        number(row.device),
        time(row.open_ms),
        time(row.silent_ms),
    ]
}

fn room(row: &RoomRow) -> [String; 6] {
    let kind = if row.archived { format!("{}, archived", row.kind) } else { row.kind.clone() };
    let title = row.title.clone().unwrap_or_else(|| "-".to_owned());
    [row.room.clone(), title, kind, row.members.to_string(), row.entries.to_string(), row.log.to_string()]
}

/// A time in its largest unit.
fn time(ms: u64) -> String {
    match ms / 1_000 {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=7_199 => format!("{}m", seconds / 60),
        seconds @ 7_200..=172_799 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Columns as wide as what stands in them.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
