//! The client machine alone, with a server that says whatever the story needs.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "the client is alone here")]
mod common;

use common::{room, token, wire};
use sala_core::client::{Client, Config, Input, Link, Output, User};
use sala_core::limits::{BACKOFF_MS_MAX, BACKOFF_MS_MIN, DIAL_TIMEOUT_MS, HEARTBEAT_MS, POSTS_IN_FLIGHT_MAX};
use sala_core::protocol::{Envelope, Hello, Request, Secret, Update};
use sala_core::time::{Now, Tick, Wall};

/// A client, and what it did since it was last looked at.
struct Alone {
    client: Client,
    now: Now,
    /// When it wants to be woken, in milliseconds from now.
    wakes_in: u64,
    /// How often it said that something of what is shown has changed.
    changes: u64,
}

impl Alone {
    fn new() -> Self {
        let config = Config {
            name: "ana".parse().unwrap(),
            token: Secret::new(token("ana")).unwrap(),
            device: "d".to_owned(),
            prefetch: false,
            credential: sala_core::client::Credential::Token,
        };
        let now = Now { tick: Tick(1_000), wall: Wall(0) };
        let mut alone = Alone { client: Client::new(config), now, wakes_in: 0, changes: 0 };
        assert_eq!(alone.does(Input::Started), ["dial"]);
        alone
    }

    /// One that is online, in the lobby, whose entries follow from 3 on.
    fn online() -> Self {
        let mut alone = Alone::new();
        alone.is_let_in(0);
        alone.is_told(r#"{"t":"room","room":"lobby","topic":"","members":1,"head":2,"from":3}"#);
        alone
    }

    fn is_let_in(&mut self, n: u64) -> Vec<String> {
        self.does(Input::Opened);
        self.does(Input::Told(Ok(Update::Hello(Hello::ours()))));
        self.is_told(&format!(r#"{{"t":"welcome","name":"ana","person":1,"device":1,"n":{n},"rooms":1}}"#))
    }

    /// What the client does on this, in short.
    fn does(&mut self, input: Input) -> Vec<String> {
        self.client.handle(input, self.now);
        let mut done = Vec::new();
        while let Some(output) = self.client.poll() {
            match output {
                Output::WakeAt(tick) => self.wakes_in = tick.since(self.now.tick),
                Output::Changed => self.changes += 1,
                output => done.push(short(&output)),
            }
        }
        done
    }

    fn is_told(&mut self, line: &str) -> Vec<String> {
        self.does(Input::Told(Update::decode(line.as_bytes())))
    }

    fn wakes_after(&mut self, ms: u64) -> Vec<String> {
        self.now.tick = self.now.tick.after(ms);
        self.does(Input::Tick)
    }

    fn says(&mut self, text: &str) -> Vec<String> {
        self.does(Input::User(User::Say { room: room("lobby"), text: text.to_owned() }))
    }

    fn loses(&mut self, random: u64) -> Vec<String> {
        self.does(Input::Lost { random, why: "it broke".to_owned() })
    }

    fn is_offline(&self) -> bool {
        matches!(self.client.model().link, Link::Waiting { .. })
    }
}

fn short(output: &Output) -> String {
    match output {
        Output::Dial => "dial".to_owned(),
        Output::HangUp => "hang up".to_owned(),
        Output::Changed | Output::WakeAt(_) => unreachable!("these are taken out before"),
        Output::Happened(event) => wire::short_event(event),
        Output::Ask(Envelope { request: Request::Post { n, text, .. }, .. }) => {
            format!("post {} {text}", n.value())
        }
        Output::Ask(Envelope { request: Request::Enter(enter), .. }) => {
            let have: Vec<String> =
                enter.arrival.have.iter().map(|(room, seq)| format!(" {room}={}", seq.0)).collect();
            format!("enter{}", have.concat())
        }
        Output::Ask(Envelope { request, .. }) => format!("{request:?}").to_lowercase(),
    }
}

#[test]
fn a_link_goes_through_its_states() {
    let mut ana = Alone::new();
    assert_eq!(ana.client.model().link, Link::Dialling);
    assert_eq!(ana.does(Input::Opened), [""; 0]);
    assert_eq!(ana.does(Input::Told(Ok(Update::Hello(Hello::ours())))), ["enter"]);
    assert_eq!(ana.client.model().link, Link::Entering);
    let told = r#"{"t":"welcome","name":"ana","person":1,"device":1,"n":0,"rooms":0}"#;
    assert_eq!(ana.is_told(told), ["online"]);
    assert_eq!(ana.client.model().link, Link::Online);
    ana.loses(0);
    assert!(ana.is_offline());
    assert_eq!(ana.wakes_after(125), ["dial"]);
    assert_eq!(ana.client.model().link, Link::Dialling);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let mut ana = Alone::new();
    assert_eq!(ana.wakes_after(DIAL_TIMEOUT_MS - 1), [""; 0]);
    assert_eq!(ana.wakes_after(1), ["hang up"]);
    ana.loses(0);
    assert_eq!(ana.wakes_after(125), ["dial"]);
    ana.does(Input::Opened);
    assert_eq!(ana.wakes_after(DIAL_TIMEOUT_MS), ["hang up"], "it greets nobody");
    ana.loses(0);
    ana.wakes_after(250);
    ana.does(Input::Opened);
    ana.does(Input::Told(Ok(Update::Hello(Hello::ours()))));
    assert_eq!(ana.wakes_after(DIAL_TIMEOUT_MS), ["hang up"], "it lets nobody in");
}

#[test]
fn a_silent_link_is_asked_and_then_given_up() {
    let mut ana = Alone::online();
    assert_eq!(ana.wakes_after(HEARTBEAT_MS), ["ping"]);
    assert_eq!(ana.is_told(r#"{"t":"pong"}"#), [""; 0]);
    assert_eq!(ana.wakes_in, HEARTBEAT_MS);
    assert_eq!(ana.wakes_after(HEARTBEAT_MS), ["ping"]);
    assert_eq!(ana.wakes_in, HEARTBEAT_MS);
    assert_eq!(ana.wakes_after(HEARTBEAT_MS), ["hang up"]);
}

#[test]
fn a_ping_is_answered() {
    assert_eq!(Alone::online().is_told(r#"{"t":"ping"}"#), ["pong"]);
}

#[test]
fn pauses_double_and_are_spread_by_chance() {
    for (random, least) in [(0, true), (u64::MAX, false), (12_345, false)] {
        let mut ana = Alone::new();
        for failure in 0..40 {
            let due = (BACKOFF_MS_MIN << failure.min(10)).min(BACKOFF_MS_MAX);
            ana.loses(random);
            let Link::Waiting { until, .. } = ana.client.model().link else {
                panic!("the client does not wait")
            };
            let pause = until.since(ana.now.tick);
            assert!((due / 2..=due).contains(&pause), "{pause} of {due} after {failure} failures");
            assert!(!least || pause == due / 2);
            ana.wakes_after(pause);
        }
        ana.is_let_in(0);
        ana.loses(0);
        let Link::Waiting { until, .. } = ana.client.model().link else { panic!("the client does not wait") };
        assert_eq!(until.since(ana.now.tick), BACKOFF_MS_MIN / 2, "all is forgotten once we were in");
    }
}

#[test]
fn a_server_that_asks_for_a_pause_gets_it() {
    let mut ana = Alone::online();
    assert_eq!(ana.is_told(r#"{"t":"goodbye","why":"stopping","retry_ms":5000,"text":""}"#), ["hang up"]);
    ana.loses(0);
    assert_eq!(ana.wakes_in, 5_000 + BACKOFF_MS_MIN / 2);
    ana.wakes_after(5_125);
    ana.loses(0);
    assert_eq!(ana.wakes_in, BACKOFF_MS_MIN, "only once");
}

#[test]
fn a_server_of_another_age_is_left_alone() {
    let mut ana = Alone::new();
    ana.does(Input::Opened);
    let hello = Hello { protocol: [7, 9], ..Hello::ours() };
    assert_eq!(ana.does(Input::Told(Ok(Update::Hello(hello)))), ["closed", "hang up"]);
    ana.loses(0);
    assert!(matches!(&ana.client.model().link, Link::Closed { code, .. } if code == "protocol"));
}

#[test]
fn a_gap_is_never_shown_as_none() {
    let entry = |seq: u64| {
        format!(
            r#"{{"t":"entry","room":"lobby","seq":{seq},"at":1,"kind":"joined","person":2,"author":"bo"}}"#
        )
    };
    let mut ana = Alone::online();
    assert_eq!(ana.is_told(&entry(3)), [""; 0]);
    assert_eq!(ana.is_told(&entry(5)), ["hang up"]);
    assert_eq!(Alone::online().is_told(&entry(2)), ["hang up"]);
    assert_eq!(Alone::online().is_told(&entry(3).replace("lobby", "attic")), ["hang up"]);
    let damaged = r#"{"t":"damaged","room":"lobby","from":4,"to":5}"#;
    assert_eq!(Alone::online().is_told(damaged), ["hang up"]);
    ana.loses(0);
    ana.wakes_after(125);
    ana.does(Input::Opened);
    assert_eq!(ana.does(Input::Told(Ok(Update::Hello(Hello::ours())))), ["enter lobby=3"]);
}

#[test]
fn what_is_no_update_ends_the_link_and_nothing_else() {
    for line in ["", "[]", "{}", r#"{"t":"entry","room":"lobby"}"#, r#"{"t":"room","room":"no room at all"}"#]
    {
        let told = Alone::online().is_told(line);
        assert_eq!(told, ["hang up"], "{line}");
    }
    let far = u64::MAX;
    for line in [
        r#"{"t":"room","room":"attic","topic":"","members":0,"head":0,"from":0}"#.to_owned(),
        format!(r#"{{"t":"room","room":"attic","topic":"","members":0,"head":{far},"from":{far}}}"#),
        format!(r#"{{"t":"skipped","room":"lobby","from":3,"to":{far}}}"#),
        format!(r#"{{"t":"damaged","room":"lobby","from":3,"to":{far}}}"#),
        r#"{"t":"confetti"}"#.to_owned(),
    ] {
        let mut ana = Alone::online();
        ana.is_told(&line);
        ana.client.model().rooms.values().for_each(|view| drop(view.timeline.rows()));
    }
}

#[test]
fn posts_are_numbered_on_from_what_the_server_has() {
    let mut ana = Alone::new();
    ana.says("early");
    assert_eq!(ana.is_let_in(41), ["online", "post 42 early"]);
}

#[test]
fn a_refusal_for_now_sends_it_and_all_after_it_again() {
    let mut ana = Alone::online();
    let sent: Vec<_> = ["a", "b", "c"].iter().flat_map(|text| ana.says(text)).collect();
    assert_eq!(sent, ["post 1 a", "post 2 b", "post 3 c"]);
    ana.is_told(r#"{"t":"stored","room":"lobby","n":1,"seq":3}"#);
    let refused = r#"{"t":"refused","n":2,"code":"slow_down","fate":"not_stored","retry_ms":90,"text":""}"#;
    assert_eq!(ana.is_told(refused), [""; 0]);
    assert_eq!(ana.wakes_in, 90);
    assert_eq!(ana.says("d"), [""; 0]);
    let gate = r#"{"t":"refused","n":3,"code":"slow_down","fate":"not_stored","retry_ms":0,"text":""}"#;
    assert_eq!(ana.is_told(gate), [""; 0]);
    assert_eq!(ana.wakes_after(89), [""; 0]);
    assert_eq!(ana.wakes_after(1), ["post 2 b"], "one, to see whether there is room again");
    let stored = r#"{"t":"stored","room":"lobby","n":2,"seq":4}"#;
    assert_eq!(ana.is_told(stored), ["stored 2 in lobby at 4", "post 3 c", "post 4 d"]);
}

#[test]
fn a_window_moves_with_the_oldest_post() {
    let mut ana = Alone::online();
    let sent: usize = (0..100).map(|_| ana.says("x").len()).sum();
    assert_eq!(sent as u64, POSTS_IN_FLIGHT_MAX);
    assert_eq!(ana.is_told(r#"{"t":"stored","room":"lobby","n":2,"seq":3}"#), ["stored 2 in lobby at 3"]);
    let told = ana.is_told(r#"{"t":"stored","room":"lobby","n":1,"seq":4}"#);
    assert_eq!(told, ["stored 1 in lobby at 4", "post 65 x", "post 66 x"]);
}

#[test]
fn a_resend_keeps_its_number_even_if_others_were_counted_meanwhile() {
    let mut ana = Alone::online();
    ana.says("a");
    ana.says("b");
    ana.loses(0);
    ana.says("c");
    ana.wakes_after(125);
    let sent: Vec<_> = ana.is_let_in(9).into_iter().filter(|line| line.starts_with("post")).collect();
    assert_eq!(sent, ["post 1 a", "post 2 b", "post 10 c"]);
}

#[test]
fn a_sign_of_life_changes_nothing_that_is_shown() {
    let mut ana = Alone::online();
    let shown = ana.changes;
    for _ in 0..3 {
        assert_eq!(ana.wakes_after(HEARTBEAT_MS), ["ping"]);
        ana.is_told(r#"{"t":"pong"}"#);
        assert_eq!(ana.is_told(r#"{"t":"ping"}"#), ["pong"]);
    }
    assert_eq!(ana.changes, shown);
    ana.is_told(r#"{"t":"typing","room":"lobby","name":"bo"}"#);
    assert_eq!(ana.changes, shown + 1);
    ana.wakes_after(ana.wakes_in);
    assert_eq!(ana.changes, shown + 2, "he is not shown as typing any more");
    ana.loses(0);
    ana.wakes_after(ana.wakes_in);
    assert_eq!(ana.changes, shown + 4, "it waits, then it dials");
}
