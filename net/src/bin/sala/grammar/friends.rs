//! Whom one knows.

use super::rooms::{PERSON, may};
use super::{Act, Deed, Kind, Topic};
use sala_core::protocol::Request;

/// Friends, requests and blocks.
pub(super) const ACTS: &[Act] = &[
    Act {
        topic: Topic::Friends,
        word: "list",
        slash: "/friends",
        about: "list friends, requests and blocks",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::Friends { after: None })),
    },
    Act {
        topic: Topic::Friends,
        word: "add",
        slash: "/friends add",
        about: "ask somebody to be your friend",
        arguments: &[PERSON, may("NOTE", Kind::Text)],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Befriend { name: given.person()?, note: given.text()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "accept",
        slash: "/accept",
        about: "accept somebody's request",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Befriend { name: given.person()?, note: String::new() })),
    },
    Act {
        topic: Topic::Friends,
        word: "decline",
        slash: "/friends decline",
        about: "turn somebody's request down",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unfriend { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "remove",
        slash: "/friends remove",
        about: "end a friendship, or withdraw your request",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unfriend { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "block",
        slash: "/block",
        about: "have nothing to do with somebody; he is not told",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Block { name: given.person()? })),
    },
    Act {
        topic: Topic::Friends,
        word: "unblock",
        slash: "/unblock",
        about: "end that",
        arguments: &[PERSON],
        options: &[],
        make: |given| Ok(Deed::Ask(Request::Unblock { name: given.person()? })),
    },
];
