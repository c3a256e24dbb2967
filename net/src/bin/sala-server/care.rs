//! What is done to a data folder beside serving it: copies, and checks.

use crate::Failure;
use crate::folder::{DATABASE, DRAFT, INDEX, claim, make};
use crate::history::HISTORY;
use anyhow::{Context as _, anyhow, bail};
use sala_core::entry::{LogId, LogKind};
use sala_net::store::{self, Checked, CopyError, Reader, copy};
use sala_net::transport::tls::OWN_FILE;
use std::io::Write as _;
use std::path::Path;

type Done = Result<(), (Failure, anyhow::Error)>;

/// Copies a data folder.
pub(crate) fn back_up(data: &Path, to: &Path, damaged: bool) -> Done {
    let made = make(to).with_context(|| format!("cannot make the folder {}", to.display()));
    made.and_then(|()| nothing_there(to)).map_err(data_failure)?;
    let copied = copied(data, to, damaged)?;
    let to = to.display();
    say(&format!("{to} is a copy of {copied}\nto go back to it: sala-server restore {to} --data DIR"))
}

/// Makes a data folder of a copy.
pub(crate) fn restore(from: &Path, data: &Path, damaged: bool) -> Done {
    let _lock = claim(data).and_then(|lock| nothing_there(data).map(|()| lock)).map_err(data_failure)?;
    let copied = copied(from, data, damaged)?;
    let data = data.display();
    say(&format!("{data} is a copy of {copied}\nto serve it: sala-server --data {data}"))
}

/// Writes the entries of a data folder anew, without the room that what was erased leaves among them.
pub(crate) fn vacuum(data: &Path) -> Done {
    let path = data.join(DATABASE);
    let mib = || {
        let size = std::fs::metadata(&path).with_context(|| format!("cannot look at {}", path.display()));
        size.map(|size| size.len() as f64 / 1_048_576.0).map_err(data_failure)
    };
    // Before the folder is claimed, which would make one.
    let before = mib()?;
    let _lock = claim(data).map_err(data_failure)?;
    let report = store::vacuum(&path, &data.join(DRAFT)).map_err(|error| copy_failure(error, data, ""))?;
    let (entries, after) = (counted(report.entries, "entry", "entries"), mib()?);
    say(&format!("{entries}, each of which was checked; {before:.1} MiB before, {after:.1} MiB now"))
}

/// Copies what a server is, and says what that is.
fn copied(from: &Path, to: &Path, damaged: bool) -> Result<String, (Failure, anyhow::Error)> {
    let report = copy(&from.join(DATABASE), &to.join(DATABASE), damaged)
        .map_err(|error| copy_failure(error, from, "; --damaged copies it all the same"))?;
    copied_identity(from, to).map_err(data_failure)?;
    let entries = counted(report.entries, "entry", "entries");
    Ok(match report.faults.len() as u64 + report.untold {
        0 => format!("{entries}, each of which was checked"),
        faults => format!("{entries}, as damaged as they were: {}", counted(faults, "fault", "faults")),
    })
}

/// Why `from` could not be copied, and what to do about it.
fn copy_failure(error: CopyError, from: &Path, remedy: &str) -> (Failure, anyhow::Error) {
    match error {
        CopyError::Damaged(_) => {
            let what = format!("`sala-server verify --data {}` says what is damaged{remedy}", from.display());
            (Failure::Damage, anyhow::Error::new(error).context(what))
        }
        CopyError::Load(_) => (Failure::Damage, error.into()),
        error => data_failure(error.into()),
    }
}

/// Copies the certificate of the server's own making, if there is one: clients hold on to it.
fn copied_identity(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.join(OWN_FILE), to.join(OWN_FILE));
    if !from.try_exists().with_context(|| format!("cannot look for {}", from.display()))? {
        return Ok(());
    }
    // Takes the rights along, which are its owner's alone.
    let copied = std::fs::copy(&from, &to).and_then(|_| std::fs::File::open(&to)?.sync_all());
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// Refuses a folder in which there is a conversation already.
fn nothing_there(folder: &Path) -> anyhow::Result<()> {
    for file in [DATABASE, INDEX, OWN_FILE, HISTORY] {
        let path = folder.join(file);
        if path.try_exists().with_context(|| format!("cannot look into {}", folder.display()))? {
            bail!("{} is there already; name an empty folder, or one that is not there", path.display());
        }
    }
    Ok(())
}

/// Checks a data folder, and says what was found.
pub(crate) fn verify(data: &Path) -> Done {
    let path = data.join(DATABASE);
    let opened = path.try_exists().with_context(|| format!("cannot look into {}", data.display()));
    if !opened.map_err(data_failure)? {
        return Err(data_failure(anyhow!("there is no {}", path.display())));
    }
    let reader = Reader::open(&path, None).map_err(|error| data_failure(error.into()))?;
    let report = reader.verify().map_err(|error| data_failure(error.into()))?;
    let rooms = |damaged: bool| {
        let rooms = report.logs.iter().filter(|(log, _)| matches!(log.kind(), LogKind::Room));
        rooms.filter(move |(_, room)| (room.damaged > 0) == damaged)
    };
    if report.faults.is_empty() {
        let (entries, rooms) = (counted(report.entries, "entry", "entries"), rooms(false).count());
        return say(&format!("{entries}, all whole; {}", counted(rooms as u64, "room", "rooms")));
    }
    let mut lines = report.faults.clone();
    if report.untold > 0 {
        lines.push(format!("and {} faults more", report.untold));
    }
    lines.push(String::new());
    lines.extend(rooms(true).map(|(log, room)| {
        let damaged = counted(room.damaged, "damaged entry", "damaged entries");
        format!("{}: {damaged} of {}", called(*log, room), room.entries)
    }));
    let (damaged, whole) = (rooms(true).count(), rooms(false).count());
    let others = if damaged > 0 { "all other rooms" } else { "all rooms" };
    lines.push(format!("{others} are whole ({whole})"));
    lines.push(match reader.load() {
        Ok(_) => "a server can start on it, and serves everything but what is damaged".to_owned(),
        Err(error) => format!("no server can start on it: {error}"),
    });
    say(&lines.join("\n"))?;
    Err((Failure::Damage, anyhow!("{} is damaged", path.display())))
}

/// What a room is called, as far as that is known.
fn called(log: LogId, room: &Checked) -> String {
    match &room.name {
        Some(name) => format!("{name} (log {})", log.0),
        None => format!("log {}", log.0),
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn data_failure(error: anyhow::Error) -> (Failure, anyhow::Error) {
    (Failure::Data, error)
}

/// Prints what was asked for.
pub(crate) fn say(text: &str) -> Done {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    match written {
        // Nobody reads any more, which is his right.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err((Failure::Usage, anyhow::Error::new(error).context("cannot write to standard output")))
        }
        _ => Ok(()),
    }
}
