//! A server that says what it likes, line by line.

use super::world::{Screen, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// Pictures after which a window that has not dialled will not.
const PICTURES_MAX: usize = 600;

/// What stands in the place of the server.
pub(crate) struct Liar {
    stream: DuplexStream,
}

impl Liar {
    /// Takes the place of the server, and takes a window in that dials by itself.
    pub(crate) fn instead_of_the_server(world: &mut World) {
        world.leave_the_door_open();
    }

    /// Takes in whoever dials next, and greets him.
    pub(crate) fn take_in(world: &World, screen: &mut Screen) -> Self {
        for _ in 0..PICTURES_MAX {
            world.step(screen);
            if let Some(stream) = world.take_in() {
                let mut liar = Liar { stream };
                liar.says(
                    world,
                    r#"{"t":"hello","server":"liar","protocol":[1,1],"heartbeat_ms":15000,"durability":"synced","capabilities":[],"limits":{"request_bytes":32768,"update_bytes":131072,"post_bytes":4096,"topic_bytes":512,"name_chars":32,"page_entries":200,"posts_in_flight":64}}"#,
                );
                return liar;
            }
            world.pass(1, &mut []);
        }
        panic!("nobody dials; what is there:\n{}", screen.text());
    }

    /// The same, and lets him into the lobby, with so many entries before.
    pub(crate) fn let_in(world: &World, screen: &mut Screen, head: u64) -> Self {
        let mut liar = Self::take_in(world, screen);
        liar.says(world, r#"{"t":"welcome","name":"ana","person":1,"device":1,"n":0,"rooms":1}"#);
        let (head, from) = (head, head + 1);
        let room = format!(
            r#"{{"t":"room","room":"lobby","topic":"","members":1,"head":{head},"read":{head},"from":{from}}}"#
        );
        liar.says(world, &room);
        world.settle(&mut [screen]);
        liar
    }

    /// Says a line, or several. Whoever has hung up does not hear them.
    pub(crate) fn says(&mut self, world: &World, lines: &str) {
        let stream = &mut self.stream;
        world.wait(async {
            drop(stream.write_all(lines.as_bytes()).await);
            drop(stream.write_all(b"\n").await);
        });
        world.turn();
    }

    /// Says a post of the lobby.
    pub(crate) fn posts(&mut self, world: &World, seq: u64, author: &str, text: &str) {
        self.says(world, &post(seq, author, text));
    }

    /// Whether the other side has hung up; what it has said is passed over.
    pub(crate) fn is_left(&mut self, world: &World) -> bool {
        let stream = &mut self.stream;
        world.wait(async {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                tokio::select! { biased;
                    read = stream.read(&mut buffer) => {
                        if matches!(read, Ok(0) | Err(_)) {
                            return true;
                        }
                    }
                    () = tokio::task::yield_now() => return false,
                }
            }
        })
    }
}

/// The line of a post in the lobby. The text must hold nothing that JSON would have escaped.
pub(crate) fn post(seq: u64, author: &str, text: &str) -> String {
    format!(
        r#"{{"t":"entry","room":"lobby","seq":{seq},"at":1795608000000,"kind":"post","person":2,"author":"{author}","device":2,"n":{seq},"text":"{text}"}}"#
    )
}
