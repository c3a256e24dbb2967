//! Why a request was refused: a closed list of codes, what became of the request, and whether trying again can help.

use serde::{Deserialize, Serialize};

/// The closed list of reasons. On the wire each is its name in `snake_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The line is longer than `REQUEST_BYTES_MAX`.
    LineTooLong,
    /// The line is not UTF-8.
    BadUtf8,
    /// The line is not one JSON object.
    BadJson,
    /// The object is not a request: a field is missing or of the wrong type.
    BadRequest,
    /// The `do` is none that this server knows.
    UnknownRequest,
    /// The session has not entered yet.
    EnterFirst,
    /// The session has entered already.
    AlreadyEntered,
    /// The name breaks a rule for names; the text says which.
    BadName,
    /// The name, or one that looks like it, is someone else's: the token is not the one that it was taken with.
    NameTaken,
    /// The token or the device label is of the wrong form.
    BadToken,
    /// The person has as many devices as may be.
    TooManyDevices,
    /// New guests are not let in.
    GuestsClosed,
    /// New accounts are not made.
    RegistrationClosed,
    /// The server makes accounts for those alone who are invited.
    InvitationNeeded,
    /// The invitation to the server is none, was used, or is too old.
    BadInvitation,
    /// The password is too short, too long, or too common.
    WeakPassword,
    /// There is no such account, or its password is another.
    WrongPassword,
    /// The password is right; a one-time code is needed as well.
    CodeNeeded,
    /// The code is none, was used, or is too old.
    WrongCode,
    /// Too many passwords wait to be compared, or too many searches.
    Busy,
    /// Somebody may not come in, or not into this room.
    Banned,
    /// Only accounts may do this, not guests.
    AccountOnly,
    /// The role that the asking person has is not enough.
    NotAllowed,
    /// There is no such person.
    NoSuchPerson,
    /// The asking person has blocked him.
    BlockedByYou,
    /// It cannot be done to oneself.
    Yourself,
    /// The room exists already, or one whose name looks like it.
    RoomTaken,
    /// There is no such room.
    NoSuchRoom,
    /// Only members may do this.
    NotAMember,
    /// The person to whom it is to be done is no member.
    NoSuchMember,
    /// The link is none, is used up, or is too old.
    BadLink,
    /// Nothing more may be said in the room.
    Archived,
    /// The asking person may read and not speak.
    Muted,
    /// The asking person spoke too short a time ago.
    SlowMode,
    /// What is to be said would wait for the moderators if it was a post, and this cannot wait.
    Held,
    /// The post waited for the moderators, and they did not let it through, or its author was no member any more.
    Rejected,
    /// No post stands there.
    NoSuchPost,
    /// There is no such device, link, report, ban or mute.
    NotThere,
    /// The text is empty.
    EmptyText,
    /// The text is too long.
    TextTooLong,
    /// The text holds a control character other than newline and tab.
    BadText,
    /// The post's number is not from 1 to `POST_NUMBER_MAX`.
    BadNumber,
    /// The device has used this number for another post.
    NumberReused,
    /// A later post of this device is stored already, and this one is not: storing it now would break the order.
    OutOfOrder,
    /// The number lies behind the device's window; whether it is stored must be read from the log.
    TooOld,
    /// The server, the room or the person holds as many as may be.
    Full,
    /// Too many requests in too short a time.
    SlowDown,
    /// The server's disk is full; reading goes on.
    StorageFull,
    /// The server's disk failed while the request was written.
    StorageFailed,
    /// The server is stopping.
    Stopping,
    /// A code of a newer server.
    #[serde(other)]
    Other,
}

impl Code {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::LineTooLong => "line_too_long",
            Code::BadUtf8 => "bad_utf8",
            Code::BadJson => "bad_json",
            Code::BadRequest => "bad_request",
            Code::UnknownRequest => "unknown_request",
            Code::EnterFirst => "enter_first",
            Code::AlreadyEntered => "already_entered",
            Code::BadName => "bad_name",
            Code::NameTaken => "name_taken",
            Code::BadToken => "bad_token",
            Code::TooManyDevices => "too_many_devices",
            Code::GuestsClosed => "guests_closed",
            Code::RegistrationClosed => "registration_closed",
            Code::InvitationNeeded => "invitation_needed",
            Code::BadInvitation => "bad_invitation",
            Code::WeakPassword => "weak_password",
            Code::WrongPassword => "wrong_password",
            Code::CodeNeeded => "code_needed",
            Code::WrongCode => "wrong_code",
            Code::Busy => "busy",
            Code::Banned => "banned",
            Code::AccountOnly => "account_only",
            Code::NotAllowed => "not_allowed",
            Code::NoSuchPerson => "no_such_person",
            Code::BlockedByYou => "blocked_by_you",
            Code::Yourself => "yourself",
            Code::RoomTaken => "room_taken",
            Code::NoSuchRoom => "no_such_room",
            Code::NotAMember => "not_a_member",
            Code::NoSuchMember => "no_such_member",
            Code::BadLink => "bad_link",
            Code::Archived => "archived",
            Code::Muted => "muted",
            Code::SlowMode => "slow_mode",
            Code::Held => "held",
            Code::Rejected => "rejected",
            Code::NoSuchPost => "no_such_post",
            Code::NotThere => "not_there",
            Code::EmptyText => "empty_text",
            Code::TextTooLong => "text_too_long",
            Code::BadText => "bad_text",
            Code::BadNumber => "bad_number",
            Code::NumberReused => "number_reused",
            Code::OutOfOrder => "out_of_order",
            Code::TooOld => "too_old",
            Code::Full => "full",
            Code::SlowDown => "slow_down",
            Code::StorageFull => "storage_full",
            Code::StorageFailed => "storage_failed",
            Code::Stopping => "stopping",
            Code::Other => "other",
        }
    }
}

/// What became of the request that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is not in the log and never will be, unless it is sent again.
    NotStored,
    /// It may be in the log or not: read, or send it again under the same number. So is any fate of a newer server.
    #[serde(other)]
    Unknown,
}

/// A refusal as it stands in core: a code, what became of the request, when to try again, and words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// What became of it.
    pub fate: Fate,
    /// Milliseconds after which trying again can help; `None` if it cannot help at all.
    pub retry_ms: Option<u64>,
    /// Words for a person: what was refused, and what to do.
    pub text: String,
}

impl Refusal {
    /// A refusal for good: nothing is stored, and sending the same again is useless.
    pub fn no(code: Code, text: impl Into<String>) -> Self {
        Refusal { code, fate: Fate::NotStored, retry_ms: None, text: text.into() }
    }

    /// A refusal for now: nothing is stored, and the same may pass after `retry_ms` milliseconds.
    pub fn later(code: Code, retry_ms: u64, text: impl Into<String>) -> Self {
        Refusal { code, fate: Fate::NotStored, retry_ms: Some(retry_ms), text: text.into() }
    }

    /// Whether it may or may not be stored is not known; sending the same again is safe and finds out.
    pub fn unknown(code: Code, retry_ms: u64, text: impl Into<String>) -> Self {
        Refusal { code, fate: Fate::Unknown, retry_ms: Some(retry_ms), text: text.into() }
    }
}
