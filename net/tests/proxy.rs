//! Connections that a proxy hands on to the real server with the PROXY protocol: whom it believes, and what it does not.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;

use common::{Folder, Running, start};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

/// A server with this section on its proxies.
fn behind(folder: &Folder, section: &str) -> (Running, SocketAddr) {
    let file = folder.path().join("sala.toml");
    std::fs::write(&file, section).unwrap();
    let mut command = folder.server("127.0.0.1:0");
    command.arg("--config").arg(&file);
    start(command)
}

const TRUSTING: &str = "[proxy]\ntrusted = [\"127.0.0.1/32\"]\nprotocol = true\n";

/// A header with this command, family, and what follows.
fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [b"\r\n\r\n\0\r\nQUIT\n".as_slice(), &[command, family], &length, rest].concat()
}

fn by_tcp4(from: [u8; 4]) -> Vec<u8> {
    header(0x21, 0x11, &[&from[..], &[127, 0, 0, 1], &[0x30, 0x39, 0x1c, 0x54]].concat())
}

/// A connection that begins with these bytes, and the server's first line on it; empty if it hangs up.
fn begins(address: SocketAddr, bytes: &[u8]) -> (BufReader<TcpStream>, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok();
    (reader, line)
}

/// Where the server's last connection comes from.
fn last_from(folder: &Folder) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    let data = folder.path().join("data");
    let output = command.args(["admin", "--json", "--data"]).arg(data).arg("sessions").output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["sessions"].as_array().unwrap().last().unwrap()["address"].as_str().unwrap().to_owned()
}

#[test]
fn a_trusted_proxy_says_where_a_connection_comes_from() {
    let folder = Folder::new();
    let (_server, address) = behind(&folder, TRUSTING);
    let v6 =
        [&[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7][..], &[0; 16], &[1, 2, 3, 4]].concat();
    let more = [&[203, 0, 113, 10, 127, 0, 0, 1, 0, 1, 0, 2][..], b"\x04\0\x03abc"].concat();
    for (bytes, from) in [
        (by_tcp4([203, 0, 113, 9]), "203.0.113.9"),
        (header(0x21, 0x21, &v6), "2001:db8::7"),
        (header(0x21, 0x11, &more), "203.0.113.10"),
        (header(0x20, 0, &[]), "127.0.0.1"),
        (header(0x21, 0, &[]), "127.0.0.1"),
    ] {
        let (mut reader, line) = begins(address, &bytes);
        assert!(line.starts_with(r#"{"t":"hello""#), "{line}");
        assert_eq!(last_from(&folder), from);
        reader.get_mut().write_all(b"{\"do\":\"ping\"}\n").unwrap();
        let mut pong = String::new();
        reader.read_line(&mut pong).unwrap();
        assert_eq!(pong, "{\"t\":\"pong\"}\n", "what follows the header is the client's");
    }
    // Lines may come in the same piece as the header.
    let (mut reader, _) =
        begins(address, &[by_tcp4([203, 0, 113, 9]).as_slice(), b"{\"do\":\"ping\"}\n"].concat());
    let mut pong = String::new();
    reader.read_line(&mut pong).unwrap();
    assert_eq!(pong, "{\"t\":\"pong\"}\n");
}

#[test]
fn what_a_trusted_proxy_says_wrongly_is_refused() {
    let folder = Folder::new();
    let (_server, address) = behind(&folder, TRUSTING);
    for bytes in [
        b"{\"do\":\"ping\"}\n".to_vec(),
        b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n".to_vec(),
        header(0x21, 0x11, &[203, 0, 113, 9]),
        header(0x31, 0x11, &[0; 12]),
        header(0x2f, 0x11, &[0; 12]),
        header(0x21, 0x11, &[0; 4_000]),
    ] {
        assert_eq!(begins(address, &bytes).1, "", "{bytes:?}");
    }
    // Half a header holds nobody up, and is not waited for without end.
    let mut half = TcpStream::connect(address).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    half.write_all(b"\r\n\r\n\0").unwrap();
    assert!(begins(address, &by_tcp4([203, 0, 113, 9])).1.contains("hello"));
    assert_eq!(half.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn from_anybody_else_the_header_is_no_request_and_changes_nothing() {
    for section in ["", "[proxy]\ntrusted = [\"10.0.0.0/8\"]\nprotocol = true\n"] {
        let folder = Folder::new();
        let (_server, address) = behind(&folder, section);
        let (mut reader, line) = begins(address, &by_tcp4([203, 0, 113, 9]));
        assert!(line.contains("hello"), "{line}");
        let mut refused = String::new();
        reader.read_line(&mut refused).unwrap();
        assert!(refused.contains("bad_"), "{refused}");
        assert_eq!(last_from(&folder), "127.0.0.1");
    }
}

#[test]
fn bans_and_budgets_hold_for_each_address_that_a_proxy_names() {
    let folder = Folder::new();
    let (_server, address) = behind(&folder, &format!("{TRUSTING}[quota]\nconnections_per_address = 2\n"));
    let held: Vec<_> = (0..2).map(|_| begins(address, &by_tcp4([203, 0, 113, 9]))).collect();
    let second = |(mut reader, _): (BufReader<TcpStream>, String)| {
        reader.get_mut().write_all(b"{\"do\":\"ping\"}\n").unwrap();
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line
    };
    assert!(second(begins(address, &by_tcp4([203, 0, 113, 9]))).contains("crowded"));
    assert!(second(begins(address, &by_tcp4([203, 0, 113, 10]))).contains("pong"));
    drop(held);
    let data = folder.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sala-server"));
    let ban = command.args(["admin", "--data"]).arg(data).args(["ban", "203.0.113.0/28"]).output().unwrap();
    assert!(ban.status.success(), "{ban:?}");
    let enter = b"{\"do\":\"enter\",\"name\":\"eve\",\"token\":\"a-token-of-nobody-but-eve-herself\"}\n";
    let entered = |from: [u8; 4]| {
        let (mut reader, _) = begins(address, &[by_tcp4(from).as_slice(), enter].concat());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line
    };
    assert!(entered([203, 0, 113, 10]).contains("banned"));
    assert!(entered([203, 0, 113, 16]).contains("welcome"));
}
