//! Every way in which somebody may begin to speak TLS, tried with OpenSSL: which are taken, and which are refused.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "whoever talks to the real server from outside blocks on a real socket, in real time"
)]

mod common;
#[path = "outside/chance.rs"]
#[expect(dead_code, reason = "nothing is left to chance here")]
mod chance;

use chance::skipped;
use common::{Folder, start};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What comes of a handshake.
#[derive(Debug)]
enum Ends {
    /// The server says hello, over this version with this cipher.
    Taken(&'static str),
    /// The server refuses with this alert, by OpenSSL's name of it.
    Refused(&'static str),
}
use Ends::{Refused, Taken};

/// What OpenSSL is told, and what comes of it. Where it would itself refuse to offer something so weak, it is told not to mind.
const MATRIX: [(&str, Ends); 30] = [
    ("", Taken("TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384")),
    ("-tls1_3", Taken("TLSv1.3")),
    ("-tls1_2", Taken("TLSv1.2, Cipher is ECDHE-ECDSA-")),
    ("-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", Taken("TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256")),
    ("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", Taken("TLS_CHACHA20_POLY1305_SHA256")),
    ("-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", Refused("handshake failure")),
    (
        "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256",
        Taken("TLSv1.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
    ),
    (
        "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305",
        Taken("TLSv1.2, Cipher is ECDHE-ECDSA-CHACHA20-POLY1305"),
    ),
    // Older than 1.2.
    ("-tls1_1 -cipher DEFAULT:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1 -cipher DEFAULT:@SECLEVEL=0", Refused("handshake failure")),
    // No secrecy of what was said once the key is known; blocks of CBC; no encryption; nobody's certificate.
    ("-tls1_2 -cipher AES128-GCM-SHA256", Refused("handshake failure")),
    ("-tls1_2 -cipher AES128-SHA:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA", Refused("handshake failure")),
    ("-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA384", Refused("handshake failure")),
    ("-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", Refused("handshake failure")),
    ("-tls1_2 -cipher ECDHE-ECDSA-AES128-CCM8", Refused("handshake failure")),
    ("-tls1_2 -cipher NULL-SHA256:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1_2 -cipher ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1_2 -cipher ADH-AES256-GCM-SHA384:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1_2 -cipher AECDH-AES256-SHA:@SECLEVEL=0", Refused("handshake failure")),
    ("-tls1_2 -cipher PSK-AES128-GCM-SHA256 -psk 00112233", Refused("handshake failure")),
    ("-tls1_2 -cipher CAMELLIA128-SHA256", Refused("handshake failure")),
    // Weak groups and signatures.
    ("-tls1_3 -groups ffdhe2048", Refused("handshake failure")),
    ("-tls1_2 -groups secp521r1", Refused("handshake failure")),
    ("-tls1_3 -groups X25519", Taken("TLSv1.3")),
    ("-tls1_2 -sigalgs ECDSA+SHA1 -cipher DEFAULT:@SECLEVEL=0", Refused("handshake failure")),
    // By which name it is called, and what else could be spoken, is nothing to it: there is one server, and one protocol.
    ("-servername somebody.else.example", Taken("TLSv1.3")),
    ("-noservername", Taken("TLSv1.3")),
    ("-alpn h2,http/1.1", Taken("TLSv1.3")),
    // Nothing is compressed, whoever offers it.
    ("-tls1_2 -comp", Taken("Compression: NONE")),
];

#[test]
fn what_is_sound_is_taken_and_all_else_is_refused_by_the_server() {
    let version = Command::new("openssl").arg("version").output();
    let Some(version) = version.ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    else {
        return skipped("handshakes", "openssl cannot be run");
    };
    if !version.starts_with("OpenSSL 3.") {
        return skipped("handshakes", &format!("this is {version}, whose words are others"));
    }
    let folder = Folder::new();
    let mut server = folder.server("127.0.0.1:0");
    server.args(["--tls", "self"]);
    let (_server, address) = start(server);
    let mut wrong = Vec::new();
    for (told, ends) in MATRIX {
        let said = handshake(address, told);
        let is_greeted = said.contains("{\"t\":\"hello\"");
        let is_right = match ends {
            Taken(how) => is_greeted && said.contains(how),
            // That it is an alert which came says that the server refused, and not our own side.
            Refused(alert) => !is_greeted && said.to_lowercase().contains(&format!("alert {alert}")),
        };
        if !is_right {
            wrong.push(format!("`{told}` was to be {ends:?}:\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A session that is gone on with begins with a handshake that leaves no room for what was recorded before.
    let said = handshake(address, "-tls1_3");
    assert!(said.contains("Max Early Data: 0") || !said.contains("Max Early Data"), "{said}");
    // Whoever asks for another handshake in the middle of a connection is refused one.
    let said = handshake_and(address, "-tls1_2", b"R\n");
    assert!(said.contains("no renegotiation") || said.contains("NO_RENEGOTIATION"), "{said}");
}

/// The greetings of what no OpenSSL of today speaks any more, and of what is no TLS at all.
#[test]
fn what_is_older_than_tls_or_none_at_all_is_refused() {
    let folder = Folder::new();
    let mut server = folder.server("127.0.0.1:0");
    server.args(["--tls", "self"]);
    let (_server, address) = start(server);
    let hello_of = |major: u8, minor: u8| {
        let body = [&[major, minor][..], &[7; 32], &[0, 0, 2, 0x00, 0x2f, 1, 0]].concat();
        let length = u8::try_from(body.len()).unwrap();
        [&[22, major, minor, 0, length + 4, 1, 0, 0, length], &body[..]].concat()
    };
    let sslv2 = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x02\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06\x00\x40\x07\x00\xc0".to_vec();
    for (what, bytes) in [
        ("SSL 3.0", hello_of(3, 0)),
        ("TLS 1.0", hello_of(3, 1)),
        ("SSL 2.0", sslv2),
        ("plain lines", b"{\"do\":\"ping\"}\n".to_vec()),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: chat.example\r\n\r\n".to_vec()),
        ("STARTTLS", b"STARTTLS\r\n".to_vec()),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(&bytes).unwrap();
        let mut said = Vec::new();
        // It may also be hung up before all that was sent is read.
        stream.read_to_end(&mut said).ok();
        // An alert of TLS at most: 21, and two bytes, of which the first says that it is fatal.
        assert!(said.is_empty() || (said[0] == 21 && said[5] == 2 && said.len() == 7), "{what}: {said:?}");
    }
}

fn handshake(address: SocketAddr, told: &str) -> String {
    handshake_and(address, told, b"")
}

/// Has OpenSSL shake hands, and say something once it is greeted; gives all that it prints. What it says must not cross the
/// greeting: OpenSSL takes a line that meets another handshake of its own for an unexpected record, before the server refuses.
fn handshake_and(address: SocketAddr, told: &str, says: &[u8]) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address.to_string()]).args(told.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut said = Vec::new();
    let mut is_greeted = false;
    let (mut output, mut piece) = (child.stdout.take().unwrap(), [0; 4_096]);
    // Until the server's first line is whole, or there is nothing more to come.
    while let Ok(count @ 1..) = output.read(&mut piece) {
        said.extend_from_slice(&piece[..count]);
        // OpenSSL says much before, but no JSON.
        let begins = said.windows(6).position(|six| six == b"{\"t\":\"");
        if !is_greeted && begins.is_some_and(|at| said[at..].contains(&b'\n')) {
            if says.is_empty() {
                break;
            }
            is_greeted = true;
            input.write_all(says).ok();
        }
    }
    child.kill().ok();
    drop(input);
    let rest = child.wait_with_output().unwrap();
    let text = [said, rest.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}
