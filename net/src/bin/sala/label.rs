//! What the devices of this computer are called: by its name, by letters that no other computer has, and by a number for
//! each program that runs at the same time.

use crate::secret::letters;
use anyhow::{Context as _, bail};
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

const _: () = assert!(HOST_CHARS_MAX + 1 + MARK_CHARS + 1 + 2 <= DEVICE_LABEL_CHARS_MAX);
const _: () = assert!(DEVICES_MAX < 100, "a slot has two digits at most");

/// A label, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// The computer, with its letters.
    pub(crate) computer: &'a str,
    /// Which of its programs.
    pub(crate) slot: usize,
}

/// What a device of this computer is called.
pub(crate) fn label(computer: &str, slot: usize) -> String {
    format!("{computer} {slot}")
}

/// What a guest's device is called whose token was drawn before computers had names.
pub(crate) fn former(slot: usize) -> String {
    format!("{FORMER} {slot}")
}

/// The parts of a label that a program like this one has made; `None` of most others.
pub(crate) fn parts(label: &str) -> Option<Parts<'_>> {
    let (computer, slot) = label.rsplit_once(' ')?;
    let slot = slot.parse().ok().filter(|slot| (1..=DEVICES_MAX).contains(slot))?;
    let marked = computer.rsplit_once(' ').is_some_and(|(_, mark)| mark.len() == MARK_CHARS);
    (marked || computer == FORMER).then_some(Parts { computer, slot })
}

/// What this computer is called, which is drawn once: whoever signs in from the same folder again takes the place of
/// what he was there, and leaves no device behind that nobody uses.
pub(crate) fn computer(home: &Path, random: &mut StdRng) -> anyhow::Result<String> {
    let path = home.join(COMPUTER);
    for _ in 0..3 {
        if let Some(name) = read(&path)? {
            return Ok(name);
        }
        let draft = path.with_extension(format!("{}.new", letters(8, random)));
        fs::write(&draft, drawn(random)).with_context(|| format!("cannot write {}", draft.display()))?;
        // A link fails if the name is there, so the first one wins, and everybody reads what he wrote.
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).ok();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
            _ => {}
        }
    }
    bail!("{} is there and names no computer; remove it", path.display())
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let mut text = String::new();
    let most = DEVICE_LABEL_CHARS_MAX as u64;
    match File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let name = text.trim_end();
    let good = parts(&label(name, 1)).is_some()
        && name.len() <= HOST_CHARS_MAX + 1 + MARK_CHARS
        && name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !good {
        bail!("{} names no computer; remove it", path.display());
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
    use super::{Parts, former, label, parts};

    #[test]
    fn a_label_says_which_computer_and_which_of_its_programs() {
        let made = label("laptop k3f9", 2);
        assert_eq!(parts(&made), Some(Parts { computer: "laptop k3f9", slot: 2 }));
        let made = former(1);
        assert_eq!(parts(&made), Some(Parts { computer: "terminal", slot: 1 }));
        for other in ["", "phone", "laptop k3f9", "my laptop 2", "laptop k3f9 17", "laptop k3f9 0"] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}
