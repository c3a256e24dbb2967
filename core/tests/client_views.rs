//! What a client shows of a room: what became of posts, what is unread, who types, and how much of it all it holds.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::{room, token};
use sala_core::client::{Client, Config, Credential, Input, Output, RoomView, ShownSign, Timeline, User};
use sala_core::entry::{RoomEntry, Seq};
use sala_core::limits::{
    CONTACTS_MAX, DIRECTS_MAX, LIST_ROWS_MAX, PINS_MAX, REQUESTS_ASKED_MAX, ROOM_MEMBERS_MAX,
    ROOMS_JOINED_MAX, ROOMS_MAX, STATUS_BYTES_MAX, TYPING_MS,
};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Hello, Page, Request, Secret, Update};
use sala_core::time::{Now, Tick, Wall};

/// Ana's client, and a server that is played by hand.
struct Alone {
    client: Client,
    now: Now,
    /// The requests that were not looked at yet, with their ids.
    asked: Vec<(Option<u64>, Request)>,
    wake_at: Option<Tick>,
    hung_up: bool,
}

impl Alone {
    /// She is online, person 1, in the lobby, whose entries follow from 1 on.
    fn in_lobby() -> Self {
        let mut alone = Alone::online();
        alone.told(r#"{"t":"room","room":"lobby","topic":"","members":1,"head":0,"from":1}"#);
        alone.asked.clear();
        alone
    }

    fn online() -> Self {
        let now = Now { tick: Tick(1_000_000), wall: Wall(0) };
        let (token, credential) = (Secret::new(token("ana")).unwrap(), Credential::Token);
        let config = Config { name: name("ana"), token, credential, device: "d".to_owned(), prefetch: true };
        let (client, asked) = (Client::new(config), Vec::new());
        let mut alone = Alone { client, now, asked, wake_at: None, hung_up: false };
        alone.does(Input::Started);
        alone.does(Input::Opened);
        alone.does(Input::Told(Ok(Update::Hello(Hello::ours()))));
        alone.told(r#"{"t":"welcome","name":"ana","person":1,"device":1,"n":0,"rooms":0}"#);
        alone.asked.clear();
        alone
    }

    fn does(&mut self, input: Input) {
        self.client.handle(input, self.now);
        while let Some(output) = self.client.poll() {
            match output {
                Output::Ask(envelope) => self.asked.push((envelope.id, envelope.request)),
                Output::WakeAt(tick) => self.wake_at = Some(tick),
                Output::HangUp => self.hung_up = true,
                Output::Dial | Output::Changed | Output::Happened(_) => {}
            }
        }
    }

    fn told(&mut self, line: &str) {
        let update = Update::decode(line.as_bytes()).unwrap();
        assert!(update != Update::Other, "no such update: {line}");
        self.does(Input::Told(Ok(update)));
    }

    fn wants(&mut self, user: User) {
        self.does(Input::User(user));
    }

    /// Time passes. How often the client is woken.
    fn passes(&mut self, ms: u64) -> usize {
        let (end, mut wakes) = (self.now.tick.after(ms), 0);
        while let Some(at) = self.wake_at.filter(|at| *at <= end) {
            (self.wake_at, self.now.tick, wakes) = (None, self.now.tick.max(at), wakes + 1);
            self.does(Input::Tick);
        }
        self.now.tick = end;
        wakes
    }

    fn lobby(&self) -> &RoomView {
        &self.client.model().rooms[&room("lobby")]
    }

    /// The ids of the requests like this that were not looked at yet.
    fn ids(&mut self, like: impl Fn(&Request) -> bool) -> Vec<u64> {
        let asked = std::mem::take(&mut self.asked);
        asked.into_iter().filter(|(_, request)| like(request)).filter_map(|(id, _)| id).collect()
    }
}

fn entry(seq: u64, person: u64, rest: &str) -> String {
    format!(r#"{{"seq":{seq},"at":0,"person":{person},"author":"{}",{rest}}}"#, who(person))
}

fn live(seq: u64, person: u64, rest: &str) -> String {
    entry(seq, person, rest).replacen('{', r#"{"t":"entry","room":"lobby","#, 1)
}

fn page(entries: &[String]) -> String {
    format!(r#"{{"t":"page","room":"lobby","entries":[{}],"more":false}}"#, entries.join(","))
}

fn who(person: u64) -> &'static str {
    ["sala", "ana", "bo", "cy"][usize::try_from(person).unwrap()]
}

fn post(n: u64, text: &str) -> String {
    format!(r#""kind":"post","device":9,"n":{n},"text":"{text}""#)
}

/// Posts as they are shown: their words, whether these are not the first, and the signs.
fn shown(timeline: &Timeline) -> Vec<String> {
    let post = |seq: Seq| {
        let (post, marks) = (timeline.post(seq)?, timeline.marks(seq)?);
        let edited = marks.edited().map_or(String::new(), |by| format!(" (edited {})", by.0));
        let gone = if marks.is_deleted() { " (gone)" } else { "" };
        let sign = |sign: ShownSign<'_>| {
            let names: Vec<&str> = sign.names.iter().map(|name| name.as_str()).collect();
            format!(" {}{}:{}", sign.emoji, sign.count, names.join("+"))
        };
        let signs: String = marks.signs().map(sign).collect();
        Some(format!("{}: {}{edited}{gone}{signs}", seq.0, post.text))
    };
    timeline.entries().filter_map(|(seq, _)| post(seq)).collect()
}

/// Two posts by Bo, and all that becomes of them.
fn happenings() -> [String; 9] {
    [
        post(1, "helo"),
        post(2, "regrettable"),
        r#""kind":"reacted","target":1,"emoji":"👍","on":true"#.to_owned(),
        r#""kind":"edited","target":1,"text":"hallo""#.to_owned(),
        r#""kind":"edited","target":2,"text":"terrible""#.to_owned(),
        r#""kind":"reacted","target":1,"emoji":"👍","on":false"#.to_owned(),
        r#""kind":"edited","target":1,"text":"hello""#.to_owned(),
        r#""kind":"deleted","target":2,"of":2"#.to_owned(),
        r#""kind":"reacted","target":1,"emoji":"🎉","on":true"#.to_owned(),
    ]
}

const BY: [u64; 9] = [2, 2, 3, 2, 2, 3, 2, 2, 1];
const END: [&str; 2] = ["1: hello (edited 7) 🎉1:ana", "2:  (gone)"];

fn words_left(timeline: &Timeline) -> usize {
    let old = ["helo", "hallo", "regrettable", "terrible"];
    let text = |(_, entry): (Seq, &RoomEntry)| entry.act.text().map(ToOwned::to_owned);
    timeline.entries().filter_map(text).filter(|text| old.contains(&text.as_str())).count()
}

#[test]
fn what_became_of_a_post_is_the_same_whether_it_was_heard_or_loaded() {
    let happenings = happenings();
    let erased = |index: usize| match index {
        1 => entry(2, 2, &post(2, "")),
        3 | 4 => entry(index as u64 + 1, 2, &happenings[index].replace("hallo", "").replace("terrible", "")),
        _ => entry(index as u64 + 1, BY[index], &happenings[index]),
    };
    let first = entry(
        1,
        2,
        &format!(
            r#"{},"edited":7,"reactions":[{{"emoji":"🎉","count":1,"names":["ana"]}}]"#,
            post(1, "hello")
        ),
    );
    let whole: Vec<String> = [first].into_iter().chain((1..9).map(erased)).collect();
    let end: Vec<String> = END.map(ToOwned::to_owned).to_vec();
    for heard in 0..=9 {
        let mut ana = Alone::in_lobby();
        let hear = |ana: &mut Alone, from: usize, to: usize| {
            (from..to).for_each(|index| ana.told(&live(index as u64 + 1, BY[index], &happenings[index])));
        };
        hear(&mut ana, 0, heard);
        if heard == 9 {
            assert_eq!((shown(&ana.lobby().timeline), words_left(&ana.lobby().timeline)), (end.clone(), 0));
        }
        // The page is asked for here, and answered when all has happened and not all was heard.
        ana.wants(User::Page(room("lobby"), Page::Before(None), 200));
        ana.told(&page(&whole[..2]));
        assert_eq!(shown(&ana.lobby().timeline), END, "{heard} heard before");
        for _ in 0..2 {
            ana.told(&page(&whole));
            assert_eq!(shown(&ana.lobby().timeline), END, "{heard} heard before");
        }
        hear(&mut ana, heard, 9);
        ana.told(&page(&whole));
        assert_eq!(shown(&ana.lobby().timeline), END, "{heard} heard before");
        assert_eq!(words_left(&ana.lobby().timeline), 0, "{heard} heard before");
    }
}

#[test]
fn a_change_that_came_before_its_post_is_made_up_for() {
    let happenings = happenings();
    let mut ana = Alone::online();
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":3,"head":2,"from":3}"#);
    ana.wants(User::Page(room("lobby"), Page::Before(None), 200));
    (2..9).for_each(|index| ana.told(&live(index as u64 + 1, BY[index], &happenings[index])));
    // It was read before anything happened to them, and comes late.
    ana.told(&page(&[entry(1, 2, &happenings[0]), entry(2, 2, &happenings[1])]));
    assert_eq!(shown(&ana.lobby().timeline), END);
    assert_eq!(words_left(&ana.lobby().timeline), 0);
}

#[test]
fn what_is_loaded_late_is_older_than_what_is_known() {
    let happenings = happenings();
    let mut ana = Alone::online();
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":3,"head":9,"from":10}"#);
    ana.wants(User::Page(room("lobby"), Page::Before(None), 200));
    ana.told(&page(&[entry(1, 2, &format!(r#"{},"edited":7"#, post(1, "hello")))]));
    let sign = |on: bool| format!(r#""kind":"reacted","target":1,"emoji":"🎉","on":{on}"#);
    ana.told(&live(10, 3, &sign(true)));
    ana.told(&live(11, 3, &sign(false)));
    ana.told(&page(&[entry(3, 3, &happenings[2]), entry(4, 2, &happenings[3])]));
    assert_eq!(
        (shown(&ana.lobby().timeline), words_left(&ana.lobby().timeline)),
        (vec!["1: hello (edited 7)".to_owned()], 0)
    );
    // Far back in a long room, what is newest is dropped, and loaded again later.
    let mut ana = Alone::online();
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":3,"head":5999,"from":6000}"#);
    ana.told(&live(6_000, 2, &post(1, "hi")));
    let sign = |on: bool| format!(r#""kind":"reacted","target":6000,"emoji":"🎉","on":{on}"#);
    ana.told(&live(6_001, 3, &sign(true)));
    ana.told(&live(6_002, 3, &sign(false)));
    for from in (0..25).map(|part| 5_801 - 200 * part) {
        let part: Vec<String> = (from..from + 200)
            .filter(|seq| *seq < 6_000)
            .map(|seq| entry(seq, 3, r#""kind":"joined""#))
            .collect();
        ana.told(&page(&part));
    }
    assert_eq!(ana.lobby().timeline.entry(Seq(6_001)), None);
    ana.told(&page(&[entry(6_001, 3, &sign(true))]));
    assert_eq!(shown(&ana.lobby().timeline), ["6000: hi"]);
}

#[test]
fn signs_of_many_are_counted_beyond_those_that_are_named() {
    let mut ana = Alone::in_lobby();
    let first = r#""reactions":[{"emoji":"👍","count":30,"names":["bo","cy"]}]"#;
    ana.told(&page(&[entry(1, 2, &format!("{},{first}", post(1, "hi")))]));
    let sign = |on: bool| format!(r#""kind":"reacted","target":1,"emoji":"👍","on":{on}"#);
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":40,"head":1,"from":2}"#);
    ana.told(&page(&[entry(1, 2, &format!("{},{first}", post(1, "hi")))]));
    ana.told(&live(2, 2, &sign(true)));
    assert_eq!(shown(&ana.lobby().timeline), ["1: hi 👍30:bo+cy"]);
    ana.told(&live(3, 2, &sign(false)));
    ana.told(&live(4, 1, &sign(true)));
    ana.told(&live(5, 1, &sign(false)));
    assert_eq!(shown(&ana.lobby().timeline), ["1: hi 👍29:cy"]);
}

#[test]
fn posts_before_a_stretch_that_is_skipped_are_loaded_anew() {
    let mut ana = Alone::in_lobby();
    ana.told(&live(1, 2, r#""kind":"joined""#));
    ana.told(&live(2, 2, &post(1, "deleted while ana is away")));
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":3,"head":2000,"from":2001}"#);
    assert_eq!(ana.lobby().timeline.len(), 1);
    assert_eq!(ana.lobby().timeline.post(Seq(2)), None);
}

#[test]
fn what_a_server_has_lost_is_undone() {
    let mut ana = Alone::in_lobby();
    ana.told(&live(1, 2, &post(1, "hello")));
    ana.told(&live(2, 2, &post(2, "goodbye")));
    ana.told(&live(3, 2, r#""kind":"edited","target":1,"text":"never""#));
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":3,"head":2,"from":3}"#);
    assert_eq!(shown(&ana.lobby().timeline), ["2: goodbye"], "what the first one said is loaded anew");
}

#[test]
fn a_room_is_counted_as_the_server_counts_it() {
    let mut ana = Alone::online();
    ana.told(
        r#"{"t":"room","room":"lobby","topic":"","members":3,"head":5,"read":2,"unread":2,"mentions":1,"from":4}"#,
    );
    let names_ana = |n: u64| format!(r#"{},"mentions":[1]"#, post(n, "@ana"));
    let count = |ana: &Alone| (ana.lobby().unread, ana.lobby().mentions);
    for (seq, person, rest, then) in [
        (4, 2, post(4, "told already"), (2, 1)),
        (5, 2, names_ana(5), (2, 1)),
        (6, 3, post(6, "new"), (3, 1)),
        (7, 3, r#""kind":"topic","text":"new""#.to_owned(), (3, 1)),
        (8, 3, names_ana(8), (4, 2)),
        (9, 3, r#""kind":"deleted","target":6,"of":3"#.to_owned(), (3, 2)),
        (10, 3, r#""kind":"deleted","target":8,"of":3"#.to_owned(), (2, 1)),
        (11, 3, r#""kind":"deleted","target":1,"of":3"#.to_owned(), (2, 1)),
        (12, 1, post(12, "by ana"), (0, 0)),
        (13, 3, format!(r#"{},"all":true"#, post(13, "@room")), (1, 1)),
    ] {
        ana.told(&live(seq, person, &rest));
        assert_eq!(count(&ana), then, "after {seq}");
    }
    assert_eq!(ana.lobby().read, Seq(12));
}

#[test]
fn what_another_device_has_read_is_counted_here_or_asked_for() {
    let read = |seq: u64, upto: u64| {
        format!(
            r#"{{"t":"own","seq":{seq},"at":0,"by":1,"kind":"read","log":1,"room":"lobby","upto":{upto}}}"#
        )
    };
    let joins = |request: &Request| matches!(request, Request::Join { .. });
    let mut ana = Alone::in_lobby();
    ana.told(r#"{"t":"own_log","head":0,"from":1}"#);
    (1..=4).for_each(|seq| ana.told(&live(seq, 2, &post(seq, "hi"))));
    ana.told(&read(1, 3));
    assert_eq!((ana.lobby().unread, ana.ids(joins).len()), (1, 0));
    // The note may come before what was read.
    ana.told(&read(2, 6));
    (5..=7).for_each(|seq| ana.told(&live(seq, 2, &post(seq, "hi"))));
    assert_eq!(ana.lobby().unread, 1);
    // Behind a stretch that is not held the server is asked, and again if it may have answered too early.
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":2,"head":3000,"read":6,"unread":2994,"from":3001}"#);
    ana.told(&read(3, 100));
    let [first] = ana.ids(joins)[..] else { panic!("the server is not asked") };
    ana.told(&read(4, 200));
    let told = |id: u64, read: u64| {
        format!(
            r#"{{"t":"room","id":{id},"room":"lobby","topic":"","members":2,"head":3000,"read":{read},"unread":{}}}"#,
            3_000 - read
        )
    };
    ana.told(&told(first, 100));
    let [second] = ana.ids(joins)[..] else { panic!("the server is not asked again") };
    ana.told(&told(second, 200));
    assert_eq!((ana.lobby().unread, ana.lobby().read, ana.ids(joins).len()), (2_800, Seq(200), 0));
}

#[test]
fn the_server_is_told_what_was_read_one_at_a_time_and_not_too_often() {
    let reads = |request: &Request| matches!(request, Request::Read { .. });
    let mut ana = Alone::in_lobby();
    ana.wants(User::Read(room("lobby")));
    assert_eq!(ana.ids(reads).len(), 0, "there is nothing to read");
    for seq in 1..=3 {
        ana.told(&live(seq, 2, &post(seq, "hi")));
        ana.wants(User::Read(room("lobby")));
        assert_eq!(ana.lobby().unread, 0);
    }
    let [first] = ana.ids(reads)[..] else { panic!("not told once") };
    ana.passes(5_000);
    assert_eq!(ana.ids(reads).len(), 0, "the first is not answered");
    ana.told(&format!(r#"{{"t":"done","id":{first}}}"#));
    assert_eq!(ana.asked.last().unwrap().1, Request::Read { room: room("lobby"), seq: Seq(3) });
    let [second] = ana.ids(reads)[..] else { panic!("not told twice") };
    ana.told(&format!(r#"{{"t":"done","id":{second}}}"#));
    ana.told(&live(4, 2, &post(4, "hi")));
    ana.wants(User::Read(room("lobby")));
    assert_eq!(ana.ids(reads).len(), 0, "too soon");
    ana.passes(1_000);
    assert_eq!(ana.ids(reads).len(), 1);
    ana.does(Input::Lost { random: 0, why: "it broke".to_owned() });
    ana.wants(User::DialNow);
    ana.does(Input::Opened);
    ana.does(Input::Told(Ok(Update::Hello(Hello::ours()))));
    ana.told(r#"{"t":"welcome","name":"ana","person":1,"device":1,"n":0,"rooms":1}"#);
    ana.told(r#"{"t":"room","room":"lobby","topic":"","members":1,"head":4,"read":3,"unread":1,"from":5}"#);
    ana.passes(1_000);
    assert_eq!((ana.lobby().unread, ana.ids(reads).len()), (0, 1), "it is said again");
}

#[test]
fn whoever_types_is_shown_for_a_while_and_told_of_now_and_then() {
    let mut ana = Alone::in_lobby();
    let typing = |request: &Request| matches!(request, Request::Typing { .. });
    for _ in 0..10 {
        ana.wants(User::Typing(room("lobby")));
        ana.passes(TYPING_MS / 5);
    }
    assert_eq!(ana.ids(typing).len(), 2);
    for number in 0..1_000 {
        ana.told(&format!(r#"{{"t":"typing","room":"lobby","name":"typer{number}"}}"#));
        ana.passes(1);
    }
    ana.told(r#"{"t":"typing","room":"lobby","name":"ana"}"#);
    assert_eq!(ana.lobby().typing.len(), 20);
    assert!(ana.passes(3 * TYPING_MS) <= 3, "there is a storm of wake-ups");
    assert_eq!(ana.lobby().typing.len(), 0);
    ana.told(r#"{"t":"typing","room":"lobby","name":"bo"}"#);
    assert!(ana.lobby().typing.contains_key(&name("bo")));
    ana.told(&live(1, 2, &post(1, "there")));
    assert_eq!(ana.lobby().typing.len(), 0, "he has said it");
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn a_hole_in_the_own_log_breaks_the_link() {
    for line in [
        r#"{"t":"own","seq":8,"at":0,"by":1,"kind":"unfriended","whom":2,"name":"bo"}"#,
        r#"{"t":"damaged","room":"~me","from":8,"to":9}"#,
    ] {
        let mut ana = Alone::in_lobby();
        ana.told(r#"{"t":"own_log","head":5,"from":6}"#);
        ana.told(r#"{"t":"own","seq":6,"at":0,"by":1,"kind":"unfriended","whom":2,"name":"bo"}"#);
        assert!(!ana.hung_up);
        ana.told(line);
        assert!(ana.hung_up, "{line}");
    }
}

#[test]
fn a_server_that_never_stops_talking_fills_nothing() {
    let mut ana = Alone::in_lobby();
    ana.told(r#"{"t":"own_log","head":0,"from":1}"#);
    let many = |from: usize, row: fn(String) -> String| {
        let rows: Vec<String> = (from..from + 1_000).map(|number| row(format!("n{number:06}"))).collect();
        rows.join(",")
    };
    let status = "x".repeat(10_000);
    ana.told(&format!(
        r#"{{"t":"who","room":"lobby","members":[{{"name":"bo","here":true,"role":"member","status":"{status}"}}],"more":false}}"#
    ));
    assert_eq!(ana.lobby().members[&name("bo")].status.len(), STATUS_BYTES_MAX);
    for number in 0..30 {
        let members =
            many(number * 1_000, |name| format!(r#"{{"name":"{name}","here":true,"role":"member"}}"#));
        ana.told(&format!(r#"{{"t":"who","room":"lobby","members":[{members}],"more":true}}"#));
        let rooms = many(number * 1_000, |name| {
            format!(r#"{{"room":"{name}","topic":"","members":1,"joined":false}}"#)
        });
        ana.told(&format!(r#"{{"t":"rooms","rooms":[{rooms}],"more":true}}"#));
    }
    let pins: Vec<String> = (1..10_000).map(|seq: u64| seq.to_string()).collect();
    let pins = pins.join(",");
    ana.told(&format!(
        r#"{{"t":"room","room":"lobby","topic":"","members":1,"head":0,"from":1,"pins":[{pins}]}}"#
    ));
    for seq in 1..2 * CONTACTS_MAX {
        ana.told(&format!(
            r#"{{"t":"own","seq":{seq},"at":0,"by":1,"kind":"friend","whom":2,"name":"n{seq}"}}"#
        ));
    }
    for number in 0..ROOMS_JOINED_MAX + DIRECTS_MAX + 50 {
        ana.told(&format!(r#"{{"t":"room","room":"r{number}","topic":"","members":1,"head":0,"from":1}}"#));
    }
    for _ in 0..2 * REQUESTS_ASKED_MAX {
        ana.wants(User::Ask(Request::Devices));
    }
    let (model, view) = (ana.client.model(), ana.lobby());
    assert_eq!((view.members.len(), view.pins.len()), (0, PINS_MAX), "members are asked for anew");
    assert_eq!((model.directory.len(), model.contacts.len()), (ROOMS_MAX, CONTACTS_MAX));
    assert_eq!(model.rooms.len(), ROOMS_JOINED_MAX + DIRECTS_MAX);
    assert!(ana.ids(|_| true).len() <= REQUESTS_ASKED_MAX);
}

#[test]
fn lists_that_lead_nowhere_are_left_at_that() {
    let mut ana = Alone::in_lobby();
    ana.wants(User::Who(room("lobby")));
    let who = |request: &Request| matches!(request, Request::Who { .. });
    let rows = |from: usize, count: usize| {
        let row = |number| format!(r#"{{"name":"n{number:06}","here":true,"role":"member"}}"#);
        (from..from + count).map(row).collect::<Vec<_>>().join(",")
    };
    let mut asked = 0;
    while let Some(id) = ana.ids(who).pop() {
        asked += 1;
        let members = rows(asked * LIST_ROWS_MAX, LIST_ROWS_MAX);
        ana.told(&format!(r#"{{"t":"who","id":{id},"room":"lobby","members":[{members}],"more":true}}"#));
    }
    assert_eq!((asked, ana.lobby().members.len()), (ROOM_MEMBERS_MAX / LIST_ROWS_MAX, ROOM_MEMBERS_MAX));
    let mut ana = Alone::in_lobby();
    ana.wants(User::Who(room("lobby")));
    for asked in [1, 1, 0] {
        let ids = ana.ids(who);
        assert_eq!(ids.len(), asked, "the same part is not asked for again");
        let told = |id: &u64| {
            format!(r#"{{"t":"who","id":{id},"room":"lobby","members":[{}],"more":true}}"#, rows(7, 1))
        };
        ids.iter().for_each(|id| ana.told(&told(id)));
    }
}

#[test]
fn a_room_is_not_told_by_another_name() {
    let mut ana = Alone::in_lobby();
    ana.told(&live(1, 1, r#""kind":"renamed","room_name":"hall""#));
    assert_eq!(ana.lobby().shown(&room("lobby")), "hall");
    ana.told(&live(2, 1, r#""kind":"renamed","room_name":"lobby""#));
    assert_eq!(ana.lobby().title, None::<RoomName>);
}
