//! What is to happen in a run, as JSON that may be edited: who is there, what each does, what breaks, and when.

use crate::disk::Tear;
use crate::server_host::Threads;
use serde::{Deserialize, Serialize};

/// A run, before it is one. The same plan is the same run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Draws what the plan leaves open: how long a message takes, where a stream is cut, which sector is torn.
    pub seed: u64,
    /// What it happens on.
    pub ground: Ground,
    /// Who is there, on which devices.
    pub cast: Vec<Seat>,
    /// What happens, in order. What does not apply when its time comes is passed over, so that a step can be taken out.
    pub steps: Vec<Step>,
}

/// Network, disk and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// How finely time is cut, in milliseconds.
    pub tick_ms: u64,
    /// Longest time that a message takes, in milliseconds.
    pub latency_ms: u64,
    /// Whether streams are cut at odd places.
    pub cuts: bool,
    /// Longest time that the disk takes for a write, twice, in milliseconds.
    pub write_ms: u64,
    /// Posts at once, and a second for long, if not the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posts: Option<(u32, u32)>,
    /// Pages with which the write-ahead log is moved into the database, if not the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wal_pages: Option<u64>,
    /// Threads that connections live on, if not only the one on which the server decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<Threads>,
}

/// A device of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Whose it is.
    pub name: String,
    /// What it is called.
    pub device: String,
    /// The machine that it runs on; others may run there as well.
    pub host: String,
    /// The room that it follows, if it does not show rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

impl Seat {
    /// What a step calls it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.name, self.device)
    }
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When, in milliseconds from the start.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody does something at a device, which is called by his name and its own.
    Do(String, Operation),
    /// Something breaks, or is mended.
    Fault(Fault),
}

/// What people do. Rooms are called by the names that they were made under, conversations of two by both names, posts
/// by how many there are after them on the screen of whoever means them. `mark` numbers the words that it brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what PROTOCOL.md calls so, and its fields are named as there")]
pub enum Operation {
    ComeIn { way: Way },
    ChangePassword { mark: u64 },
    Upgrade { mark: u64 },
    UpgradeInvited { mark: u64, code: u64 },
    Revoke { device: Option<String> },
    DeleteAccount,
    Claim,
    Dial,

    Create { room: String, private: bool },
    Group { room: String, people: Vec<String> },
    Direct { whom: String },
    Join { room: String },
    JoinByLink { link: u64 },
    Leave { room: String },
    Invite { room: String, whom: String },
    Uninvite { room: String, whom: String },
    Decline { room: String },
    Link { room: String, link: u64, hours: Option<u64>, uses: Option<u32> },
    Topic { room: String, mark: u64 },
    Rename { room: String, to: String },
    Archive { room: String, on: bool },
    Close { room: String, mark: u64 },

    Kick { room: String, whom: String, mark: u64 },
    Ban { room: String, whom: String, minutes: Option<u64>, mark: u64 },
    Unban { room: String, whom: String },
    Mute { room: String, whom: String, minutes: Option<u64>, mark: u64 },
    Unmute { room: String, whom: String },
    Slow { room: String, seconds: u64 },
    Keep { room: String, days: u64 },
    Hold { room: String, words: Vec<String>, links: bool },
    Let { room: String, nth: usize },
    Reject { room: String, nth: usize, mark: u64 },
    Moderator { room: String, whom: String, on: bool },
    Owner { room: String, whom: String },
    Report { room: String, nth: usize, mark: u64 },

    Say { room: String, lines: u64, names: Vec<String>, mark: u64 },
    Advertise { room: String, link: bool, mark: u64 },
    Reply { room: String, nth: usize, mark: u64 },
    Edit { room: String, nth: usize, own: bool, mark: u64 },
    Delete { room: String, nth: usize, own: bool },
    React { room: String, nth: usize, on: bool },
    Pin { room: String, nth: usize, on: bool },
    Read { room: String },
    Typing { room: String },

    Befriend { whom: String, mark: u64 },
    Unfriend { whom: String },
    Block { whom: String },
    Unblock { whom: String },
    Presence { mode: String, friends_only: bool, mark: u64 },

    Admin { whom: String, on: bool },
    Settings { registration: bool, guests: bool },
    ByInvitation { of_members: bool },
    ServerInvite { code: u64 },
    ServerUninvite { invitation: u64 },
    ServerBan { whom: String, minutes: Option<u64>, mark: u64 },
    ServerUnban { whom: String },
    Reset { whom: String, code: u64 },

    Page { room: String, upwards: bool },
    Search { room: Option<String>, whom: Option<String>, words: String },
    Look { room: String, at: Sight },
    List { what: Listed },
}

/// How a device comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Under a free name, or by the token that it has.
    Token,
    /// With a new account.
    Register,
    /// With a new account, by the invitation of this number.
    Invited(u64),
    /// By the password, under a new token: the first time on this device, or since its token is lost.
    SignIn,
    /// As the last, in the program that runs and was turned away: it has kept what it had not sent, and whatever it does
    /// not know the fate of.
    Again,
    /// By a password that was changed since, if one was.
    OldPassword,
    /// By the code of this number, of an administrator.
    Recover(u64),
}

/// What of a room somebody looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the request of this name")]
pub enum Sight {
    Who,
    Audit,
    Versions,
    Sanctions,
    Links,
    Reports,
    Held,
}

/// What beside rooms somebody looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the request of this name")]
pub enum Listed {
    Rooms,
    AllRooms,
    Export,
    Devices,
    Me,
    Friends,
    ServerBans,
    ServerInvitations,
    OwnLog,
}

/// What can go wrong, and how it is mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing gets through to a machine, either way.
    Partition(String),
    /// Nothing gets through to a machine, or from it.
    Deaf {
        /// Which machine.
        host: String,
        /// It hears nothing; else nothing is heard of it.
        hears_nothing: bool,
    },
    /// What is sent to and from a machine waits.
    Stall(String),
    /// A machine loses its power.
    Vanish(String),
    /// The programs of a machine stop reading.
    Freeze(String),
    /// Whatever is wrong with a machine or its link is well again.
    Mend(String),
    /// The server is killed.
    Kill,
    /// The server's machine loses its power.
    PowerCut {
        /// Sectors of what was not synced survive by chance; else none does.
        torn: bool,
    },
    /// It does so at the nth operation of its disk from now.
    PowerCutAt {
        /// Which.
        nth: u64,
        /// As above.
        torn: bool,
    },
    /// The server is stopped in peace.
    Stop,
    /// The server is started, if it is down.
    Start,
    /// The nth sync from now fails.
    SyncFails(u64),
    /// The nth sync from now fails, and the server is killed before it does anything more to its disk.
    DiesOfSync(u64),
    /// The nth write from now fails.
    WriteFails(u64),
    /// The nth read from now fails.
    ReadFails(u64),
    /// The disk takes so many more milliseconds for a write, twice; 0 ends it.
    SlowDisk(u64),
    /// The server takes so many more milliseconds before it looks at what it was asked; 0 ends it.
    SlowFold(u64),
    /// The server that starts next finds the checkpoint of another program, which it cannot read.
    ForeignCheckpoint,
    /// The server that starts next finds a checkpoint that lacks so many of the entries.
    OldCheckpoint(u64),
    /// A bit of a file of the server, which is stopped, turns over; and the disk takes nothing more until its files are put
    /// back.
    BitFlips {
        /// In the index for searching; else in the database.
        index: bool,
        /// Which of its bytes, counted on from its beginning behind its end.
        byte: usize,
        /// Which bit of it.
        bit: u32,
    },
    /// The server is killed, its files are put back as they were, and all programs are started anew, to read again what
    /// they were told is damaged.
    PutBack,
    /// All programs are started anew in the same moment, and have forgotten what they had not sent.
    Storm,
    /// Somebody who knows what lets a device in comes in as that device, and does mischief.
    Double {
        /// Which device.
        who: String,
        /// What he does there.
        does: Mischief,
        /// Numbers the words that it brings.
        mark: u64,
    },
    /// The disk takes so many more bytes and then none.
    DiskFull(usize),
    /// The disk has room again.
    DiskFreed,
    /// The server's clock is put wrong by so many milliseconds more.
    Clock(i64),
}

/// What no proper client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mischief {
    /// He comes in again and again, so that the two devices fight over their token.
    Fight,
    /// He says again what the device has said before, the old and the newest, each several times.
    Resend,
    /// He asks for more than anybody may, and does not wait as he is told.
    Flood,
    /// He sends lines that are no requests, in odd pieces.
    Garbage,
}

/// What becomes of unsynced sectors.
#[must_use]
pub fn tear(torn: bool) -> Tear {
    if torn { Tear::Sectors } else { Tear::DropUnsynced }
}

impl Operation {
    /// What it is called in a report.
    #[must_use]
    pub fn kind(&self) -> String {
        kind(serde_json::to_value(self))
    }
}

impl Fault {
    /// What it is called in a report.
    #[must_use]
    pub fn kind(&self) -> String {
        kind(serde_json::to_value(self))
    }
}

/// The name of a variant, as JSON has it.
fn kind(json: serde_json::Result<serde_json::Value>) -> String {
    match json {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}
