//! A proxy that breaks off the next connection once so many bytes have gone through it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What is to happen to a connection, and whether it did.
#[derive(Clone, Copy, Debug)]
struct Cut {
    way: Way,
    after: usize,
    is_taken: bool,
    is_done: bool,
}

/// Stands between clients and a server, for as long as the process lives.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Proxy {
    /// A proxy before this server.
    pub(crate) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let cut: Arc<Mutex<Option<Cut>>> = Arc::default();
        let shared = Arc::clone(&cut);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
                let taken = shared.lock().unwrap().as_mut().filter(|cut| !cut.is_taken).map(|cut| {
                    cut.is_taken = true;
                    *cut
                });
                for way in [Way::Up, Way::Down] {
                    let streams = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                    let after = taken.filter(|cut| cut.way == way).map(|cut| cut.after);
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || carry(way, streams, after, &shared));
                }
            }
        });
        Proxy { address, cut }
    }

    /// The next connection ends after so many bytes of one way; those after it are left alone.
    pub(crate) fn cuts_next(&self, way: Way, after: usize) {
        *self.cut.lock().unwrap() = Some(Cut { way, after, is_taken: false, is_done: false });
    }

    /// Whether that has happened; not if the connection ended before.
    pub(crate) fn has_cut(&self) -> bool {
        self.cut.lock().unwrap().is_some_and(|cut| cut.is_done)
    }
}

/// Carries bytes one way until either end is gone, or until as many have gone as may.
fn carry(way: Way, [client, server]: [TcpStream; 2], after: Option<usize>, cut: &Mutex<Option<Cut>>) {
    let (mut from, mut to) = if way == Way::Up { (&client, &server) } else { (&server, &client) };
    let (mut bytes, mut carried) = ([0; 4_096], 0);
    loop {
        if after == Some(carried) {
            cut.lock().unwrap().as_mut().unwrap().is_done = true;
            break;
        }
        let room = after.map_or(bytes.len(), |after| (after - carried).min(bytes.len()));
        let Ok(count) = from.read(&mut bytes[..room]) else { break };
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            break;
        }
        carried += count;
    }
    // Whoever is at either end finds out as if the link had gone; one that is gone already cannot be shut.
    client.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}
