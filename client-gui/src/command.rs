//! What a view can want: the only way in which a click or a key becomes a change.

use crate::dialog::Dialog;
use crate::settings::Settings;
use crate::state::{Form, Panel, Writing};
use crate::when::Day;
use sala_core::client::User;
use sala_core::entry::Seq;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Request, Search};
use sala_core::secret::Password;
use sala_net::link::RoomLink;

/// Something that a person wants.
#[derive(Clone)]
pub(crate) enum Command {
    /// To have filled in the form for coming in like this.
    Fill(Form),
    /// To come in with what the form holds.
    ComeIn,
    /// To sign in again by this password and code, having been shut out: what was not sent goes out then.
    SignInAgain(Password, Option<String>),
    /// To stop trying to come in, or to leave the server if nothing is lost by it.
    Leave,
    /// To leave the server, whatever was not sent.
    LeaveAtOnce,
    /// To be asked nothing more about a server and name under which one came in before.
    Forget(usize),
    /// To have an account with this password, being a guest; and by this code of an invitation.
    MakeAccount(String, Option<String>),
    /// Something that the client machine does.
    User(User),
    /// Something that the server is asked, and where its answer is shown.
    Ask(Purpose, Request),
    /// To see a room.
    Open(RoomName),
    /// To talk with somebody alone.
    Talk(Name),
    /// To have written this in a room.
    Draft(RoomName, String),
    /// To write something else than a new message: an answer, or new words for an old one.
    Write(RoomName, Writing),
    /// To send what is written in a room.
    Say(RoomName),
    /// To see a place of a room.
    Jump(RoomName, Seq),
    /// To have been shown it.
    Jumped(RoomName),
    /// To see what was said in a room on a day.
    GoToDay(RoomName, Day),
    /// To come into a room by a link.
    Follow(RoomLink),
    /// To leave the server for the one that a link leads to.
    FollowAway(RoomLink),
    /// To have all that one has written in a file.
    Export(String),
    /// To have a new link into a room, on the clipboard: good for so many hours and people.
    NewLink(RoomName, Option<u64>, Option<u32>),
    /// To have what one-time codes need drawn, and shown.
    Enrol,
    /// To let somebody set a new password by a code, and see that.
    Reset(Name),
    /// To draw an invitation to the server, and see it.
    Invitation,
    /// To search.
    Search(Search),
    /// To end the program, whatever was not sent.
    End,
    /// To have a dialogue opened, changed, or closed.
    Show(Option<Dialog>),
    /// To have the panel at the right shown, or none.
    Side(Option<Panel>),
    /// To have a message among those that are to be copied together, or no more.
    Choose(RoomName, Seq),
    /// To have none of them chosen.
    ChooseNone(RoomName),
    /// To have something put on the clipboard.
    Copy(String),
    /// To have seen a passing message.
    Dismiss(u64),
    /// To have other settings.
    Set(Settings),
}

/// What becomes of the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The dialogue that is open shows a refusal, and is closed when the request is granted.
    Dialog,
    /// The room in the answer is opened.
    Room,
    /// A list is shown in the panel or dialogue that is open.
    List,
    /// It is put behind what that list holds already.
    More,
    /// What the panel or dialogue that is open shows is asked for anew: a change is seen by who asks after it is done.
    Again,
    /// The day in the dialogue that is open is gone to.
    Day,
    /// A refusal is shown as a passing message.
    Plain,
}

impl Purpose {
    /// Whether a refusal is shown in the dialogue that is open.
    pub(crate) fn is_shown_in_dialog(self) -> bool {
        matches!(self, Purpose::Dialog | Purpose::Room | Purpose::Again | Purpose::Day)
    }
}
