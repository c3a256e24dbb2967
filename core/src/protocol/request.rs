//! What a client may ask: one JSON object a line, parsed into types that hold only what is allowed.

use crate::entry::{PostNumber, Seq, TokenHash};
use crate::limits::{
    DEVICE_LABEL_CHARS_MAX, PAGE_ENTRIES_MAX, POST_BYTES_MAX, ROOMS_JOINED_MAX, TOKEN_CHARS_MAX,
    TOKEN_CHARS_MIN, TOPIC_BYTES_MAX,
};
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// A request and the id under which a refusal of it is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The client's own number for the request; echoed, never read.
    pub id: Option<u64>,
    /// What is asked.
    pub request: Request,
}

/// What a client may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// To be somebody on this connection: the first request of all.
    Enter(Enter),
    /// To make a public room and be its first member.
    Create {
        /// Its name.
        room: RoomName,
        /// Its topic; may be empty.
        topic: String,
    },
    /// To become a member.
    Join {
        /// Of which room.
        room: RoomName,
    },
    /// To be a member no longer.
    Leave {
        /// Of which room.
        room: RoomName,
    },
    /// To change the topic.
    Topic {
        /// Of which room.
        room: RoomName,
        /// To what; may be empty.
        text: String,
    },
    /// To say something.
    Post {
        /// Where.
        room: RoomName,
        /// The device's number for it: higher than all before, or that of an earlier post, sent again.
        n: PostNumber,
        /// What.
        text: String,
    },
    /// To see the rooms there are, `LIST_ROWS_MAX` at a time in the order of their names.
    Rooms {
        /// The last name of the rows before.
        after: Option<RoomName>,
    },
    /// To see who is in a room and who of them is here, `LIST_ROWS_MAX` at a time in the order of their names.
    Who {
        /// Which room.
        room: RoomName,
        /// The last name of the rows before.
        after: Option<Name>,
    },
    /// To read history.
    Page {
        /// Of which room.
        room: RoomName,
        /// Which part of it.
        page: Page,
        /// At most how many entries, 1 to `PAGE_ENTRIES_MAX`.
        limit: usize,
    },
    /// To see that the server is alive: answered by `pong`.
    Ping,
    /// The answer to the server's `ping`.
    Pong,
    /// To say goodbye: the server answers with its own and closes.
    Bye,
}

impl Request {
    /// Whether it always adds to a log. Entering does so the first time only, so it is not counted.
    #[must_use]
    pub fn writes(&self) -> bool {
        match self {
            Request::Create { .. }
            | Request::Join { .. }
            | Request::Leave { .. }
            | Request::Topic { .. }
            | Request::Post { .. } => true,
            Request::Enter(_)
            | Request::Rooms { .. }
            | Request::Who { .. }
            | Request::Page { .. }
            | Request::Ping
            | Request::Pong
            | Request::Bye => false,
        }
    }
}

/// Who somebody says to be, and what he holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enter {
    /// The nickname: taken if it is free, checked against the token if it is not.
    pub name: Name,
    /// The secret that makes the name his.
    pub token: Secret,
    /// Which of his devices this is; each has its own numbers for posts, and one connection at a time.
    pub device: String,
    /// For each room the last seq that the device holds.
    pub have: BTreeMap<RoomName, Seq>,
}

/// A token as the device chose it. It is never shown, and kept by the server as a hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// `text` as a token: `TOKEN_CHARS_MIN` to `TOKEN_CHARS_MAX` letters, digits, `-` and `_`.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let fits = (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (fits && plain).then_some(Secret(text))
    }

    /// What the server keeps. A random token of 256 bits needs no slow hash: there is nothing to guess.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(self.0.as_bytes()) {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        }
        TokenHash(hex)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Which part of a room's history is asked for. Entries come in rising order either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The entries right before this seq; `None` means the newest.
    Before(Option<Seq>),
    /// The entries right after this seq; 0 means from the first.
    After(Seq),
}

impl Page {
    /// The same part of a log that ends with `head`: a client may name any place at all.
    #[must_use]
    pub fn within(self, head: Seq) -> Self {
        match self {
            Page::Before(before) => Page::Before(before.map(|before| before.min(head.next()))),
            Page::After(after) => Page::After(after.min(head)),
        }
    }
}

/// A refusal together with what it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The `id` of the request, if it had one that could be read.
    pub id: Option<u64>,
    /// The number of the post, if it was one.
    pub n: Option<PostNumber>,
    /// Why.
    pub refusal: Refusal,
}

/// A request as it stands on the line. One flat struct for all of them needs no intermediate tree.
#[derive(Default, Serialize, Deserialize)]
struct RawRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    r#do: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    have: Option<BTreeMap<String, Seq>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
}

/// Reads one line, without its newline.
///
/// # Errors
/// The refusal to tell the client, with the request's `id` and `n` if they could be read.
pub fn parse(line: &[u8]) -> Result<Envelope, Refused> {
    let raw: RawRequest = match std::str::from_utf8(line) {
        Err(error) => {
            let why = format!("the line is not UTF-8 from byte {} on", error.valid_up_to());
            return Err(Refused { id: None, n: None, refusal: Refusal::no(Code::BadUtf8, why) });
        }
        Ok(text) => read(text)?,
    };
    let (id, n) = (raw.id, raw.n.and_then(PostNumber::new));
    match request(raw) {
        Ok(request) => Ok(Envelope { id, request }),
        Err(refusal) => Err(Refused { id, n, refusal }),
    }
}

fn read(text: &str) -> Result<RawRequest, Refused> {
    // To serde a list of the right length is a struct as well.
    if !text.trim_ascii_start().starts_with('{') {
        let refusal = Refusal::no(Code::BadJson, "the line is not one JSON object");
        return Err(Refused { id: None, n: None, refusal });
    }
    serde_json::from_str(text).map_err(|error| unreadable(text, &error))
}

/// The refusal of a line that is no request, told under its `id` where a second, patient look finds one.
fn unreadable(text: &str, error: &serde_json::Error) -> Refused {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let object = value.as_ref().and_then(serde_json::Value::as_object);
    let field = |name: &str| object.and_then(|object| object.get(name)).and_then(serde_json::Value::as_u64);
    let code = if object.is_some() { Code::BadRequest } else { Code::BadJson };
    let refusal = Refusal::no(code, format!("the line is not a request: {error}"));
    Refused { id: field("id"), n: field("n").and_then(PostNumber::new), refusal }
}

fn request(raw: RawRequest) -> Result<Request, Refusal> {
    Ok(match raw.r#do.as_str() {
        "enter" => Request::Enter(enter(raw)?),
        "create" => {
            let topic = checked_text(raw.topic.unwrap_or_default(), TOPIC_BYTES_MAX, "topic")?;
            Request::Create { room: room(raw.room)?, topic }
        }
        "join" => Request::Join { room: room(raw.room)? },
        "leave" => Request::Leave { room: room(raw.room)? },
        "topic" => {
            let text = checked_text(wanted(raw.text, "text")?, TOPIC_BYTES_MAX, "text")?;
            Request::Topic { room: room(raw.room)?, text }
        }
        "post" => {
            let number = PostNumber::new(wanted(raw.n, "n")?)
                .ok_or_else(|| Refusal::no(Code::BadNumber, "`n` must be from 1 to 2^53 - 1"))?;
            let text = checked_text(wanted(raw.text, "text")?, POST_BYTES_MAX, "text")?;
            if text.trim().is_empty() {
                return Err(Refusal::no(Code::EmptyText, "`text` is empty; say something"));
            }
            Request::Post { room: room(raw.room)?, n: number, text }
        }
        "rooms" => Request::Rooms { after: string(raw.after)?.map(|text| room(Some(text))).transpose()? },
        "who" => {
            let after = string(raw.after)?.map(|text| name(Some(text))).transpose()?;
            Request::Who { room: room(raw.room)?, after }
        }
        "page" => page(raw)?,
        "ping" => Request::Ping,
        "pong" => Request::Pong,
        "bye" => Request::Bye,
        _ => return Err(Refusal::no(Code::UnknownRequest, "`do` names no request that this server knows")),
    })
}

fn enter(raw: RawRequest) -> Result<Enter, Refusal> {
    let token = Secret::new(wanted(raw.token, "token")?).ok_or_else(|| {
        let text = format!(
            "`token` must be {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} letters, digits, `-` or `_`: choose it at random"
        );
        Refusal::no(Code::BadToken, text)
    })?;
    let device = raw.device.unwrap_or_default();
    let plain = device.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if device.len() > DEVICE_LABEL_CHARS_MAX || !plain {
        let text = format!("`device` must be at most {DEVICE_LABEL_CHARS_MAX} characters of plain ASCII");
        return Err(Refusal::no(Code::BadToken, text));
    }
    let have = raw.have.unwrap_or_default();
    if have.len() > ROOMS_JOINED_MAX {
        let text = format!("`have` names more than {ROOMS_JOINED_MAX} rooms");
        return Err(Refusal::no(Code::BadRequest, text));
    }
    // A room name that is none cannot be a room that the device holds anything of: it is passed over, not refused.
    let have = have.into_iter().filter_map(|(room, seq)| Some((RoomName::parse(&room).ok()?, seq))).collect();
    Ok(Enter { name: name(raw.name)?, token, device, have })
}

fn page(raw: RawRequest) -> Result<Request, Refusal> {
    let after = match raw.after {
        None => None,
        Some(value) => {
            let seq = value.as_u64().ok_or_else(|| wrong("after", "a seq"))?;
            Some(Seq(seq))
        }
    };
    let page = match (raw.before, after) {
        (Some(_), Some(_)) => {
            return Err(Refusal::no(Code::BadRequest, "give `before` or `after`, not both"));
        }
        (None, Some(seq)) => Page::After(seq),
        (before, None) => Page::Before(before),
    };
    let limit = raw.limit.unwrap_or(PAGE_ENTRIES_MAX);
    if !(1..=PAGE_ENTRIES_MAX).contains(&limit) {
        return Err(Refusal::no(Code::BadRequest, format!("`limit` must be from 1 to {PAGE_ENTRIES_MAX}")));
    }
    Ok(Request::Page { room: room(raw.room)?, page, limit })
}

fn wanted<T>(field: Option<T>, name: &str) -> Result<T, Refusal> {
    field.ok_or_else(|| Refusal::no(Code::BadRequest, format!("`{name}` is missing")))
}

fn wrong(field: &str, want: &str) -> Refusal {
    Refusal::no(Code::BadRequest, format!("`{field}` must be {want}"))
}

fn string(field: Option<serde_json::Value>) -> Result<Option<String>, Refusal> {
    match field {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong("after", "a name")),
    }
}

fn name(field: Option<String>) -> Result<Name, Refusal> {
    let text = wanted(field, "name")?;
    Name::parse(&text).map_err(|error| Refusal::no(Code::BadName, error.to_string()))
}

fn room(field: Option<String>) -> Result<RoomName, Refusal> {
    let text = wanted(field, "room")?;
    RoomName::parse(&text).map_err(|error| Refusal::no(Code::BadName, error.to_string()))
}

/// Refuses what is too long, and control characters: they are no words, and could drive a reader's terminal.
fn checked_text(text: String, max: usize, field: &str) -> Result<String, Refusal> {
    if text.len() > max {
        let why = format!("`{field}` has {} bytes of at most {max}; split it", text.len());
        return Err(Refusal::no(Code::TextTooLong, why));
    }
    match text.chars().find(|letter| letter.is_control() && *letter != '\n' && *letter != '\t') {
        Some(letter) => {
            let why = format!("`{field}` holds the control character U+{:04X}; remove it", u32::from(letter));
            Err(Refusal::no(Code::BadText, why))
        }
        None => Ok(text),
    }
}

impl Envelope {
    /// The request as one line with its newline, as a client sends it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut raw = RawRequest { id: self.id, ..RawRequest::default() };
        let word = match &self.request {
            Request::Enter(enter) => {
                raw.name = Some(enter.name.as_str().to_owned());
                raw.token = Some(enter.token.0.clone());
                raw.device = Some(enter.device.clone());
                let have = |(room, seq): (&RoomName, &Seq)| (room.as_str().to_owned(), *seq);
                raw.have = Some(enter.have.iter().map(have).collect());
                "enter"
            }
            Request::Create { room, topic } => {
                raw.room = Some(room.as_str().to_owned());
                raw.topic = Some(topic.clone());
                "create"
            }
            Request::Join { room } => {
                raw.room = Some(room.as_str().to_owned());
                "join"
            }
            Request::Leave { room } => {
                raw.room = Some(room.as_str().to_owned());
                "leave"
            }
            Request::Topic { room, text } => {
                raw.room = Some(room.as_str().to_owned());
                raw.text = Some(text.clone());
                "topic"
            }
            Request::Post { room, n, text } => {
                raw.room = Some(room.as_str().to_owned());
                raw.n = Some(n.value());
                raw.text = Some(text.clone());
                "post"
            }
            Request::Rooms { after } => {
                raw.after = after.as_ref().map(|after| after.as_str().into());
                "rooms"
            }
            Request::Who { room, after } => {
                raw.room = Some(room.as_str().to_owned());
                raw.after = after.as_ref().map(|after| after.as_str().into());
                "who"
            }
            Request::Page { room, page, limit } => {
                raw.room = Some(room.as_str().to_owned());
                raw.limit = Some(*limit);
                match page {
                    Page::Before(before) => raw.before = *before,
                    Page::After(after) => raw.after = Some(after.0.into()),
                }
                "page"
            }
            Request::Ping => "ping",
            Request::Pong => "pong",
            Request::Bye => "bye",
        };
        raw.r#do = word.to_owned();
        let mut line =
            serde_json::to_vec(&raw).expect("a request has only string keys, so it is always JSON");
        line.push(b'\n');
        line
    }
}
