//! Whom one knows.

use super::rooms::{PERSON, may, must};
use super::{Act, Deed, Drawn, Kind, Topic};
use crate::shape::hours;
use sala_core::entry::InvitationId;
use sala_core::limits::{SERVER_INVITATION_HOURS, SERVER_INVITATION_HOURS_MAX};
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
    Act {
        topic: Topic::Friends,
        word: "invite",
        slash: "/friends invite",
        about: "draw a code by which somebody makes an account on this server, once",
        arguments: &[may("TIME", Kind::Duration)],
        options: &[],
        make: |given| {
            let time = given.duration(SERVER_INVITATION_HOURS_MAX * 3_600)?;
            Ok(Deed::Draw(Drawn::Invitation(time.map_or(SERVER_INVITATION_HOURS, hours))))
        },
    },
    Act {
        topic: Topic::Friends,
        word: "uninvite",
        slash: "/friends uninvite",
        about: "take such an invitation back, by its number in the list",
        arguments: &[must("INVITATION", Kind::Number)],
        options: &[],
        make: |given| {
            let invitation = InvitationId(given.number()?);
            Ok(Deed::Ask(Request::ServerUninvite { invitation }))
        },
    },
    Act {
        topic: Topic::Friends,
        word: "invitations",
        slash: "/friends invitations",
        about: "list your invitations to this server that nobody used; an administrator sees all",
        arguments: &[],
        options: &[],
        make: |_| Ok(Deed::Ask(Request::ServerInvitations { after: None })),
    },
];
