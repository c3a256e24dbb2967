//! Does for a script what the grammar says, and prints the answer.

use crate::account;
use crate::answer::{self, Row};
use crate::asking::Secrets;
use crate::chance::chance;
use crate::grammar::{Act, Deed, Drawn, Kind, Look, Scene, Words};
use crate::line::{Line, within};
use crate::link::{entrance, is_here_alone, link};
use crate::print;
use crate::shape::date_time;
use crate::trouble::Trouble;
use crate::who::Who;
use anyhow::{Context as _, anyhow};
use sala_core::client::{Event, Model, Ticket};
use sala_core::entry::{self, Audience, Seq};
use sala_core::limits::PAGE_ENTRIES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Invitation, NumberedEntry, Page, Request, Update};
use sala_core::time::Wall;
use sala_net::clock::{Clock as _, SystemClock};
use sala_net::export::{Draft, ExportError, Written};
use sala_net::link::RoomLink;
use sala_net::profile::{code, grouped, token};
use std::io::IsTerminal as _;
use std::path::PathBuf;
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
    if let Some(text) = linked(act, &words, &secrets)? {
        let link: RoomLink = match text.parse() {
            Ok(link) => link,
            Err(wrong) => return Ok(Trouble::Usage(wrong.to_string()).told()),
        };
        let who = Who { server: link.server.unwrap_or_else(|| who.server.clone()), ..who };
        return ask(who, Request::Join { door: Door::Link(link.token) }, json).await;
    }
    // Once before anything is asked: what cannot be meant needs no server.
    let done = match act.form(words.clone(), now()) {
        Err(text) => Err(Trouble::Usage(text)),
        Ok(Some(own)) => account::run(who, own, &secrets, json).await,
        Ok(None) => {
            let work =
                async |line: &Line| perform(line, &who, meant(line, act, words.clone()).await?, json).await;
            within(&who, work).await
        }
    };
    Ok(done.unwrap_or_else(Trouble::told))
}

/// The link by which a room is to be entered, if it is one and says where the server is, or is to be read.
fn linked(act: &Act, words: &Words, secrets: &Secrets) -> anyhow::Result<Option<String>> {
    let Words::List(list) = words else { return Ok(None) };
    match list.front().filter(|_| act.slash == "/join" && list.len() == 1) {
        Some(word) if word == "-" => secrets.line("Link").map(Some),
        Some(word) if word.contains('/') => Ok(Some(word.clone())),
        _ => Ok(None),
    }
}

/// Lists the rooms that everybody finds, and those that one is in.
pub(crate) async fn rooms(who: Who, json: bool) -> anyhow::Result<ExitCode> {
    ask(who, Request::Rooms { after: None, all: false }, json).await
}

/// The room that is meant by a word.
pub(crate) async fn room(who: &Who, word: &str) -> Result<RoomName, Trouble> {
    within(who, async |line| {
        let Update::Me { invitations, audience, .. } = line.ask(&Request::Me).await? else {
            return Err(no_answer());
        };
        let meant = line.conversation.look(|model| scene(model, &invitations, &[], audience).room(word));
        meant.map_err(Trouble::Usage)
    })
    .await
}

async fn ask(who: Who, request: Request, json: bool) -> anyhow::Result<ExitCode> {
    let done = within(&who, async |line| list(line, request.clone(), json, PARTS_MAX).await);
    Ok(done.await.unwrap_or_else(Trouble::told))
}

fn now() -> Wall {
    SystemClock::new().now().wall
}

fn no_answer() -> Trouble {
    Trouble::Here(anyhow!("the server's answer is none to what was asked"))
}

fn scene<'a>(
    model: &'a Model,
    invitations: &'a [Invitation],
    recent: &'a [(Seq, Name)],
    audience: Audience,
) -> Scene<'a> {
    Scene {
        here: None,
        model: Some(model),
        invitations,
        recent,
        now: now(),
        audience: Some(audience),
        in_chat: false,
    }
}

/// Reads the words again, now that it is known which rooms there are and what was said last.
async fn meant(line: &Line, act: &Act, words: Words) -> Result<Deed, Trouble> {
    // The answer comes behind all of one's rooms.
    let Update::Me { audience, invitations, .. } = line.ask(&Request::Me).await? else {
        return Err(no_answer());
    };
    let posts = act.arguments.iter().any(|argument| argument.kind == Kind::Post);
    let mut recent = Vec::new();
    if let Words::List(list) = &words
        && let (true, Some(room), Some(post)) = (posts, list.front(), list.get(1))
        && post.parse::<u64>().is_err()
    {
        let known = |model: &Model| scene(model, &invitations, &[], audience).room(room);
        let room = line.conversation.look(known).map_err(Trouble::Usage)?;
        recent = said_last(line, room).await?;
    }
    let read = |model: &Model| act.read(words, &scene(model, &invitations, &recent, audience));
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

async fn perform(line: &Line, who: &Who, deed: Deed, json: bool) -> Result<ExitCode, Trouble> {
    match deed {
        Deed::Ask(request) => list(line, request, json, PARTS_MAX).await,
        Deed::Each(requests, last) => {
            for request in requests {
                line.ask(&request).await?;
            }
            list(line, last, json, PARTS_MAX).await
        }
        Deed::Once(request) => list(line, request, json, 1).await,
        Deed::Reply(room, to, text) => reply(line, room, to, text, json).await,
        Deed::Draw(Drawn::Link { room, hours, uses }) => {
            let token = token(&mut chance()?);
            line.ask(&Request::Link { room: room.clone(), token: token.clone(), hours, uses }).await?;
            let text = link(who, &token);
            if !json && std::io::stdout().is_terminal() {
                print::complain(&format!("whoever is to come in types: {}", entrance(who, &token)));
                is_here_alone(&who.server).iter().for_each(|word| print::complain(word));
            }
            let object = serde_json::json!({ "room": room, "link": text, "hours": hours, "uses": uses });
            say(Row { json: object, text }, json)
        }
        Deed::Draw(Drawn::Reset(name)) => {
            let code = code(&mut chance()?);
            line.ask(&Request::Reset { name: name.clone(), code: code.clone() }).await?;
            let (json_row, text) =
                (serde_json::json!({ "name": name, "code": grouped(&code) }), grouped(&code));
            say(Row { json: json_row, text }, json)
        }
        Deed::Draw(Drawn::Invitation(hours)) => {
            let code = code(&mut chance()?);
            line.ask(&Request::ServerInvite { code: code.clone(), hours }).await?;
            let text = grouped(&code);
            say(Row { json: serde_json::json!({ "code": text, "hours": hours }), text }, json)
        }
        Deed::Look(Look::Topic(room)) => {
            let topic = line.conversation.look(|model| Some(model.rooms.get(&room)?.topic.clone()));
            let topic = topic.ok_or_else(|| no_member(&room))?;
            say(
                Row {
                    json: serde_json::json!({ "room": room, "topic": topic }),
                    text: print::harmless(&topic),
                },
                json,
            )
        }
        Deed::Look(Look::Pins(room)) => pins(line, &room, json).await,
        Deed::Export(file) => export(line, file, json).await,
        Deed::Own(_) => unreachable!("what needs a secret was done apart"),
    }
}

fn no_member(room: &RoomName) -> Trouble {
    Trouble::Usage(format!("you are no member of {room}: sala room join {room}"))
}

/// Prints what is pinned in a room, as it stands now.
async fn pins(line: &Line, room: &RoomName, json: bool) -> Result<ExitCode, Trouble> {
    let pins = line.conversation.look(|model| Some(model.rooms.get(room)?.pins.clone()));
    for seq in pins.ok_or_else(|| no_member(room))? {
        let page = Page::Before(Some(seq.next()));
        list(line, Request::Page { room: room.clone(), page, limit: 1 }, json, 1).await?;
    }
    Ok(ExitCode::SUCCESS)
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
        let mut rows = line.conversation.look(|model| answer::rows(&update, |room| shown(model, room)));
        if let (Some(holds), [done]) = (answer::holds(&request, now()), &mut rows[..]) {
            done.text = format!("{}, {holds}", done.text);
        }
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
            Event::Waits(waits, room, held) if waits == ticket => {
                let row = serde_json::json!({ "room": room, "held": held });
                return say(Row { json: row, text: "it waits for a moderator".to_owned() }, json);
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
    let mut draft = file.as_deref().map(Draft::new).transpose().map_err(here)?;
    let mut next = Some(Request::Export { after: 0 });
    for _ in 0..PARTS_MAX * 100 {
        let Some(request) = next.take() else { break };
        let update = line.ask(&request).await?;
        if let Update::Exported { entries, .. } = &update {
            for entry in entries {
                match &mut draft {
                    Some(draft) => draft.add(entry).map_err(here)?,
                    None => {
                        let entry = serde_json::to_string(entry).context("cannot write JSON")?;
                        print::line(&entry).map_err(Trouble::Said)?;
                    }
                }
            }
        }
        next = answer::next(&request, &update);
    }
    if next.is_some() {
        return Err(Trouble::Here(anyhow!("the server never ends; what was written is not all")));
    }
    if let Some(draft) = draft {
        let name = line.conversation.look(|model| model.name.clone());
        let file = draft.path().display().to_string();
        let written = draft.finish(name.as_str(), &date_time(now().0)).map_err(here)?;
        let row = serde_json::json!({ "file": file, "entries": written.count });
        return say(Row { json: row, text: exported(&written) }, json);
    }
    Ok(ExitCode::SUCCESS)
}

fn here(error: ExportError) -> Trouble {
    Trouble::Here(error.into())
}

/// Words for a file that is there.
pub(crate) fn exported(written: &Written) -> String {
    format!("{} entries are in {}", written.count, written.path.display())
}
