//! `sala chat` as a person has it in a terminal, from the line that is pasted to the word at the end.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::person::Person;
use common::{Folder, start};

/// A terminal of its own for a program, and somebody at it: he waits until it shows a word, and types. A window is drawn
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
    os.write(terminal, types.encode() + b"\r")
try:
    while part := os.read(terminal, 4096):
        said += part
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(status))
"#;

#[test]
fn who_pastes_a_link_is_asked_for_a_name_and_is_told_when_he_is_erased() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    ana.does("room private vault what is kept", "");
    let link = ana.does("room link vault", "")[0]["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{address}/")), "{link}");

    let cyn = Person::at(&folder, address, "cyn", "phone");
    let sala = cyn.command(&["chat", "--link", &link]);
    let mut python = std::process::Command::new("python3");
    python.args(["-c", TERMINAL]).arg(sala.get_program()).args(sala.get_args()).arg("--");
    for (shows, types) in [("Your name here: ", "cyn"), ("kept", "/account delete"), ("erased", "cyn")] {
        python.args([shows, types]);
    }
    python.envs(sala.get_envs().filter_map(|(name, value)| Some((name, value?))));
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
