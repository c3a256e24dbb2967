//! Does for a script what the grammar says, and prints the answer.

use crate::account;
use crate::answer::{self, Row};
use crate::grammar::{Act, Deed, Kind, Scene, Words};
use crate::print;
use crate::profile::Profile;
use crate::secret::{Secrets, chance, code, grouped, token};
use crate::shape::date_time;
use crate::talk::{Line, Trouble, Who, within};
use anyhow::Context as _;
use sala_core::client::{Event, Model, Ticket};
use sala_core::entry::{self, Audience, Seq};
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Invitation, NumberedEntry, Page, Request, Secret, Update};
use sala_core::time::Wall;
use sala_net::clock::{Clock as _, SystemClock};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Parts of a list that are asked for before a program takes it that the server never ends.
const PARTS_MAX: usize = 10_000;

/// What is to be done, and how its outcome is told.
pub(crate) struct Errand {
    pub(crate) who: Who,
    pub(crate) act: &'static Act,
    pub(crate) words: Words,
    pub(crate) secrets: Secrets,
    pub(crate) json: bool,
}

pub(crate) async fn run(errand: Errand) -> anyhow::Result<ExitCode> {
    let Errand { who, act, words, secrets, json } = errand;
    let by_link = act.slash == "/join" && matches!(&words, Words::List(list) if list.iter().eq(["-"]));
    if by_link {
        let link = Secret::new(secrets.line("Link")?.trim().to_owned()).context("this is no link")?;
        return ask(who, Request::Join { door: Door::Link(link) }, json).await;
    }
    // Once before anything is asked: what cannot be meant needs no server.
    let form = match act.read(words.clone(), &scene(None, &[], &[], Audience::Rooms)) {
        Ok(form) => form,
        Err(text) => {
            print::complain(&text);
            return Ok(ExitCode::from(2));
        }
    };
    if let Deed::Own(own) = form {
        return Ok(match account::run(who.clone(), own, &secrets, json).await {
            Ok(code) => code,
            Err(trouble) => trouble.told(&Profile::claim(&who.server, &who.name)?),
        });
    }
    let done = within(&who, async |line| {
        let deed = meant(line, act, words.clone(), form.clone()).await?;
        perform(line, deed, json).await
    });
    Ok(done.await?.unwrap_or_else(|(trouble, profile)| trouble.told(&profile)))
}

/// Lists the rooms that everybody finds, and those that one is in.
pub(crate) async fn rooms(who: Who, json: bool) -> anyhow::Result<ExitCode> {
    ask(who, Request::Rooms { after: None, all: false }, json).await
}

/// The room that is meant by a word; else how the program ends.
pub(crate) async fn room(who: &Who, word: &str) -> Result<RoomName, anyhow::Result<ExitCode>> {
    let found = within(who, async |line| {
        let Update::Me { invitations, audience, .. } = line.ask(&Request::Me).await? else {
            return Err(Trouble::Usage(format!("there is no room {word}")));
        };
        let meant =
            line.conversation.look(|model| scene(Some(model), &invitations, &[], audience).room(word));
        meant.map_err(Trouble::Usage)
    });
    match found.await {
        Ok(Ok(room)) => Ok(room),
        Ok(Err((trouble, profile))) => Err(Ok(trouble.told(&profile))),
        Err(error) => Err(Err(error)),
    }
}

async fn ask(who: Who, request: Request, json: bool) -> anyhow::Result<ExitCode> {
    let done = within(&who, async |line| list(line, request.clone(), json, PARTS_MAX).await);
    Ok(done.await?.unwrap_or_else(|(trouble, profile)| trouble.told(&profile)))
}

fn scene<'a>(
    model: Option<&'a Model>,
    invitations: &'a [Invitation],
    recent: &'a [(Seq, Name)],
    audience: Audience,
) -> Scene<'a> {
    Scene {
        here: None,
        model,
        invitations,
        recent,
        now: SystemClock::new().now().wall,
        audience,
        in_chat: false,
    }
}

/// Reads the words again, now that it is known which rooms there are and what was said last.
async fn meant(line: &Line, act: &Act, words: Words, form: Deed) -> Result<Deed, Trouble> {
    // The answer comes behind all of one's rooms.
    let Update::Me { audience, invitations, .. } = line.ask(&Request::Me).await? else {
        return Ok(form);
    };
    let posts = act.arguments.iter().any(|argument| argument.kind == Kind::Post);
    let mut recent = Vec::new();
    if let Words::List(list) = &words
        && let (true, Some(room), Some(post)) = (posts, list.front(), list.get(1))
        && post.parse::<u64>().is_err()
    {
        let known = |model: &Model| scene(Some(model), &invitations, &[], audience).room(room);
        let room = line.conversation.look(known).map_err(Trouble::Usage)?;
        recent = said_last(line, room).await?;
    }
    let read = |model: &Model| act.read(words, &scene(Some(model), &invitations, &recent, audience));
    line.conversation.look(read).map_err(Trouble::Usage)
}

/// What was said last in a room and still stands, newest first.
async fn said_last(line: &Line, room: RoomName) -> Result<Vec<(Seq, Name)>, Trouble> {
    let request = Request::Page { room, page: Page::Before(None), limit: PAGE_ENTRIES_MAX };
    let Update::Page { entries, .. } = line.ask(&request).await? else { return Ok(Vec::new()) };
    let stands =
        |row: &&NumberedEntry| matches!(&row.entry.act, entry::Act::Post(post) if !post.text.is_empty());
    let said = entries.iter().rev().filter(stands);
    Ok(said.map(|row| (row.seq, row.entry.author.clone())).collect())
}

async fn perform(line: &Line, deed: Deed, json: bool) -> Result<ExitCode, Trouble> {
    match deed {
        Deed::Ask(request) => list(line, request, json, PARTS_MAX).await,
        Deed::Once(request) => list(line, request, json, 1).await,
        Deed::Reply(room, to, text) => reply(line, room, to, text, json).await,
        Deed::Link { room, hours, uses } => {
            let token = token(&mut chance()?);
            line.ask(&Request::Link { room: room.clone(), token: token.clone(), hours, uses }).await?;
            let row = Row {
                json: serde_json::json!({ "room": room, "link": token.reveal(), "hours": hours, "uses": uses }),
                text: token.reveal().to_owned(),
            };
            say(row, json)
        }
        Deed::Reset(name) => {
            let code = code(&mut chance()?);
            line.ask(&Request::Reset { name: name.clone(), code: code.clone() }).await?;
            let (json_row, text) =
                (serde_json::json!({ "name": name, "code": grouped(&code) }), grouped(&code));
            say(Row { json: json_row, text }, json)
        }
        Deed::Export(file) => export(line, file, json).await,
        Deed::Own(_) => unreachable!("what needs a secret was done apart"),
    }
}

fn say(row: Row, json: bool) -> Result<ExitCode, Trouble> {
    print::line(&if json { row.json.to_string() } else { row.text }).map_err(Trouble::Said)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks, and prints what is answered, to the end of it if it is a list.
async fn list(line: &Line, request: Request, json: bool, parts: usize) -> Result<ExitCode, Trouble> {
    let mut next = Some(request);
    for _ in 0..parts {
        let Some(request) = next.take() else { return Ok(ExitCode::SUCCESS) };
        let update = line.ask(&request).await?;
        let rows = line.conversation.look(|model| answer::rows(&update, |room| shown(model, room)));
        for row in rows {
            say(row, json)?;
        }
        next = answer::next(&request, &update);
    }
    if next.is_some() && parts > 1 {
        print::complain("the list did not end; the rest was left");
    }
    Ok(ExitCode::SUCCESS)
}

/// A room by a word that can be given back: its title may be another's, so its key stands beside it.
fn shown(model: &Model, room: &RoomName) -> String {
    let title = model.rooms.get(room).map(|view| view.shown(room)).filter(|shown| shown != room.as_str());
    title.map_or_else(|| room.to_string(), |title| format!("{title} ({room})"))
}

async fn reply(line: &Line, room: RoomName, to: Seq, text: String, json: bool) -> Result<ExitCode, Trouble> {
    let ticket: Option<Ticket> = line.conversation.reply(room, text, to);
    let ticket = ticket.context("too much is waiting to be sent")?;
    loop {
        match line.event().await {
            Event::Stored(stored, room, seq) if stored == ticket => {
                let (row, text) = (serde_json::json!({ "room": room, "seq": seq }), seq.0.to_string());
                return say(Row { json: row, text }, json);
            }
            Event::Failed(failed, refusal) if failed == ticket => return Err(Trouble::Refused(refusal)),
            Event::Closed => line.online().await?,
            _ => {}
        }
    }
}

/// Writes what one has written: as one JSON document into a file, which is there whole or not at all, or as one object
/// a line to standard output.
async fn export(line: &Line, file: Option<PathBuf>, json: bool) -> Result<ExitCode, Trouble> {
    let file = file.filter(|path| path.as_os_str() != "-");
    let mut draft = file.as_deref().map(Draft::new).transpose()?;
    let mut next = Some(Request::Export { after: 0 });
    for _ in 0..PARTS_MAX * 100 {
        let Some(request) = next.take() else { break };
        let update = line.ask(&request).await?;
        if let Update::Exported { entries, .. } = &update {
            for entry in entries {
                let entry = serde_json::to_string(entry).context("cannot write JSON")?;
                match &mut draft {
                    Some(draft) => draft.add(&entry)?,
                    None => print::line(&entry).map_err(Trouble::Said)?,
                }
            }
        }
        next = answer::next(&request, &update);
    }
    if let Some(draft) = draft {
        let name = line.conversation.look(|model| model.name.clone());
        let (file, count) = (draft.path.display().to_string(), draft.count);
        let text = draft.finish(name.as_str(), SystemClock::new().now().wall)?;
        return say(Row { json: serde_json::json!({ "file": file, "entries": count }), text }, json);
    }
    Ok(ExitCode::SUCCESS)
}

/// A file that is being written beside the place where it is to stand.
pub(crate) struct Draft {
    path: PathBuf,
    beside: PathBuf,
    file: std::io::BufWriter<std::fs::File>,
    count: usize,
}

impl Draft {
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        let mut name =
            path.file_name().with_context(|| format!("{} names no file", path.display()))?.to_owned();
        name.push(".part");
        let beside = path.with_file_name(name);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside).with_context(|| format!("cannot write {}", beside.display()))?;
        let mut file = std::io::BufWriter::new(file);
        file.write_all(b"{\"entries\":[").context("cannot write the file")?;
        Ok(Draft { path: path.to_owned(), beside, file, count: 0 })
    }

    pub(crate) fn add(&mut self, entry: &str) -> anyhow::Result<()> {
        let comma = if self.count == 0 { "\n" } else { ",\n" };
        self.count += 1;
        write!(self.file, "{comma}{entry}").context("cannot write the file")
    }

    /// Puts it in its place, and gives words for it.
    pub(crate) fn finish(mut self, name: &str, at: Wall) -> anyhow::Result<String> {
        let (name, time) = (serde_json::json!(name), serde_json::json!(date_time(at.0)));
        write!(self.file, "\n],\"name\":{name},\"exported\":{time}}}\n").context("cannot write the file")?;
        let file = self.file.into_inner().context("cannot write the file")?;
        file.sync_all().context("cannot write the file")?;
        std::fs::rename(&self.beside, &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(format!("{} entries are in {}", self.count, self.path.display()))
    }
}
