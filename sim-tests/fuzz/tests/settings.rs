//! Files of settings that are almost right: each is taken or refused with its name, and nothing breaks.

use sala_fuzz::{Choices, spoilt};
use sala_net::config::{ConfigFile, DEFAULT_FILE};

#[test]
fn a_file_of_settings_is_taken_or_refused() {
    let path = std::env::temp_dir().join(format!("sala-fuzz-{}.toml", std::process::id()));
    let lines: Vec<&str> = DEFAULT_FILE.lines().filter(|line| !line.is_empty()).collect();
    bolero::check!().for_each(|bytes: &[u8]| {
        let mut choices = Choices::new(bytes);
        let mut text = Vec::new();
        for _ in 0..choices.below(12) {
            let line = choices.one(&lines).trim_start_matches("# ");
            text.extend(spoilt(line, &mut choices));
            text.push(b'\n');
        }
        std::fs::write(&path, &text).expect("there is room");
        if let Err(error) = ConfigFile::read(&path) {
            assert!(error.to_string().contains("sala-fuzz-"), "{error}");
        }
    });
    std::fs::remove_file(&path).ok();
}
