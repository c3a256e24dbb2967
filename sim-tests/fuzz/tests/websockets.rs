//! WebSocket: whatever a peer greets with and sends in frames, what is heard is its messages up to the first that is wrong.

use sala_fuzz::Choices;
use sala_net::transport::Listener;
use sala_net::transport::policy::Policy;
use sala_net::transport::websocket::WebSocketListener;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Bytes that either side may send before the other reads: more than any conversation here has.
const PIPE_BYTES: usize = 1 << 20;
/// How often the server looks before a peer closes that was not let in by then.
const TURNS: usize = 64;
const GREETING: [&str; 6] = [
    "GET /ws HTTP/1.1",
    "Host: sala.example",
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// Takes one connection in, and no more.
struct Once(Option<DuplexStream>);

impl Listener for Once {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, Option<SocketAddr>)> {
        match self.0.take() {
            Some(stream) => Ok((stream, None)),
            None => std::future::pending().await,
        }
    }
}

/// What a peer is heard to say that sends this and then closes; none if it is not let in.
fn heard(said: &[u8]) -> Option<Vec<u8>> {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (ours, theirs) = duplex(PIPE_BYTES);
        let mut listener = WebSocketListener::new(Once(Some(theirs)), Rc::new(Policy::default()));
        let (mut from, mut to) = split(ours);
        to.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        // Whoever closes as soon as he has greeted is not let in.
        let closes = async {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            to.shutdown().await.unwrap();
            std::future::pending().await
        };
        let (mut stream, _) = tokio::select! { biased;
            accepted = listener.accept() => accepted.unwrap(),
            _ = from.read_to_end(&mut answer) => return None,
            () = closes => unreachable!("it waits for ever"),
        };
        to.shutdown().await.unwrap();
        let mut heard = Vec::new();
        // Most end in something wrong, or without a goodbye.
        stream.read_to_end(&mut heard).await.ok();
        Some(heard)
    })
}

/// What a greeting that is not right as it stands comes to.
#[derive(PartialEq)]
enum Greeted {
    Rightly,
    Wrongly,
    /// Some of it was changed.
    Somehow,
}

fn greeting(choices: &mut Choices<'_>) -> (Vec<u8>, Greeted) {
    let mut lines: Vec<Vec<u8>> = GREETING.iter().map(|line| line.as_bytes().to_vec()).collect();
    let at = 2 + choices.below(GREETING.len() - 2);
    let greeted = match choices.below(8) {
        0..5 => Greeted::Rightly,
        5 => {
            lines.remove(at);
            Greeted::Wrongly
        }
        6 => {
            // No page may speak here.
            lines.insert(at, b"Origin: https://sala.example".to_vec());
            Greeted::Wrongly
        }
        _ => {
            let line = &mut lines[at];
            let place = choices.below(line.len());
            line.splice(place..place, choices.raw().iter().copied());
            Greeted::Somehow
        }
    };
    let mut greeting = lines.join(&b"\r\n"[..]);
    greeting.extend(b"\r\n\r\n");
    (greeting, greeted)
}

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 0x80];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length => frame.extend([0xFE, (length >> 8) as u8, length as u8]),
    }
    frame.extend(mask);
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    frame
}

/// Words in few letters, newlines among them.
fn words(choices: &mut Choices<'_>) -> String {
    choices
        .raw()
        .iter()
        .map(|byte| ['a', '"', '{', '\n', '\r', 'é', '\0', '語'][usize::from(byte % 8)])
        .collect()
}

/// Frames, what is to be heard of them, and whether that is sure to be all.
fn frames(choices: &mut Choices<'_>) -> (Vec<u8>, Vec<u8>, bool) {
    let (mut sent, mut heard, mut open) = (Vec::new(), Vec::new(), None::<String>);
    let mut hear = |message: &str| heard.extend(message.replace('\n', " ").bytes().chain([b'\n']));
    while !choices.is_over() {
        let text = words(choices);
        match choices.below(16) {
            // A message, whole or begun.
            kind @ 0..6 if open.is_none() => {
                let whole = kind < 4;
                sent.extend(frame(if whole { 0x81 } else { 0x01 }, text.as_bytes()));
                if whole { hear(&text) } else { open = Some(text) }
            }
            // What goes on with one.
            kind @ 0..6 => {
                let whole = kind < 3;
                sent.extend(frame(if whole { 0x80 } else { 0x00 }, text.as_bytes()));
                let message = open.take().unwrap_or_default() + &text;
                if whole { hear(&message) } else { open = Some(message) }
            }
            kind @ 6..9 => sent
                .extend(frame(if kind == 6 { 0x8A } else { 0x89 }, &text.as_bytes()[..text.len().min(125)])),
            kind => {
                match kind {
                    9 => sent.extend(frame(0x88, &[])),
                    10 => sent.extend(frame(0x82, text.as_bytes())),
                    // A message within a message, or one that goes on with none.
                    11 => sent.extend(frame(if open.is_some() { 0x81 } else { 0x80 }, text.as_bytes())),
                    // Bits that are kept for extensions; opcodes that mean nothing.
                    12 => sent.extend(frame(choices.one(&[0xC1, 0xA1, 0x91, 0x83, 0x8B]), text.as_bytes())),
                    // Without a mask.
                    13 => sent.extend([0x81, 2, b'h', b'i']),
                    // Longer than any may be.
                    14 => sent.extend([0x81, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]),
                    // No UTF-8.
                    _ if open.is_none() => sent.extend(frame(0x81, b"a\xFFb")),
                    // Anything.
                    _ => {
                        sent.extend(choices.raw());
                        return (sent, heard, false);
                    }
                }
                // What comes after is not heard any more.
                sent.extend(frame(0x81, b"and on"));
                return (sent, heard, true);
            }
        }
    }
    (sent, heard, true)
}

#[test]
fn what_is_heard_of_a_websocket_is_its_messages_up_to_the_first_that_is_wrong() {
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let (mut said, greeted) = greeting(&mut choices);
        let (sent, expected, is_all) = frames(&mut choices);
        said.extend(sent);
        let heard = heard(&said);
        match (greeted, heard) {
            (Greeted::Somehow, _) | (Greeted::Wrongly, None) => {}
            (Greeted::Wrongly, Some(_)) => panic!("it is let in: {:?}", String::from_utf8_lossy(&said)),
            (Greeted::Rightly, None) => panic!("it is not let in: {:?}", String::from_utf8_lossy(&said)),
            (Greeted::Rightly, Some(heard)) if is_all => assert_eq!(heard, expected, "{said:x?}"),
            (Greeted::Rightly, Some(heard)) => assert!(heard.starts_with(&expected), "{said:x?}"),
        }
    });
}
