//! Requests that are almost right: each is refused or read, and what is read is written as it was read.

use sala_core::protocol::parse;
use sala_fuzz::{Choices, requests, spoilt};

#[test]
fn a_request_is_refused_or_is_written_as_it_was_read() {
    let requests = requests();
    assert!(requests.len() > 100, "PROTOCOL.md shows {} requests", requests.len());
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let line = spoilt(choices.one(&requests), &mut choices);
        for line in [&line[..], bytes] {
            let Ok(envelope) = parse(line) else { continue };
            let written = envelope.encode();
            let again = parse(written.strip_suffix(b"\n").unwrap_or(&written));
            assert_eq!(again, Ok(envelope), "{}", String::from_utf8_lossy(&written));
        }
    });
}
