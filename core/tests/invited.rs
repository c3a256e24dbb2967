//! Stories of a server that makes accounts for those alone who are invited.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "these stories need few of the world's words")]
mod common;

use common::folk::{adds_up, registers, told};
use common::seats::{config, password, seat};
use common::{World, claim_code, token};
use sala_core::client::{Credential, Input as ClientInput, Link};
use sala_core::entry::{Inviters, Registration};
use sala_core::limits::{SERVER_INVITATION_HOURS, SERVER_INVITATIONS_BY_ONE_MAX};
use sala_core::protocol::Request;
use sala_core::secret::OnceCode;
use sala_core::server::{Input, Operation, SessionId};

const CODE: &str = "k2vd8zq4rt6hnb3w9xmp";

/// Ada administers a server; Mia has an account on it, and Gil is a guest. From now on these invite.
fn server(inviters: Inviters) -> (World, SessionId, SessionId, SessionId) {
    let mut world = World::new();
    let (ada, mia) = (registers(&mut world, "ada"), registers(&mut world, "mia"));
    let gil = world.enters("gil", "d", "{}");
    world.says(ada, &format!(r#"{{"do":"claim","code":"{}"}}"#, claim_code().reveal()));
    let registration = Some(Registration::Invitation(inviters));
    world.input(Input::Operate(1, Operation::Settings { registration, guests: None }));
    for session in [ada, mia, gil] {
        world.hears(session);
    }
    (world, ada, mia, gil)
}

fn invites(world: &mut World, session: SessionId, code: &str) -> Vec<String> {
    world.says(session, &format!(r#"{{"do":"server_invite","id":1,"code":"{code}"}}"#));
    told(world, session)
}

/// What a stranger is told who registers by this code.
fn comes_by(world: &mut World, name: &str, code: &str) -> Vec<String> {
    let session = world.connects();
    let token = token(name);
    let line = format!(
        r#"{{"do":"register","name":"{name}","password":"correct horse","code":"{code}","token":"{token}","device":"d"}}"#
    );
    world.says(session, &line);
    told(world, session)
}

fn listed(world: &mut World, session: SessionId) -> usize {
    world.says(session, r#"{"do":"server_invitations","id":2}"#);
    world.lines(session).concat().matches(r#""invitation":"#).count()
}

#[test]
fn an_invitation_makes_one_account_and_is_used_up() {
    let (mut world, ada, ..) = server(Inviters::Admins);
    assert_eq!(invites(&mut world, ada, CODE), ["done"]);
    assert_eq!(listed(&mut world, ada), 1);
    let session = world.connects();
    let token = token("new");
    let bare = format!(r#"{{"do":"register","name":"new","password":"correct horse","token":"{token}"}}"#);
    world.says(session, &bare);
    assert_eq!(told(&mut world, session), ["refused InvitationNeeded"]);
    assert_eq!(comes_by(&mut world, "new", "K2VD-8ZQ4-RT6H-NB3W-9XMP"), ["welcome new n=0 rooms=0"]);
    assert_eq!(comes_by(&mut world, "late", CODE), ["refused BadInvitation"]);
    assert_eq!(comes_by(&mut world, "bold", "no-such-code-at-all-0000"), ["refused BadInvitation"]);
    assert_eq!(listed(&mut world, ada), 0);
    assert!(!world.disk_text().contains(CODE), "of the code there is only the hash");
    world.restarts();
    assert_eq!(comes_by(&mut world, "late", CODE), ["refused BadInvitation"]);
    adds_up(&world);
}

#[test]
fn of_two_who_show_one_code_in_the_same_instant_one_comes_in_and_the_other_may_be_a_guest() {
    let (mut world, ada, ..) = server(Inviters::Admins);
    invites(&mut world, ada, CODE);
    let (one, other) = (world.connects(), world.connects());
    world.disk_is(common::Disk::Busy);
    for (session, name) in [(one, "one"), (other, "other")] {
        let token = token(name);
        let line = format!(
            r#"{{"do":"register","name":"{name}","password":"correct horse","code":"{CODE}","token":"{token}"}}"#
        );
        world.says(session, &line);
    }
    world.disk_is(common::Disk::Works);
    assert_eq!(told(&mut world, one), ["welcome one n=0 rooms=0"]);
    assert_eq!(told(&mut world, other), ["refused BadInvitation"]);
    let enter = format!(r#"{{"do":"enter","name":"other","token":"{}"}}"#, token("other"));
    world.says(other, &enter);
    assert_eq!(told(&mut world, other), ["welcome other n=0 rooms=0"]);
}

#[test]
fn a_guest_has_an_account_by_an_invitation_and_not_without() {
    let (mut world, ada, _, gil) = server(Inviters::Admins);
    invites(&mut world, ada, CODE);
    let upgrade = |code: &str| {
        let token = token("gil-new");
        format!(r#"{{"do":"register","id":3,"password":"correct horse","token":"{token}"{code}}}"#)
    };
    world.says(gil, &upgrade(""));
    assert_eq!(told(&mut world, gil), ["refused InvitationNeeded"]);
    world.says(gil, &upgrade(&format!(r#","code":"{CODE}""#)));
    assert_eq!(told(&mut world, gil), ["done"]);
    assert_eq!(comes_by(&mut world, "late", CODE), ["refused BadInvitation"]);
    adds_up(&world);
}

#[test]
fn a_name_that_is_taken_uses_no_invitation_up_and_is_told_to_those_alone_who_have_one() {
    let (mut world, ada, ..) = server(Inviters::Admins);
    invites(&mut world, ada, CODE);
    assert_eq!(comes_by(&mut world, "Mia", "some-other-code-entirely"), ["refused BadInvitation"]);
    // Under her own token and device, which a stranger does not have, it is she who asks again.
    assert_eq!(comes_by(&mut world, "mia", CODE), ["refused NameTaken"]);
    assert_eq!(comes_by(&mut world, "MIA-", CODE), ["refused BadName"]);
    assert_eq!(comes_by(&mut world, "new", CODE), ["welcome new n=0 rooms=0"]);
}

#[test]
fn a_client_whose_registration_was_answered_to_nobody_comes_in_by_what_it_made() {
    let (mut world, ada, ..) = server(Inviters::Admins);
    invites(&mut world, ada, CODE);
    let invitation = OnceCode::new(CODE);
    let credential = Credential::Register { password: password("correct horse"), invitation };
    let new = seat(&mut world, config("new", "d", credential));
    world.disk_is(common::Disk::Busy);
    world.tells(new, ClientInput::Started);
    world.cuts(new, true);
    world.disk_is(common::Disk::Works);
    world.passes(60_000);
    assert_eq!(*world.link(new), Link::Online);
    assert!(world.asked(new, |request| matches!(request, Request::Register { .. })) > 1, "it asked again");
    assert!(world.guests[new].client.model().account);
    assert_eq!(comes_by(&mut world, "late", CODE), ["refused BadInvitation"]);
}

#[test]
fn an_invitation_is_worth_the_word_of_its_maker_and_ends() {
    let (mut world, ada, mia, gil) = server(Inviters::Members);
    assert_eq!(invites(&mut world, gil, CODE), ["refused AccountOnly"]);
    assert_eq!(invites(&mut world, mia, CODE), ["done"]);
    assert_eq!(invites(&mut world, ada, CODE), ["refused BadInvitation"], "it is another's");
    world.says(ada, r#"{"do":"server_ban","name":"mia","minutes":1}"#);
    assert_eq!(comes_by(&mut world, "new", CODE), ["refused BadInvitation"]);
    world.now.wall = world.now.wall.after(60_000);
    let only_admins = Some(Registration::Invitation(Inviters::Admins));
    world.input(Input::Operate(2, Operation::Settings { registration: only_admins, guests: None }));
    assert_eq!(comes_by(&mut world, "new", CODE), ["refused BadInvitation"]);
    let members = Some(Registration::Invitation(Inviters::Members));
    world.input(Input::Operate(3, Operation::Settings { registration: members, guests: None }));
    world.now.wall = world.now.wall.after(SERVER_INVITATION_HOURS * 3_600_000 - 60_001);
    assert_eq!(comes_by(&mut world, "new", CODE), ["welcome new n=0 rooms=0"]);
    invites(&mut world, ada, "another-code-of-adas");
    world.now.wall = world.now.wall.after(SERVER_INVITATION_HOURS * 3_600_000);
    assert_eq!(comes_by(&mut world, "newer", "another-code-of-adas"), ["refused BadInvitation"]);
}

#[test]
fn who_made_an_invitation_takes_it_back_and_so_does_an_administrator() {
    let (mut world, ada, mia, gil) = server(Inviters::Members);
    invites(&mut world, mia, CODE);
    invites(&mut world, mia, "another-code-of-mias");
    assert_eq!((listed(&mut world, mia), listed(&mut world, ada), listed(&mut world, gil)), (2, 2, 0));
    let uninvite = |world: &mut World, session, number: u64| {
        world.says(session, &format!(r#"{{"do":"server_uninvite","id":4,"invitation":{number}}}"#));
        told(world, session)
    };
    assert_eq!(uninvite(&mut world, gil, 1), ["refused NotThere"]);
    assert_eq!(uninvite(&mut world, mia, 1), ["done"]);
    assert_eq!(uninvite(&mut world, ada, 2), ["done"]);
    assert_eq!(uninvite(&mut world, ada, 2), ["refused NotThere"]);
    for code in [CODE, "another-code-of-mias"] {
        assert_eq!(comes_by(&mut world, "new", code), ["refused BadInvitation"]);
    }
    adds_up(&world);
}

#[test]
fn a_member_lets_in_no_more_than_so_many_in_the_time_of_an_invitation() {
    let (mut world, ada, mia, _) = server(Inviters::Members);
    let code = |number: usize| format!("code-number-{number:08}");
    for number in 0..SERVER_INVITATIONS_BY_ONE_MAX {
        assert_eq!(invites(&mut world, mia, &code(number)), ["done"]);
    }
    assert_eq!(invites(&mut world, mia, CODE), ["refused Full"]);
    assert_eq!(invites(&mut world, ada, CODE), ["done"], "nobody keeps an administrator from inviting");
    assert_eq!(comes_by(&mut world, "new", &code(0)), ["welcome new n=0 rooms=0"]);
    assert_eq!(invites(&mut world, mia, "one-more-than-there-was"), ["refused Full"]);
    // Asked again for want of an answer, it is not made anew, or it would be good twice.
    assert_eq!(invites(&mut world, mia, &code(0)), ["done"]);
    assert_eq!(comes_by(&mut world, "newer", &code(0)), ["refused BadInvitation"]);
    world.now.wall = world.now.wall.after(SERVER_INVITATION_HOURS * 3_600_000);
    assert_eq!(invites(&mut world, mia, "one-more-than-there-was"), ["done"]);
}

#[test]
fn whoever_is_erased_leaves_no_invitation_behind() {
    let (mut world, _, mia, _) = server(Inviters::Members);
    invites(&mut world, mia, CODE);
    world.says(mia, r#"{"do":"delete_account","password":"correct horse"}"#);
    assert_eq!(comes_by(&mut world, "new", CODE), ["refused BadInvitation"]);
    adds_up(&world);
}

#[test]
fn a_server_that_makes_no_accounts_makes_none_by_invitation_either() {
    let (mut world, ada, ..) = server(Inviters::Admins);
    invites(&mut world, ada, CODE);
    let closed = Operation::Settings { registration: Some(Registration::Closed), guests: None };
    world.input(Input::Operate(2, closed));
    assert_eq!(comes_by(&mut world, "new", CODE), ["refused RegistrationClosed"]);
    assert_eq!(invites(&mut world, ada, "another-code-of-adas"), ["refused RegistrationClosed"]);
    let open = Operation::Settings { registration: Some(Registration::Open), guests: None };
    world.input(Input::Operate(3, open));
    assert_eq!(comes_by(&mut world, "new", CODE), ["welcome new n=0 rooms=0"]);
    let again =
        Operation::Settings { registration: Some(Registration::Invitation(Inviters::Admins)), guests: None };
    world.input(Input::Operate(4, again));
    assert_eq!(comes_by(&mut world, "newer", CODE), ["welcome newer n=0 rooms=0"], "it was not used up");
}

/// What earlier programs wrote says the same as it did.
#[test]
fn settings_of_earlier_programs_are_open_or_closed() {
    for (written, meant) in [("true", Registration::Open), ("false", Registration::Closed)] {
        let text = format!(r#"{{"registration":{written}}}"#);
        assert_eq!(serde_json::from_str::<Registration>(&text).unwrap(), meant);
        assert_eq!(serde_json::to_string(&meant).unwrap(), text);
    }
    let members = serde_json::to_string(&Registration::Invitation(Inviters::Members)).unwrap();
    assert_eq!(members, r#"{"registration":false,"inviters":"members"}"#);
}
