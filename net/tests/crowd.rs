//! The real server, given fewer open files than people want connections.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;

use common::{Folder, start};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

struct Line(BufReader<TcpStream>);

impl Line {
    fn open(address: SocketAddr) -> Line {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Line(BufReader::new(stream))
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// Says something and hears on until there is an update of this kind.
    fn asks(&mut self, line: &str, kind: &str) -> String {
        writeln!(self.0.get_mut(), "{line}").unwrap();
        loop {
            let heard = self.hears();
            assert!(!heard.is_empty(), "hung up before {kind}");
            if heard.contains(kind) {
                return heard;
            }
        }
    }
}

#[test]
fn with_few_open_files_those_who_talk_go_on_and_the_others_are_told() {
    let folder = Folder::new();
    let mut limited = Command::new("sh");
    let server = folder.server("127.0.0.1:0");
    limited
        .args(["-c", r#"ulimit -n 100 && exec "$0" "$@""#])
        .arg(server.get_program())
        .args(server.get_args());
    limited.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let (mut server, address) = start(limited);
    let mut ana = Line::open(address);
    let token = "t".repeat(43);
    ana.asks(&format!(r#"{{"do":"enter","id":1,"name":"ana","token":"{token}"}}"#), r#""t":"welcome""#);
    ana.asks(r#"{"do":"join","id":2,"room":"lobby"}"#, r#""t":"room""#);
    let mut crowd: Vec<Line> = (0..200).map(|_| Line::open(address)).collect();
    for n in 1..50 {
        let line = format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"line {n}"}}"#);
        ana.asks(&line, &format!(r#""n":{n},"#));
    }
    // A page is read from disk, for which a descriptor is kept.
    ana.asks(r#"{"do":"page","id":3,"room":"lobby"}"#, r#""t":"page""#);
    let last = crowd.last_mut().unwrap();
    assert!(last.hears().contains("hello"), "the newest is greeted");
    assert!(crowd[0].hears().contains("hello") && crowd[0].hears().contains(r#""why":"full""#));
    let mut warned = String::new();
    BufReader::new(server.0.stderr.as_mut().unwrap()).read_line(&mut warned).unwrap();
    assert!(warned.contains("fewer open files"), "{warned}");
}
