//! Brings people to the server, and into rooms.

use super::Stop;
use super::line::Line;
use super::peer::Peer;
use super::process::Usage;
use super::tally::Ear;
use crate::who;
use sala_net::transport::{Connector as _, Stream};
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long an answer may take before the run is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Members of a room who come while all before them listen. Of more, each would hear of all who come after him.
const TOGETHER_MEMBERS_MAX: usize = 2_000;

/// Where the server is.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) server: String,
    pub(super) plain: bool,
    pub(super) tls: bool,
}

/// Everybody of one run.
#[derive(Debug)]
pub(super) struct Crowd {
    way: Way,
    pid: Option<u32>,
    /// Sets the names of this run apart from those of others.
    run: u32,
    together: Rc<Semaphore>,
}

impl Crowd {
    pub(super) fn new(way: Way, pid: Option<u32>, together: usize, run: u32) -> Rc<Self> {
        Rc::new(Crowd { way, pid, run, together: Rc::new(Semaphore::new(together)) })
    }

    /// What the server's process has used, if we know which it is.
    pub(super) fn usage(&self) -> Result<Option<Usage>, Stop> {
        self.pid.map(Usage::of).transpose()
    }

    /// Connects once, so that a server that is not there, or met for the first time, is told of once.
    async fn probe(&self) -> Result<(), Stop> {
        let connected = timeout(ANSWER_TIMEOUT, self.connect()).await.map_err(|_| self.silent())?;
        connected.map(drop).map_err(|error| Stop::new(format!("cannot reach {}: {error}", self.way.server)))
    }

    fn silent(&self) -> Stop {
        Stop::new(format!("{} does not answer", self.way.server))
    }

    pub(super) async fn connect(&self) -> io::Result<Peer> {
        self.stream().await.map(Peer::new)
    }

    /// A connection on which nothing was said.
    pub(super) async fn stream(&self) -> io::Result<Box<dyn Stream>> {
        let Way { server, plain, tls } = &self.way;
        let mut connector = who::connector(server, *plain, *tls, None).map_err(io::Error::other)?;
        connector.connect().await
    }

    /// Whether connections are asked to be encrypted.
    pub(super) fn encrypts(&self) -> bool {
        self.way.tls
    }

    /// The server's address.
    pub(super) fn server(&self) -> &str {
        &self.way.server
    }

    /// A place among those that are made at once.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        self.together.acquire().await.expect("the semaphore is never closed")
    }

    /// Everybody whom `one` brings, all at once, as far as that is wanted.
    pub(super) async fn gather<T: 'static, F>(
        self: &Rc<Self>,
        count: usize,
        one: impl Fn(Rc<Self>, usize) -> F,
    ) -> Result<Vec<T>, Stop>
    where
        F: Future<Output = Result<T, Stop>> + 'static,
    {
        let mut coming = JoinSet::new();
        for number in 0..count {
            let (places, one) = (Rc::clone(&self.together), one(Rc::clone(self), number));
            coming.spawn_local(async move {
                let _place = places.acquire().await.expect("the semaphore is never closed");
                one.await.map(|peer| (number, peer))
            });
        }
        let mut come = Vec::with_capacity(count);
        while let Some(ended) = coming.join_next().await {
            come.push(ended.map_err(|error| Stop::new(format!("a connection ended in a panic: {error}")))??);
        }
        come.sort_by_key(|(number, _)| *number);
        Ok(come.into_iter().map(|(_, peer)| peer).collect())
    }

    /// Fills rooms with members. They come room by room, and the first of each has made it.
    pub(super) async fn fill(
        self: &Rc<Self>,
        rooms: usize,
        members: usize,
    ) -> Result<Vec<(Peer, Ear)>, Stop> {
        self.probe().await?;
        if members > TOGETHER_MEMBERS_MAX {
            return self.fill_by_turns(rooms, members).await;
        }
        let makers = self.gather(rooms, move |crowd, room| crowd.come(room * members, room, true)).await?;
        let further = members - 1;
        let others = self.gather(rooms * further, move |crowd, number| {
            let (room, place) = (number / further, number % further + 1);
            crowd.come(room * members + place, room, false)
        });
        let mut others = others.await?.into_iter();
        Ok(makers
            .into_iter()
            .flat_map(|maker| std::iter::once(maker).chain(others.by_ref().take(further)).collect::<Vec<_>>())
            .collect())
    }

    /// Fills rooms with so many members that those who came first would hear of the rest for minutes: they come, become
    /// members and go, and come back all together, holding what there is.
    async fn fill_by_turns(self: &Rc<Self>, rooms: usize, members: usize) -> Result<Vec<(Peer, Ear)>, Stop> {
        let makers = self.gather(rooms, move |crowd, room| crowd.come(room * members, room, true));
        makers.await?;
        let further = members - 1;
        let others = self.gather(rooms * further, move |crowd, number| async move {
            let (room, place) = (number / further, number % further + 1);
            crowd.come(room * members + place, room, false).await.map(drop)
        });
        others.await?;
        let first = self.gather(rooms, move |crowd, room| crowd.back(room * members, room, 1)).await?;
        let heads: Rc<[u64]> = first.iter().map(|(_, ear)| ear.head()).collect();
        drop(first);
        self.gather(rooms * members, move |crowd, number| {
            let room = number / members;
            crowd.back(number, room, heads[room])
        })
        .await
    }

    /// Somebody is back in a room, and holds what there is up to here.
    async fn back(self: Rc<Self>, number: usize, room: usize, held: u64) -> Result<(Peer, Ear), Stop> {
        let connected = self.connect().await;
        let mut peer =
            connected.map_err(|error| Stop::new(format!("connection {number} cannot be made: {error}")))?;
        let mut ear = Ear::holding(held);
        self.resume(&mut peer, number, room, &mut ear).await?;
        Ok((peer, ear))
    }

    /// One more person in a room.
    pub(super) async fn come(
        self: Rc<Self>,
        number: usize,
        room: usize,
        makes: bool,
    ) -> Result<(Peer, Ear), Stop> {
        let connected = self.connect().await;
        let mut peer =
            connected.map_err(|error| Stop::new(format!("connection {number} cannot be made: {error}")))?;
        let mut ear = Ear::default();
        self.enter(&mut peer, number).await?;
        self.join(&mut peer, room, makes, &mut ear).await?;
        Ok((peer, ear))
    }

    /// The name of a room.
    pub(super) fn room(&self, room: usize) -> String {
        format!("bench-{:08x}-{room}", self.run)
    }

    /// Comes in as a guest who holds what `held` says, and gives the number of his last post.
    ///
    /// # Errors
    /// When the connection breaks, or the server refuses. What it refuses for a while, by a quota, it refuses for good: a run
    /// that waits measures the quota.
    pub(super) async fn enter(&self, peer: &mut Peer, number: usize) -> Result<(), Stop> {
        let name = self.name(number);
        peer.say(&format!(
            r#"{{"do":"enter","id":1,"name":"{name}","token":"{name}-{name}-{name}","device":"bench"}}"#
        ));
        self.answered(peer, "welcome", |_| ()).await
    }

    /// Comes back to the room of which `ear` has heard something, and hears how it goes on.
    ///
    /// # Errors
    /// As for `enter`.
    pub(super) async fn resume(
        &self,
        peer: &mut Peer,
        number: usize,
        room: usize,
        ear: &mut Ear,
    ) -> Result<(), Stop> {
        let (name, room, held) = (self.name(number), self.room(room), ear.held());
        peer.say(&format!(
            r#"{{"do":"enter","id":1,"name":"{name}","token":"{name}-{name}-{name}","device":"bench","have":{{"{room}":{held}}}}}"#
        ));
        self.answered(peer, "room", |line| {
            ear.hear(line);
        })
        .await
    }

    /// Makes or joins a room, and hears it from then on.
    ///
    /// # Errors
    /// As for `enter`.
    pub(super) async fn join(
        &self,
        peer: &mut Peer,
        room: usize,
        makes: bool,
        ear: &mut Ear,
    ) -> Result<(), Stop> {
        let verb = if makes { "create" } else { "join" };
        peer.say(&format!(r#"{{"do":"{verb}","id":2,"room":"{}"}}"#, self.room(room)));
        self.answered(peer, "room", |line| {
            ear.hear(line);
        })
        .await
    }

    fn name(&self, number: usize) -> String {
        format!("bench-{:08x}-{number}", self.run)
    }

    /// Waits for an answer of this kind. All that comes until then, and with it, is handed to `each`.
    pub(super) async fn answered(
        &self,
        peer: &mut Peer,
        kind: &str,
        mut each: impl FnMut(&Line<'_>),
    ) -> Result<(), Stop> {
        let mut end = None;
        while end.is_none() {
            let heard = peer.hear(|line| {
                each(line);
                match line.t {
                    "refused" | "goodbye" => end = Some(Err(refused(line))),
                    _ if line.t == kind => end = Some(Ok(())),
                    _ => {}
                }
            });
            timeout(ANSWER_TIMEOUT, heard)
                .await
                .map_err(|_| self.silent())?
                .map_err(|error| Stop::new(format!("a connection broke: {error}")))?;
        }
        end.expect("the loop ends when there is one")
    }
}

/// Why a run ends that was refused something.
pub(super) fn refused(line: &Line<'_>) -> Stop {
    let text = line.text.as_deref().unwrap_or_default();
    // A goodbye has none.
    let Some(code) = line.code else { return Stop::new(format!("the server said goodbye: {text}")) };
    // The settings lift quotas, and nothing else.
    let hint = if matches!(code, "slow_down" | "busy") {
        "; a server that is to be measured needs the settings that `sala bench settings` prints"
    } else {
        ""
    };
    Stop::new(format!("the server refused: {text} ({code}){hint}"))
}
