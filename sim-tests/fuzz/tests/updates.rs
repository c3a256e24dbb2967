//! Updates that are almost right, as a hostile server sends them: each is passed over or read, and nothing breaks.

use sala_core::protocol::Update;
use sala_fuzz::{Choices, spoilt, updates};

#[test]
fn an_update_is_passed_over_or_is_written_as_it_was_read() {
    let updates = updates();
    assert!(updates.len() > 50, "PROTOCOL.md shows {} updates", updates.len());
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let line = spoilt(choices.one(&updates), &mut choices);
        for line in [&line[..], bytes] {
            let Ok(update) = Update::decode(line) else { continue };
            let written = update.encode();
            let again = Update::decode(&written).expect("what was written can be read");
            assert_eq!(again, update, "{}", String::from_utf8_lossy(&written));
        }
    });
}
