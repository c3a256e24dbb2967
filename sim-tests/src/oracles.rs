//! Judges a run by what clients said and heard and what the disk holds, never by the server's memory.

mod complaint;
mod course;
mod on_disk;
mod model;
mod evolve;
mod rights;
mod words;
mod links;
mod greetings;
mod testimony;
mod lists;
mod delivery;
mod arrivals;
mod blocks;
mod answers;
mod screens;
mod company;
mod erasure;
mod held;

pub use complaint::{Complaint, Verdict};
pub use erasure::{out_of_the_checkpoint, out_of_the_files};
pub use model::{Belongs, Model, Tie, lasts};
pub use on_disk::{Kept, OnDisk};

use crate::chronicle::Chronicle;
use crate::client_host::Person;
use crate::disk::SharedDisk;
use sala_core::entry::{RoomEntry, Seq};
use sala_core::name::RoomName;
use std::collections::{BTreeMap, BTreeSet};

/// A room's entries as they lie on disk, one a line, without their times.
#[must_use]
pub fn transcript(room: &RoomName) -> String {
    let on_disk = match OnDisk::read() {
        Ok(on_disk) => on_disk,
        Err(complaint) => return complaint.to_string(),
    };
    let line = |(seq, entry): (&Seq, &RoomEntry)| {
        let whom = entry.act.whom().map_or("", |whom| whom.name.as_str());
        let (author, kind, text) = (entry.author.as_str(), entry.act.kind(), entry.act.text().unwrap_or(""));
        format!("{} {author} {kind} {whom}{text}", seq.0).trim_end().to_owned() + "\n"
    };
    on_disk.room(room).map(|entries| entries.iter().map(line).collect()).unwrap_or_default()
}

/// Whether a client has everything that it knows to be there.
#[must_use]
pub fn has_heard_all(person: &Person) -> bool {
    if !person.wire.due().is_empty() {
        return false;
    }
    person.conversation.borrow().look(|model| {
        let history = person.history.borrow();
        model.rooms.iter().all(|(room, view)| match history.heard.get(room).and_then(|heard| heard.last()) {
            Some(last) => last.seq >= view.timeline.head(),
            None => !person.follows(room) && !view.loading,
        })
    })
}

/// Whether all clients that are online know of the same last entry of each room that they are in.
pub fn heads_agree<'a>(people: impl Iterator<Item = &'a Person>) -> bool {
    let mut heads: BTreeMap<RoomName, BTreeSet<Seq>> = BTreeMap::new();
    for person in people.filter(|person| person.is_online()) {
        person.conversation.borrow().look(|model| {
            let history = person.history.borrow();
            for (room, view) in &model.rooms {
                let heard = history.heard.get(room).and_then(|heard| heard.last()).map(|last| last.seq);
                heads.entry(room.clone()).or_default().insert(heard.unwrap_or(view.timeline.head()));
            }
        });
    }
    heads.values().all(|heads| heads.len() == 1)
}

/// What the entries on disk add up to.
///
/// # Errors
/// When the disk is not as it should be.
pub fn fold() -> Result<Model, Complaint> {
    let mut model = Model::default();
    OnDisk::read()?.entries.iter().for_each(|kept| model.take(kept));
    Ok(model)
}

/// Demands what is promised at all times.
///
/// # Errors
/// The first thing that is not kept.
pub fn check<'a>(people: impl Iterator<Item = &'a Person>, chronicle: &Chronicle) -> Verdict {
    let people: Vec<&Person> = people.collect();
    let on_disk = OnDisk::read()?;
    judged(&people, chronicle, &on_disk).map(drop)
}

/// Demands what is promised at all times, and what is once nothing moves any more.
///
/// # Errors
/// The first thing that is not kept.
pub fn check_at_rest<'a>(
    people: impl Iterator<Item = &'a Person>,
    chronicle: &Chronicle,
    disk: &SharedDisk,
) -> Verdict {
    let people: Vec<&Person> = people.collect();
    let on_disk = OnDisk::read()?;
    let model = judged(&people, chronicle, &on_disk)?;
    seen_alike(&people, &on_disk, &model)?;
    erasure::out_of_the_checkpoint(&on_disk)?;
    erasure::out_of_the_files(people.into_iter(), &on_disk, disk)
}

/// Demands that everybody's screen shows what the log says, and as here those who are.
///
/// # Errors
/// The first thing that is seen otherwise.
pub fn seen_alike(people: &[&Person], on_disk: &OnDisk, model: &Model) -> Verdict {
    let here = company::here(people);
    for person in people {
        words::shown_is_on_disk(person, on_disk, person.is_online())?;
        screens::judge(person, on_disk, model)?;
        company::judge(person, &here, model)?;
    }
    Ok(())
}

/// What the entries add up to, if every one of them, and everything that anybody was told, may be.
///
/// # Errors
/// The first thing that may not.
pub fn judged(people: &[&Person], chronicle: &Chronicle, on_disk: &OnDisk) -> Result<Model, Complaint> {
    complaint::demand("stored stays stored", chronicle.loss().is_none(), || {
        let (before, after) = chronicle.loss().unwrap_or_default();
        format!("everything up to {} was on disk, and later only what is up to {}", before.0, after.0)
    })?;
    let testimony = testimony::Testimony::of(people, chronicle, on_disk);
    testimony.judge(on_disk)?;
    let mut model = Model { doomed: on_disk.erased().clone(), ..Model::default() };
    let mut lists = lists::Lists::default();
    for person in people {
        links::tell(person, chronicle, on_disk, &model, &mut [&mut lists])?;
    }
    for kept in &on_disk.entries {
        rights::judge(&model, kept)?;
        model.take(kept);
        lists.see(&lists::Sight { on_disk, testimony: &testimony, model: &model });
    }
    rights::judge_end(&model)?;
    words::once_and_in_order(on_disk, &model)?;
    erasure::out_of_the_log(on_disk, &model)?;
    let mut answers = answers::Answers { kept: erasure::kept(on_disk) };
    let by_strangers = words::said_by_strangers(people);
    let mut held = held::Held::of(people, on_disk, &model);
    for person in people {
        words::acked_is_kept(person, on_disk, &model, &by_strangers)?;
        words::said_in_order(person, on_disk)?;
        words::nothing_is_forgotten(person)?;
        words::heard_is_on_disk(person, on_disk)?;
        words::shown_is_on_disk(person, on_disk, false)?;
        let mut greetings = greetings::Greetings::default();
        let mut arrivals = arrivals::Arrivals { testimony: &testimony };
        let mut delivery = delivery::Delivery::default();
        let mut blocks = blocks::Blocks::default();
        let judges: &mut [&mut dyn links::Judge] =
            &mut [&mut greetings, &mut arrivals, &mut delivery, &mut blocks, &mut answers, &mut held];
        links::tell(person, chronicle, on_disk, &model, judges)?;
    }
    lists.judge()?;
    Ok(model)
}
