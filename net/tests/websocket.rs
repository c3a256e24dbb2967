//! WebSockets at the real server: who may begin one, what goes over it, and what ends it.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "whoever talks to the real server from outside blocks on a real socket"
)]

mod common;
#[path = "outside/wire.rs"]
mod wire;

use common::{Folder, Running};
use sala_core::limits::{WEBSOCKET_HEADER_BYTES_MAX, WEBSOCKET_MESSAGE_BYTES_MAX};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{Bytes, Message, WebSocket, client};
use wire::Wire;

const PAGE: &str = "https://chat.example";

/// A server that takes WebSockets in from one page, and from where its trusted proxies say.
struct Served {
    _folder: Folder,
    _server: Running,
    lines: SocketAddr,
    websockets: SocketAddr,
}

fn served(more: &str) -> Served {
    let folder = Folder::new();
    let file = folder.path().join("sala.toml");
    std::fs::write(&file, format!("[ws]\norigins = [{PAGE:?}]\n{more}")).unwrap();
    let mut command = folder.server("127.0.0.1:0");
    command.args(["--ws", "127.0.0.1:0", "--config"]).arg(&file);
    let mut server = Running(command.spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next = |what: &str| lines.next().unwrap().strip_prefix(what).unwrap().parse().unwrap();
    let (lines, websockets) = (next("listening on "), next("websockets on "));
    Served { _folder: folder, _server: server, lines, websockets }
}

/// Somebody at the end of a WebSocket.
struct Web(WebSocket<TcpStream>);

impl Web {
    fn begins(served: &Served, headers: &[(&'static str, &str)]) -> Result<(Self, Response), Error> {
        let stream = TcpStream::connect(served.websockets).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut request = format!("ws://{}/ws", served.websockets).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        match client(request, stream) {
            Ok((socket, response)) => Ok((Web(socket), response)),
            Err(tokio_tungstenite::tungstenite::HandshakeError::Failure(error)) => Err(error),
            Err(error) => panic!("{error}"),
        }
    }

    fn new(served: &Served) -> Self {
        Web::begins(served, &[("Origin", PAGE)]).unwrap().0
    }

    fn asks(&mut self, request: &Value) {
        self.0.send(Message::text(request.to_string())).unwrap();
    }

    /// The next update like this; each is one message.
    fn hears(&mut self, like: impl Fn(&Value) -> bool) -> Value {
        loop {
            let Message::Text(text) = self.0.read().unwrap() else { continue };
            assert!(!text.contains('\n'), "one object a message");
            let update: Value = serde_json::from_str(&text).unwrap();
            if like(&update) {
                return update;
            }
        }
    }

    /// Why the server closes.
    fn is_closed(&mut self) -> Option<CloseCode> {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

fn entering(name: &str) -> Value {
    json!({"do": "enter", "id": 1, "name": name, "token": format!("a-token-of-nobody-but-{name}-himself")})
}

/// What comes back by HTTP for these bytes, until the server hangs up.
fn answers(served: &Served, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.websockets).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // It may hang up on what is left unsent.
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn upgrade(path: &str, more: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
    )
    .into_bytes()
}

#[test]
fn people_by_websocket_and_by_tcp_talk_in_one_room() {
    let served = served("");
    let (mut web, mut plain) = (Web::new(&served), Wire::connects(served.lines).unwrap());
    assert_eq!(web.hears(|_| true)["t"], "hello");
    web.asks(&entering("ana"));
    plain.answered(&entering("bob")).unwrap();
    web.hears(|update| update["t"] == "welcome");
    web.asks(&json!({"do": "join", "id": 2, "room": "lobby"}));
    plain.answered(&json!({"do": "join", "id": 2, "room": "lobby"})).unwrap();
    for n in 1..=50 {
        web.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": format!("web {n}\nand on")}));
        plain.asks(&json!({"do": "post", "room": "lobby", "n": n, "text": format!("tcp {n}")}));
    }
    let page = json!({"do": "page", "id": 3, "room": "lobby", "after": 0, "limit": 200});
    let count = |page: &Value| {
        let rows = page["entries"].as_array().into_iter().flatten();
        rows.filter(|row| row["kind"] == "post").count()
    };
    let (mut by_web, mut by_tcp) = (Value::Null, Value::Null);
    while count(&by_web).min(count(&by_tcp)) < 100 {
        web.asks(&page);
        by_web = web.hears(|update| update["id"] == 3);
        by_tcp = plain.answered(&page).unwrap();
    }
    assert_eq!(by_web["entries"], by_tcp["entries"], "everyone sees the same conversation");
    // The longest line there is goes over it as well.
    let long = "\"".repeat(4_096);
    plain.asks(&json!({"do": "post", "room": "lobby", "n": 51, "text": long}));
    assert_eq!(web.hears(|update| update["n"] == 51 && update["t"] == "entry")["text"], long);
    web.asks(&json!({"do": "bye"}));
    assert_eq!(web.hears(|update| update["t"] == "goodbye")["why"], "bye");
    assert_eq!(web.is_closed(), Some(CloseCode::Normal));
}

#[test]
fn only_pages_that_are_named_may_begin_a_websocket_and_nothing_is_compressed() {
    let served = served("");
    for origin in ["https://evil.example", "http://chat.example", "https://chat.example:8443", "null", ""] {
        let refused = Web::begins(&served, &[("Origin", origin)]).err();
        assert!(
            matches!(&refused, Some(Error::Http(response)) if response.status() == 403),
            "{origin}: {refused:?}"
        );
    }
    let refused = Web::begins(&served, &[("Origin", PAGE), ("Origin", "https://evil.example")]).err();
    assert!(matches!(refused, Some(Error::Http(response)) if response.status() == 403), "two origins");
    let offer = "permessage-deflate; client_max_window_bits";
    let (_, response) =
        Web::begins(&served, &[("Origin", PAGE), ("Sec-WebSocket-Extensions", offer)]).unwrap();
    assert!(response.headers().get("sec-websocket-extensions").is_none());
    // What is no browser names no page.
    assert_eq!(Web::begins(&served, &[]).unwrap().0.hears(|_| true)["t"], "hello");
    // The example of RFC 6455, section 1.3.
    let granted = "HTTP/1.1 101 Switching Protocols\r\n";
    let mut stream = TcpStream::connect(served.websockets).unwrap();
    stream.write_all(&upgrade("/ws", "")).unwrap();
    let mut answer = [0; 512];
    let count = stream.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(answer.starts_with(granted) && answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
}

#[test]
fn what_is_no_beginning_of_a_websocket_is_refused() {
    let served = served("");
    let status = |bytes: &[u8]| answers(&served, bytes).split(' ').nth(1).map(str::to_owned);
    assert_eq!(status(&upgrade("/", "")).as_deref(), Some("404"));
    assert_eq!(status(&upgrade("/../ws", "")).as_deref(), Some("404"));
    assert_eq!(status(b"POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").as_deref(), Some("405"));
    assert_eq!(status(b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n").as_deref(), Some("426"));
    let text = String::from_utf8(upgrade("/ws", "")).unwrap();
    assert_eq!(status(text.replace("Version: 13", "Version: 8").as_bytes()).as_deref(), Some("426"));
    assert_eq!(status(text.replace("dGhlIHNhbXBsZSBub25jZQ==", "short").as_bytes()).as_deref(), Some("400"));
    let huge = format!("X: {}\r\n", "y".repeat(2 * WEBSOCKET_HEADER_BYTES_MAX));
    let status = status(&upgrade("/ws", &huge));
    assert!(matches!(status.as_deref(), None | Some("431")), "{status:?}");
    assert!(
        answers(&served, b"\x16\x03\x01\0\xff garbage\r\n\r\n")
            .lines()
            .next()
            .is_none_or(|line| line.contains(" 400 "))
    );
}

/// As many as this test holds connections: an ordinary shell gives 1,024.
fn have_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < 4_096) {
        setrlimit(
            Resource::Nofile,
            Rlimit { current: maximum.map_or(Some(4_096), |most| Some(most.min(4_096))), maximum },
        )
        .unwrap();
    }
}

#[test]
fn half_a_beginning_is_given_ten_seconds_and_nobody_waits_for_it() {
    let served = served("");
    have_descriptors();
    let mut half = TcpStream::connect(served.websockets).unwrap();
    half.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upg").unwrap();
    half.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let silent: Vec<TcpStream> = (0..1_200).map(|_| TcpStream::connect(served.websockets).unwrap()).collect();
    // Somebody who means to talk comes in past all of them.
    let mut web = Web::new(&served);
    web.asks(&entering("ana"));
    web.hears(|update| update["t"] == "welcome");
    // There are more of them than places, so the first had to go, whoever says nothing goes in time.
    assert_eq!(half.read(&mut [0; 64]).unwrap_or(0), 0);
    let mut last = silent.last().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert_eq!(last.read(&mut [0; 64]).unwrap_or(0), 0);
    web.asks(&json!({"do": "ping"}));
    web.hears(|update| update["t"] == "pong");
}

#[test]
fn frames_that_are_too_long_or_binary_or_unmasked_end_their_connection_alone() {
    let served = served("");
    let mut other = Web::new(&served);
    let mut web = Web::new(&served);
    let fits = format!("{:<1$}", "what?", WEBSOCKET_MESSAGE_BYTES_MAX);
    web.0.send(Message::text(fits)).unwrap();
    assert_eq!(web.hears(|update| update["t"] == "refused")["code"], "bad_json");
    web.0.send(Message::text("x".repeat(WEBSOCKET_MESSAGE_BYTES_MAX + 1))).ok();
    assert!(matches!(web.is_closed(), Some(CloseCode::Size) | None));
    let mut web = Web::new(&served);
    web.0.send(Message::binary(vec![1, 2, 3])).unwrap();
    assert_eq!(web.is_closed(), Some(CloseCode::Unsupported));
    // A frame that says it has 2^62 bytes is not waited for, and no room is made for it.
    for bytes in [
        &[0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, b'x'][..],
        &[0x81, 0x03, b'a', b'b', b'c'],
        &[0xf1, 0x80, 1, 2, 3, 4],
        &[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
    ] {
        let mut web = Web::new(&served);
        web.hears(|update| update["t"] == "hello");
        web.0.get_mut().write_all(bytes).unwrap();
        assert!(
            matches!(
                web.is_closed(),
                Some(CloseCode::Size | CloseCode::Protocol | CloseCode::Invalid) | None
            ),
            "{bytes:?}"
        );
    }
    other.asks(&json!({"do": "ping"}));
    other.hears(|update| update["t"] == "pong");
}

#[test]
fn a_message_may_come_in_fragments_with_pings_between_them() {
    let served = served("");
    let mut web = Web::new(&served);
    let frame = |opcode, is_final, text: &str| {
        let header = FrameHeader { is_final, opcode: OpCode::Data(opcode), ..FrameHeader::default() };
        Message::Frame(Frame::from_payload(header, Bytes::from(text.to_owned())))
    };
    web.0.send(frame(Data::Text, false, "{\"do\":")).unwrap();
    web.0.send(Message::Ping(Bytes::from_static(b"are you there"))).unwrap();
    web.0.send(frame(Data::Continue, false, "\n\"pi")).unwrap();
    web.0.send(frame(Data::Continue, true, "ng\"}")).unwrap();
    let (mut pong, mut answered) = (false, false);
    while !(pong && answered) {
        match web.0.read().unwrap() {
            Message::Pong(words) => pong = words.as_ref() == b"are you there",
            Message::Text(text) => answered |= text.contains("\"pong\""),
            other => panic!("{other:?}"),
        }
    }
    // Fragments without end come to what a message may have, and no further.
    web.0.send(frame(Data::Text, false, "{")).unwrap();
    let piece = " ".repeat(8_000);
    while web.0.send(frame(Data::Continue, false, &piece)).is_ok() {}
    assert!(matches!(web.is_closed(), Some(CloseCode::Size) | None));
}

#[test]
fn whoever_pings_without_end_and_reads_nothing_keeps_nobody_waiting() {
    let served = served("");
    let mut hasty = Web::new(&served);
    hasty.0.get_mut().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let pings: Vec<u8> = [0x89, 0x84, 0, 0, 0, 0, 1, 2, 3, 4].repeat(50_000);
    let flood = std::thread::spawn(move || {
        for _ in 0..4 {
            hasty.0.get_mut().write_all(&pings).ok();
        }
        hasty
    });
    let mut web = Web::new(&served);
    for _ in 0..20 {
        web.asks(&json!({"do": "ping"}));
        web.hears(|update| update["t"] == "pong");
    }
    drop(flood.join().unwrap());
}

/// From where the server sees a connection that says these are the addresses on its way.
fn seen_from(served: &Served, forwarded: &[&str]) -> Option<Value> {
    let headers: Vec<_> = forwarded.iter().map(|value| ("X-Forwarded-For", *value)).collect();
    let (web, _) = Web::begins(served, &headers).ok()?;
    let data = served._folder.path().join("data");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sala-server"));
    let output = command.args(["admin", "--json", "--data"]).arg(data).arg("sessions").output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    drop(web);
    Some(answer["sessions"].as_array().unwrap().last().unwrap()["address"].clone())
}

#[test]
fn a_trusted_proxy_is_believed_where_a_connection_comes_from_and_nobody_else() {
    let trusting = served("[proxy]\ntrusted = [\"127.0.0.1/32\", \"10.0.0.0/8\"]\n");
    for (forwarded, from) in [
        (&["203.0.113.9"][..], "203.0.113.9"),
        // What stands before the last stranger was said by him.
        (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (&["nonsense, 203.0.113.9", "10.1.2.3"], "203.0.113.9"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["[2001:db8::7]:443"], "2001:db8::7"),
        (&["203.0.113.9:1234"], "203.0.113.9"),
        (&["10.1.2.3"], "10.1.2.3"),
        (&[], "127.0.0.1"),
    ] {
        assert_eq!(seen_from(&trusting, forwarded).unwrap(), from, "{forwarded:?}");
    }
    assert_eq!(seen_from(&trusting, &["nonsense"]), None, "a proxy that names no address is refused");
    let wary = served("");
    assert_eq!(seen_from(&wary, &["203.0.113.9"]).unwrap(), "127.0.0.1");
    assert_eq!(seen_from(&wary, &["nonsense"]).unwrap(), "127.0.0.1");
}

#[test]
fn limits_hold_for_each_address_that_a_proxy_names() {
    let served = served("[quota]\nconnections_per_address = 3\n[proxy]\ntrusted = [\"127.0.0.1/32\"]\n");
    let from = |address: &str| {
        let mut web = Web::begins(&served, &[("X-Forwarded-For", address)]).unwrap().0;
        web.hears(|update| update["t"] == "hello");
        web.asks(&json!({"do": "ping"}));
        let answer = web.hears(|_| true);
        (web, answer)
    };
    let held: Vec<_> = (0..3).map(|_| from("203.0.113.9")).collect();
    assert!(held.iter().all(|(_, answer)| answer["t"] == "pong"));
    assert_eq!(from("203.0.113.9").1["why"], "crowded");
    assert_eq!(from("203.0.113.10").1["t"], "pong");
}
