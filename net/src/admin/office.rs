//! The server's end of the socket.

use super::socket;
use super::words::{Admin, Answer, PersonRow, RoomRow, SessionRow, StatsRow};
use crate::log::LogError;
use crate::serve::{Desk, Ended, Figures, GivenBack, RoomSeen};
use crate::store::{CommitError, VacuumError};
use sala_core::address::AddressRange;
use sala_core::entry::RoomKind;
use sala_core::limits::{ADMIN_CONNECTIONS_MAX, ADMIN_MS, ADMIN_REQUEST_BYTES_MAX, DRAIN_MS_MAX};
use sala_core::name::Name;
use sala_core::protocol::Banned;
use sala_core::refusal::{Code, Fate, Refusal};
use sala_core::server::{Connected, Operation, SessionId};
use sala_core::time::Tick;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Pause after a connection could not be taken in.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What an order may turn that is the program's and not the server's.
pub trait Controls: 'static {
    /// Logs by these levels from now on.
    ///
    /// # Errors
    /// When there is no such level.
    fn set_log(&self, level: &str) -> Result<(), LogError>;

    /// Reads settings and certificate again, and says in words what was taken over.
    fn reload(&self) -> impl Future<Output = Result<String, String>>;
}

/// Takes orders. Whoever may open the socket may give them: its folder is its owner's alone.
#[derive(Debug)]
pub struct Office<C> {
    listener: UnixListener,
    desk: Desk,
    controls: C,
}

impl<C: Controls> Office<C> {
    /// Opens the socket in this data folder, which is this server's as long as it holds the folder's lock.
    ///
    /// # Errors
    /// When it cannot be opened, for instance since its path has more bytes than the system allows (107).
    pub fn open(data: &Path, desk: Desk, controls: C) -> io::Result<Self> {
        let path = socket(data);
        let folder = path.parent().unwrap_or(data);
        fs::create_dir_all(folder)?;
        // Before the socket is there: between its making and its own rights nobody else gets to it.
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        // Left by a server that was killed.
        fs::remove_file(&path).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Office { listener, desk, controls })
    }

    /// Takes orders for ever. Must be called within a `LocalSet`.
    pub async fn work(self) {
        let office = Rc::new(self);
        let places = Rc::new(Semaphore::new(ADMIN_CONNECTIONS_MAX));
        loop {
            let stream = match office.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "an order could not be taken in");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (office, places) = (Rc::clone(&office), Rc::clone(&places));
            tokio::task::spawn_local(async move {
                let Ok(_place) = places.try_acquire() else { return };
                if let Err(error) = office.talk(stream).await {
                    tracing::debug!(%error, "whoever gave orders is gone");
                }
            });
        }
    }

    async fn talk(&self, stream: UnixStream) -> io::Result<()> {
        let patience = Duration::from_millis(ADMIN_MS);
        let (reading, mut writing) = stream.into_split();
        let mut reading = BufReader::new(reading);
        loop {
            let mut line = Vec::new();
            let mut bounded = (&mut reading).take(ADMIN_REQUEST_BYTES_MAX as u64);
            timeout(patience, bounded.read_until(b'\n', &mut line)).await??;
            if line.is_empty() {
                return Ok(());
            }
            let whole = line.ends_with(b"\n");
            let answer = if whole {
                self.answer(&line, &mut reading).await
            } else {
                refused(&bad(format!("an order is one line of at most {ADMIN_REQUEST_BYTES_MAX} bytes")))
            };
            let mut line =
                serde_json::to_vec(&answer).expect("an answer has only string keys, so it is always JSON");
            line.push(b'\n');
            timeout(patience, writing.write_all(&line)).await??;
            if !whole {
                return Ok(());
            }
        }
    }

    async fn answer(&self, line: &[u8], reading: &mut BufReader<OwnedReadHalf>) -> Answer {
        let order: Admin = match serde_json::from_slice(line) {
            Ok(order) => order,
            Err(error) => return refused(&bad(format!("this is no order: {error}"))),
        };
        // What may take long ends with its connection; everything else is done at once.
        let ends_with_its_connection = order == Admin::Vacuum {};
        let obeyed = tokio::select! { biased;
            obeyed = self.obey(order) => obeyed,
            () = gone(reading), if ends_with_its_connection => Err(bad("nobody waits for it".to_owned())),
        };
        match obeyed {
            Ok(answer) => answer,
            Err(refusal) => refused(&refusal),
        }
    }

    async fn obey(&self, order: Admin) -> Result<Answer, Refusal> {
        let Office { desk, controls, .. } = self;
        Ok(match order {
            Admin::Who {} => Answer::Who { people: people(desk.connected().await.map_err(ended)?.1) },
            Admin::Sessions {} => {
                let (now, sessions) = desk.connected().await.map_err(ended)?;
                Answer::Sessions {
                    sessions: sessions.into_iter().map(|held| session_row(held, now)).collect(),
                }
            }
            Admin::Rooms {} => {
                let rooms = desk.rooms().await.map_err(ended)?;
                Answer::Rooms { rooms: rooms.into_iter().map(room_row).collect() }
            }
            Admin::Stats {} => Answer::Stats(stats_row(desk.figures().await.map_err(ended)?)),
            Admin::Close { session } => {
                if !desk.close(SessionId(session)).await.map_err(ended)? {
                    return Err(Refusal::no(Code::NotThere, format!("there is no connection {session}")));
                }
                done(format!("connection {session} is closed"))
            }
            Admin::Ban { name, address, minutes, reason } => {
                let whom = whom(name, address)?;
                let text = format!("{} may not come in any more", called(&whom));
                self.operate(Operation::Ban { whom, minutes, reason }, text).await?
            }
            Admin::Unban { name, address } => {
                let whom = whom(name, address)?;
                let text = format!("{} may come in again", called(&whom));
                self.operate(Operation::Unban(whom), text).await?
            }
            Admin::Broadcast { text } => {
                self.operate(
                    Operation::Say(text),
                    "said in the lobby, and to whoever else is here".to_owned(),
                )
                .await?
            }
            Admin::Drain { grace_ms } if grace_ms > DRAIN_MS_MAX => {
                return Err(bad(format!("`grace_ms` is at most {DRAIN_MS_MAX}")));
            }
            Admin::Drain { grace_ms } => {
                desk.drain(Duration::from_millis(grace_ms)).await.map_err(ended)?;
                done(format!(
                    "nobody is taken in any more; the server stops in {} s at the latest",
                    grace_ms / 1_000
                ))
            }
            Admin::Log { level } => {
                controls.set_log(&level).map_err(|error| bad(error.to_string()))?;
                done(format!("{level} is logged from now on"))
            }
            Admin::Vacuum {} => {
                let GivenBack { bytes, left_bytes } =
                    desk.vacuum().await.map_err(ended)?.map_err(|error| not_given_back(&error))?;
                Answer::GivenBack { bytes, left_bytes }
            }
            Admin::Reload {} => done(controls.reload().await.map_err(bad)?),
        })
    }

    async fn operate(&self, operation: Operation, text: String) -> Result<Answer, Refusal> {
        self.desk.operate(operation.checked()?).await.map_err(in_doubt)??;
        Ok(done(text))
    }
}

/// Done when the other end is closed. If it says something more, that is for later.
async fn gone(reading: &mut BufReader<OwnedReadHalf>) {
    match reading.fill_buf().await {
        Ok(bytes) if !bytes.is_empty() => std::future::pending().await,
        _ => {}
    }
}

fn not_given_back(error: &VacuumError) -> Refusal {
    let code = match error {
        VacuumError::UnderWay => Code::Busy,
        VacuumError::Commit(CommitError::Full(_)) => Code::StorageFull,
        VacuumError::Commit(CommitError::Failed(_)) | VacuumError::Damaged(_) => Code::StorageFailed,
        VacuumError::Unprepared | VacuumError::Unable => Code::BadRequest,
    };
    Refusal::no(code, error.to_string())
}

fn done(text: String) -> Answer {
    Answer::Done { text }
}

fn bad(text: String) -> Refusal {
    Refusal::no(Code::BadRequest, text)
}

fn refused(refusal: &Refusal) -> Answer {
    Answer::Refused { code: refusal.code.as_str().to_owned(), fate: refusal.fate, text: refusal.text.clone() }
}

fn ended(ended: Ended) -> Refusal {
    Refusal::no(Code::Stopping, ended.to_string())
}

/// It ended before it said what became of an operation.
fn in_doubt(ended: Ended) -> Refusal {
    Refusal { fate: Fate::Unknown, ..self::ended(ended) }
}

fn whom(name: Option<String>, address: Option<AddressRange>) -> Result<Banned, Refusal> {
    match (name, address) {
        (Some(name), None) => {
            let name = Name::parse(&name).map_err(|error| Refusal::no(Code::BadName, error.to_string()))?;
            Ok(Banned::Person(name))
        }
        (None, Some(range)) => Ok(Banned::Addresses(range)),
        _ => Err(bad("give `name` or `address`".to_owned())),
    }
}

fn called(whom: &Banned) -> String {
    match whom {
        Banned::Person(name) => name.to_string(),
        Banned::Addresses(range) => format!("whoever comes from {range}"),
    }
}

fn people(sessions: Vec<Connected>) -> Vec<PersonRow> {
    let mut people = BTreeMap::new();
    for Connected { session, who, .. } in sessions {
        let Some((person, name, _)) = who else { continue };
        let row = || PersonRow { person: person.0, name: name.to_string(), sessions: Vec::new() };
        people.entry(name.to_string()).or_insert_with(row).sessions.push(session.0);
    }
    people.into_values().collect()
}

fn session_row(held: Connected, now: Tick) -> SessionRow {
    let Connected { session, address, opened, heard, who } = held;
    SessionRow {
        session: session.0,
        address: address.map(|address| address.to_string()),
        name: who.as_ref().map(|(_, name, _)| name.to_string()),
        person: who.as_ref().map(|(person, ..)| person.0),
        device: who.map(|(.., device)| device.0),
        open_ms: now.since(opened),
        silent_ms: now.since(heard),
    }
}

fn room_row(seen: RoomSeen) -> RoomRow {
    let RoomSeen { log, key, title, kind, members, entries, archived } = seen;
    let kind = match kind {
        RoomKind::Public => "public",
        RoomKind::Private => "private",
        RoomKind::Group => "group",
        RoomKind::Direct => "direct",
    };
    RoomRow { log: log.0, room: key, title, kind: kind.to_owned(), members, entries, archived }
}

fn stats_row(figures: Figures) -> StatsRow {
    let Figures { up_ms, entries, people, rooms, connections, entered, tail_bytes, draining } = figures;
    StatsRow {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        up_ms,
        draining,
        connections,
        entered,
        people,
        rooms,
        entries: entries.0,
        tail_bytes,
    }
}
