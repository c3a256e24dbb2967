//! What the devices of this computer are called: by its name, by letters that no other computer has, and by a number for
//! each program that runs at the same time.

use super::error::{ProfileError, disk};
use super::secret::letters;
use rand::rngs::StdRng;
use sala_core::limits::{DEVICE_LABEL_CHARS_MAX, DEVICES_MAX};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

/// The file that says what this computer is called. No server's folder can be called so: in their names an underscore is
/// written as a code point.
const COMPUTER: &str = "this_computer";
/// Characters of the computer's name in the label of a device.
const HOST_CHARS_MAX: usize = 24;
/// Letters that tell two computers of one name apart: a device that signs in under a label takes the place of the one
/// that had it.
const MARK_CHARS: usize = 4;
/// What a device of a program before this one was called, whose guest had no name for his computer.
const FORMER: &str = "terminal";

/// What stands in the label of the window in the place of a number.
const WINDOW: &str = "window";
/// Characters of the computer's name in the label of its window.
const WINDOW_HOST_CHARS_MAX: usize = DEVICE_LABEL_CHARS_MAX - 2 - MARK_CHARS - WINDOW.len();

const _: () = assert!(HOST_CHARS_MAX + 1 + MARK_CHARS + 1 + 2 <= DEVICE_LABEL_CHARS_MAX);
const _: () = assert!(DEVICES_MAX < 100, "a slot has two digits at most");

/// A label, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The computer, with its letters.
    pub computer: &'a str,
    /// Which of its programs.
    pub slot: usize,
}

/// What a device of this computer is called.
pub(super) fn label(computer: &str, slot: usize) -> String {
    format!("{computer} {slot}")
}

/// What the device of this computer's window is called. A long name of the computer is cut, and its letters are not.
pub(super) fn window_label(computer: &str) -> String {
    let (host, mark) = computer.rsplit_once(' ').unwrap_or(("", computer));
    let host: String = host.chars().take(WINDOW_HOST_CHARS_MAX).collect();
    format!("{} {mark} {WINDOW}", host.trim_end())
}

/// What a guest's device is called whose token was drawn before computers had names.
#[must_use]
pub fn former(slot: usize) -> String {
    format!("{FORMER} {slot}")
}

/// The parts of a label that a program like this one has made; `None` of most others.
#[must_use]
pub fn parts(label: &str) -> Option<Parts<'_>> {
    let (computer, slot) = label.rsplit_once(' ')?;
    let slot = slot.parse().ok().filter(|slot| (1..=DEVICES_MAX).contains(slot))?;
    let marked = computer.rsplit_once(' ').is_some_and(|(_, mark)| mark.len() == MARK_CHARS);
    (marked || computer == FORMER).then_some(Parts { computer, slot })
}

/// What this computer is called, which is drawn once: whoever signs in from the same folder again takes the place of
/// what he was there, and leaves no device behind that nobody uses.
pub(super) fn computer(home: &Path, random: &mut StdRng) -> Result<String, ProfileError> {
    let path = home.join(COMPUTER);
    for _ in 0..3 {
        if let Some(name) = read(&path)? {
            return Ok(name);
        }
        let draft = path.with_extension(format!("{}.new", letters(8, random)));
        fs::write(&draft, drawn(random)).map_err(disk("write", &draft))?;
        // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).ok();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(disk("write", &path)(error));
            }
            _ => {}
        }
    }
    Err(ProfileError::NoComputer(path))
}

fn read(path: &Path) -> Result<Option<String>, ProfileError> {
    let mut text = String::new();
    let most = DEVICE_LABEL_CHARS_MAX as u64;
    match File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk("read", path)(error)),
    }
    let name = text.trim_end();
    let good = parts(&label(name, 1)).is_some()
        && name.len() <= HOST_CHARS_MAX + 1 + MARK_CHARS
        && name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !good {
        return Err(ProfileError::NoComputer(path.to_owned()));
    }
    Ok(Some(name.to_owned()))
}

fn drawn(random: &mut StdRng) -> String {
    let host =
        fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname"));
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let host: String = host.unwrap_or_default().chars().filter(plain).take(HOST_CHARS_MAX).collect();
    let host = if host.is_empty() { "computer".to_owned() } else { host };
    let mark = letters(MARK_CHARS, random).to_lowercase().replace(['-', '_'], "x");
    format!("{host} {mark}\n")
}

#[cfg(test)]
mod tests {
    use super::{DEVICE_LABEL_CHARS_MAX, Parts, former, label, parts, window_label};

    #[test]
    fn a_label_says_which_computer_and_which_of_its_programs() {
        let made = label("laptop k3f9", 2);
        assert_eq!(parts(&made), Some(Parts { computer: "laptop k3f9", slot: 2 }));
        let made = former(1);
        assert_eq!(parts(&made), Some(Parts { computer: "terminal", slot: 1 }));
        for other in ["", "phone", "laptop k3f9", "my laptop 2", "laptop k3f9 17", "laptop k3f9 0"] {
            assert_eq!(parts(other), None, "{other}");
        }
        assert_eq!(window_label("laptop k3f9"), "laptop k3f9 window");
        let long = window_label("a-name-of-24-characters- k3f9");
        assert_eq!(long, "a-name-of-24-charact k3f9 window");
        assert_eq!((long.len(), parts(&long)), (DEVICE_LABEL_CHARS_MAX, None));
    }
}
