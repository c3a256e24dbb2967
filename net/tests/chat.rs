//! `sala chat` as a person has it in a terminal, from the line that is pasted to the word at the end.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(clippy::disallowed_methods, reason = "no loop runs here that could be blocked")]

mod common;

use common::person::Person;
use common::{Folder, start};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A terminal of its own for a program, and somebody at it: he waits until it shows a word, and presses keys. A window is drawn
/// by what has changed, blanks left out, so that no more than a word can be waited for.
const TERMINAL: &str = r#"
import fcntl, os, pty, signal, struct, sys, termios
signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"it showed {said!r}"))
signal.alarm(20)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:sys.argv.index("--")])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
steps = sys.argv[sys.argv.index("--") + 1:]
said = b""
for shows, types in zip(steps[::2], steps[1::2]):
    while shows.encode() not in said:
        said += os.read(terminal, 4096)
    said = b""
    os.write(terminal, types.encode())
try:
    while part := os.read(terminal, 4096):
        said += part
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

/// That program in a terminal, with somebody who presses these keys.
fn at_a_terminal(sala: &Command, steps: &[(&str, &str)]) -> Command {
    let mut python = Command::new("python3");
    python.args(["-c", TERMINAL]).arg(sala.get_program()).args(sala.get_args()).arg("--");
    python.args(steps.iter().flat_map(|(shows, types)| [shows, types]));
    python.envs(sala.get_envs().filter_map(|(name, value)| Some((name, value?))));
    python.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    python
}

#[test]
fn who_pastes_a_link_is_asked_for_a_name_and_is_told_when_he_is_erased() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    ana.does("room private vault what is kept", "");
    let link = ana.does("room link vault", "")[0]["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{address}/")), "{link}");

    let cyn = Person::at(&folder, address, "cyn", "phone");
    let steps = [("Your name here: ", "cyn\r"), ("kept", "/account delete\r"), ("erased", "cyn\r")];
    let mut python = at_a_terminal(&cyn.command(&["chat", "--link", &link]), &steps);
    // The address is in the link, and nobody has said who he is.
    python.env_remove("SALA_SERVER").env_remove("SALA_NAME");
    let ended = python.output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{out}{error}");
    assert!(
        out.trim_end()
            .ends_with("cyn is erased, with all that he said; nobody can take the name for 30 days"),
        "{out}"
    );
    let members = ana.does("room members vault", "");
    assert_eq!(members.len(), 1, "he was in it by the link, and is no more: {members:?}");
    let history = ana.runs(&["history", "--room", "vault"], "").out;
    assert!(history.contains(" joined\n") && history.contains(" left\n"), "{history}");
}

#[test]
fn what_was_written_by_one_who_was_shut_out_is_said_once_he_has_signed_in_again() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let phone = Person::at(&folder, address, "ana", "phone");
    phone.does("account register", "a fine password\n");
    let desk = Person::at(&folder, address, "ana", "desk");
    desk.does("account sign-in", "a fine password\n");
    let steps = [
        ("lobby", "ready\r"),
        ("Password", "\u{1b}"),
        (">", "meanwhile\r"),
        ("meanwhile", "/sign-in ana\r"),
        ("Password", "a fine password\r"),
        ("GOODBYE", "/quit\r"),
    ];
    let chat = at_a_terminal(&desk.command(&["chat"]), &steps).spawn().unwrap();
    let said = |text: &str| {
        let history = phone.runs(&["history", "--room", "lobby"], "").out;
        history.lines().filter(|line| line.ends_with(text)).count()
    };
    wait_for(|| said("ready") == 1);
    phone.does("account revoke all", "");
    wait_for(|| said("meanwhile") > 0);
    phone.runs(&["post", "--room", "lobby", "GOODBYE"], "");
    let ended = chat.wait_with_output().unwrap();
    let (out, error) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{out}{error}");
    assert_eq!(said("meanwhile"), 1, "it came once");
}

/// Looks again until it is so; what never comes to be so ends with the terminal's own alarm.
fn wait_for(mut is_so: impl FnMut() -> bool) {
    for _ in 0..100 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it never came to be so");
}
