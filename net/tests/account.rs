//! The life of an account in the words of scripts, with the real programs.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(clippy::disallowed_methods, reason = "the clock of these tests is the real one")]
#![expect(clippy::disallowed_types, reason = "a test stands between two real programs")]

mod common;

use common::person::Person;
use common::{Folder, start};
use sala_core::time::Wall;
use sala_core::totp;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const PASSWORD: &str = "a fine password\n";
const BETTER: &str = "a better password\n";

/// The files that let somebody in, by the ends of their names.
fn tokens(home: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".lock")).collect();
    names.sort();
    names
}

/// The only folder of a home: that of the server.
fn folder_in(home: &Path) -> std::path::PathBuf {
    let mut paths = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    paths.find(|path| path.is_dir()).unwrap()
}

#[test]
fn an_account_from_its_beginning_to_its_end() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    let weak = ana.runs(&["account", "register"], "password\n");
    assert!(weak.code == Some(1) && weak.error.contains("commonest"), "{weak:?}");

    assert_eq!(ana.does("account register", PASSWORD)[0]["account"], true);
    assert_eq!(tokens(&ana.home), ["ana+1.token", "ana+2.token", "ana+3.token", "ana+4.token"]);
    let file = folder_in(&ana.home).join("ana+1.token");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);

    // Two programs at once, as a guest can: one holds its slot for as long as it tails.
    let mut tail = common::Running(ana.command(&["tail", "--from", "1", "--json"]).spawn().unwrap());
    let mut lines = BufReader::new(tail.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("created"));
    assert_eq!(ana.does("account me", "")[0]["account"], true);

    // As many as it is signed in for, and no more; another sign-in makes room for one.
    let more = [(); 3].map(|()| {
        let mut tail = common::Running(ana.command(&["tail", "--from", "1"]).spawn().unwrap());
        let mut lines = BufReader::new(tail.0.stdout.take().unwrap()).lines();
        lines.next().unwrap().unwrap();
        // Who reads no more ends the program.
        (tail, lines)
    });
    let crowded = ana.is_refused("account me", "", "name_taken");
    assert!(crowded.error.contains("end one, or sign in for another"), "{crowded:?}");
    drop(more);

    // A second computer needs the password, and its own tokens do not touch the first one's.
    let phone = Person::at(&folder, address, "ana", "phone");
    let taken = phone.is_refused("account me", "", "name_taken");
    assert!(taken.error.contains("sala account sign-in"), "{taken:?}");
    phone.is_refused("account sign-in", "a wrong password\n", "wrong_password");
    phone.does("account sign-in", PASSWORD);
    assert_eq!(ana.does("account me", "")[0]["name"], "ana");
    let devices = phone.does("account devices", "");
    assert_eq!(devices.len(), 8, "{devices:?}");

    // Shut out, the second one's programs come in as another of its devices, until none is left; then it says what to do.
    let its = devices.iter().filter(|row| row["this"] == true || row["here"] == false);
    let its: Vec<String> = its.map(|row| row["device"].to_string()).collect();
    assert_eq!(ana.does(&format!("account revoke {}", its[its.len() - 4]), "")[0]["t"], "done");
    assert_eq!(phone.does("account me", "")[0]["account"], true);
    its.iter().rev().take(3).for_each(|device| drop(ana.does(&format!("account revoke {device}"), "")));
    let shut_out = phone.is_refused("account me", "", "name_taken");
    assert!(shut_out.error.contains("not signed in any more: sala account sign-in"), "{shut_out:?}");
    ana.is_refused("account revoke 999999", "", "not_there");

    // A new password ends all other devices, and this computer's programs keep working.
    ana.is_refused("account password", &format!("{BETTER}{BETTER}"), "wrong_password");
    ana.does("account password", &format!("{PASSWORD}{BETTER}"));
    assert!(
        lines.all(|line| line.is_ok()) && tail.0.wait().unwrap().code() == Some(3),
        "what ran was shut out"
    );
    // The slot of what was shut out is signed in again as well, if it had ended by then.
    assert!(matches!(ana.does("account devices", "").len(), 3 | 4));
    phone.is_refused("account sign-in", PASSWORD, "wrong_password");

    // Gone, and nothing is left that would let anybody in.
    ana.is_refused("account delete --yes", PASSWORD, "wrong_password");
    ana.does("account delete --yes", BETTER);
    assert_eq!(tokens(&ana.home), [""; 0]);
    ana.is_refused("account sign-in", BETTER, "wrong_password");
}

#[test]
fn a_further_computer_shuts_out_no_other() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let computers: Vec<Person> =
        (1..=6).map(|number| Person::at(&folder, address, "ana", &format!("computer-{number}"))).collect();
    computers[0].does("account register", PASSWORD);
    computers[1..].iter().for_each(|computer| drop(computer.does("account sign-in", PASSWORD)));
    for computer in &computers {
        assert_eq!(computer.does("account me", "")[0]["account"], true, "{}", computer.home.display());
        let left = tokens(&computer.home);
        assert!(left.iter().all(|name| name.ends_with(".token")), "nothing that is no good: {left:?}");
    }
    assert_eq!(computers[0].does("account devices", "").len(), 4 + 4 + 4);
    // What is refused leaves nothing that would be tried first the next time.
    computers[5].is_refused("account sign-in", "a wrong password\n", "wrong_password");
    assert_eq!(tokens(&computers[5].home), ["ana+1.token"]);
}

/// Whoever signs in from the same folder again is the same devices again.
#[test]
fn a_list_of_devices_says_which_computer_each_is_and_grows_no_longer_by_itself() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    let phone = Person::at(&folder, address, "ana", "phone");
    ana.runs(&["post", "hello"], "");
    ana.does("account register", PASSWORD);
    phone.does("account sign-in", PASSWORD);
    let labels = || -> Vec<String> {
        let rows = ana.does("account devices", "");
        rows.iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
    };
    let before = labels();
    let computers: std::collections::BTreeSet<&str> =
        before.iter().map(|label| label.rsplit_once(' ').unwrap().0).collect();
    assert!(before.len() == 8 && computers.len() == 2, "{before:?}");
    ana.does("account revoke all", "");
    phone.is_refused("account me", "", "name_taken");
    ana.does("account sign-in", PASSWORD);
    phone.does("account sign-in", PASSWORD);
    let (mut before, mut after) = (before, labels());
    before.sort();
    after.sort();
    assert_eq!(before, after);
    let rows = ana.runs(&["account", "devices"], "").out;
    let shown = |words: &str| rows.lines().filter(|row| row.contains(words)).count();
    assert_eq!((shown("this one"), shown(" last used 20"), shown(", program 1 ")), (1, 7, 2), "{rows}");
}

#[test]
fn a_guest_becomes_an_account_and_keeps_his_rooms() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let bob = Person::new(&folder, address, "bob");
    bob.runs(&["post", "hello"], "");
    assert_eq!(tokens(&bob.home), ["bob.token"]);
    assert_eq!(bob.does("account me", "")[0]["account"], false);
    bob.does("account register", PASSWORD);
    assert_eq!(tokens(&bob.home), ["bob+1.token", "bob+2.token", "bob+3.token", "bob+4.token"]);
    let rooms = bob.does("rooms", "");
    assert!(rooms.iter().any(|row| row["room"] == "lobby" && row["joined"] == true), "{rooms:?}");
    bob.is_refused("account register", PASSWORD, "not_allowed");
    assert_eq!(bob.does("account me", "")[0]["account"], true);

    // What is kept for one name is never taken for what is kept for another that looks like its file.
    let other = Person::new(&folder, address, "bob.1");
    other.runs(&["post", "hello"], "");
    assert_eq!(bob.does("account me", "")[0]["name"], "bob");
    assert_eq!(other.does("account me", "")[0]["name"], "bob.1");
}

#[test]
fn one_time_codes() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    ana.does("account register", PASSWORD);
    let mut child = common::Running(ana.command(&["account", "totp", "on", "--json"]).spawn().unwrap());
    let mut input = child.0.stdin.take().unwrap();
    input.write_all(PASSWORD.as_bytes()).unwrap();
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let shown: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(shown["uri"].as_str().unwrap().starts_with("otpauth://totp/Sala:ana%40127.0.0.1"), "{shown}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let secret = shown["secret"].as_str().unwrap();
    let code = totp::code_at(secret, Wall(u64::try_from(now).unwrap())).unwrap();
    writeln!(input, "{code}").unwrap();
    assert!(child.0.wait().unwrap().success());

    let phone = Person::at(&folder, address, "ana", "phone");
    let recovery = shown["recovery"][0].as_str().unwrap();
    phone.is_refused("account sign-in", &format!("{PASSWORD}000000\n"), "wrong_code");
    phone.does("account sign-in", &format!("{PASSWORD}{recovery}\n"));
    phone.is_refused("account sign-in", &format!("{PASSWORD}{recovery}\n"), "wrong_code");
    let me = &ana.does("account me", "")[0];
    assert!(me["totp"] == true && me["recovery"] == 7, "{me}");
    ana.does("account totp off", PASSWORD);
    assert_eq!(ana.does("account me", "")[0]["totp"], false);
}

/// What a program leaves that is killed at any of its steps must let its person in again.
#[test]
fn a_program_that_ends_between_asking_and_answer_locks_nobody_out() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    ana.does("account register", PASSWORD);
    let files = folder_in(&ana.home);
    let file = |kind: &str| files.join(format!("ana+1.{kind}"));

    // The server has made the account, and the answer was not heard: by itself, and when it is asked for again.
    std::fs::rename(file("token"), file("next")).unwrap();
    assert_eq!(ana.does("account me", "")[0]["account"], true);
    assert!(file("token").exists() && !file("next").exists());
    std::fs::rename(file("token"), file("next")).unwrap();
    assert_eq!(ana.does("account register", PASSWORD)[0]["account"], true);
    assert!(file("token").exists() && !file("next").exists());

    // It was asked to sign in, and the server has not heard of it: the old token is good.
    std::fs::write(file("next"), format!("{}\nelsewhere\n", "n".repeat(43))).unwrap();
    assert_eq!(ana.does("account me", "")[0]["account"], true);

    // Signed in, and the answer was not heard: the old token is dead, the new one takes its place.
    let good = std::fs::read(file("token")).unwrap();
    std::fs::write(file("next"), &good).unwrap();
    std::fs::write(file("token"), format!("{}\nterminal 1\n", "o".repeat(43))).unwrap();
    assert_eq!(ana.does("account me", "")[0]["account"], true);
    assert!(std::fs::read(file("token")).unwrap() == good && !file("next").exists());

    // Signing in came to nothing, which was not heard: what another program was signed in for lets him in.
    std::fs::write(file("next"), format!("{}\nlaptop\n", "s".repeat(43))).unwrap();
    std::fs::remove_file(file("token")).unwrap();
    assert_eq!(ana.does("account me", "")[0]["account"], true);
    assert!(!file("next").exists());

    // A guest was about to have an account, and the server has heard of it or not.
    let bob = Person::new(&folder, address, "bob");
    bob.runs(&["post", "hello"], "");
    let file = |kind: &str| files.join(format!("bob{kind}"));
    std::fs::write(file("+1.next"), format!("{}\nterminal 1\n", "b".repeat(43))).unwrap();
    assert_eq!(bob.does("account me", "")[0]["account"], false);
    let guest = std::fs::read(file(".token")).unwrap();
    assert_eq!(bob.does("account register", PASSWORD)[0]["account"], true);
    let own = std::fs::read_to_string(file("+1.token")).unwrap();
    assert!(own.starts_with(&"b".repeat(43)), "what was drawn is asked for again: {own}");
    std::fs::rename(file("+1.token"), file("+1.next")).unwrap();
    std::fs::write(file(".token"), guest).unwrap();
    assert_eq!(bob.does("account me", "")[0]["account"], true);
    assert!(file("+1.token").exists() && !file("+1.next").exists() && !file(".token").exists());

    // An account was to be made, and the server has never heard of it: the name is a guest's by the same token.
    std::fs::write(files.join("cyn+1.next"), format!("{}\nlaptop\n", "c".repeat(43))).unwrap();
    let cyn = Person::new(&folder, address, "cyn");
    assert_eq!(cyn.does("account me", "")[0]["account"], false);
    assert_eq!(cyn.does("account me", "")[0]["account"], false);
    assert!(files.join("cyn.token").exists());
}

/// Two programs wait for the server: the one holds what an attempt before has drawn, the other has drawn a guest's token.
#[test]
fn the_token_that_the_server_took_is_the_one_that_stays() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let cyn = Person::new(&folder, door.local_addr().unwrap(), "cyn");
    let files = cyn.home.join(door.local_addr().unwrap().to_string().replace(':', "_3a_"));
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("cyn+1.next"), format!("{}\nlaptop\n", "c".repeat(43))).unwrap();
    let mut tail = common::Running(cyn.command(&["tail", "--from", "1", "--count", "1"]).spawn().unwrap());
    // It has its slot by now, and is not let in before the other has drawn.
    let (near, _) = door.accept().unwrap();
    std::fs::write(files.join("cyn.token"), format!("{}\n", "d".repeat(43))).unwrap();
    let far = TcpStream::connect(address).unwrap();
    for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
        std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    }
    assert!(tail.0.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(files.join("cyn.token")).unwrap().trim(), "c".repeat(43));
    assert!(!files.join("cyn+1.next").exists());
}

#[test]
fn a_registration_killed_at_any_moment_can_be_done_again() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    for moment in [".lock", ".1.lock", "+1.next", "+1.token", "+2.next"] {
        let name = format!("p{}", moment.replace(['.', '+'], ""));
        let person = Person::new(&folder, address, &name);
        let mut child = common::Running(person.command(&["account", "register"]).spawn().unwrap());
        child.0.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        let files = person.home.join(address.to_string().replace(':', "_3a_"));
        // Killed as soon as it has come so far; the first of them never comes, so that one is killed at once.
        // What is there for a moment only may be missed, and then it has ended by itself.
        let come = || moment == ".lock" || files.join(format!("{name}{moment}")).exists();
        while !come() && child.0.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        drop(child);
        let ended = person.runs(&["account", "register"], PASSWORD);
        assert!(ended.code == Some(0) || ended.error.contains("(not_allowed)"), "{moment}: {ended:?}");
        assert_eq!(person.does("account me", "")[0]["account"], true, "{moment}");
    }
}

/// Ends a program while it hides what is typed, in a terminal of its own.
const ENDS_HIDDEN: &str = r#"
import os, pty, signal, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shows = lambda: termios.tcgetattr(terminal)[3] & termios.ECHO
said = b""
while b"Password of ana: " not in said:
    said += os.read(terminal, 1024)
while shows():
    pass
os.kill(pid, signal.SIGTERM)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 143, status
assert shows()
"#;

#[test]
fn a_terminal_shows_again_what_is_typed_when_a_question_is_ended() {
    let folder = Folder::new();
    let ana = Person::new(&folder, ([127, 0, 0, 1], 1).into(), "ana");
    let sala = ana.command(&["account", "sign-in"]);
    let mut python = std::process::Command::new("python3");
    python.args(["-c", ENDS_HIDDEN]).arg(sala.get_program()).args(sala.get_args());
    python.envs(sala.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ended = python.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn an_administrator_lets_somebody_in_who_lost_his_password() {
    let folder = Folder::new();
    let (mut server, address) = start(folder.server("127.0.0.1:0"));
    let mut said = BufReader::new(server.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let code =
        said.find_map(|line| Some(line.strip_prefix("and this code, which is good once: ")?.to_owned()));
    let code = format!("{}\n", code.unwrap());
    let (ana, bob) = (Person::new(&folder, address, "ana"), Person::new(&folder, address, "bob"));
    ana.is_refused("admin claim", &code, "account_only");
    ana.does("account register", PASSWORD);
    bob.does("account register", PASSWORD);
    bob.is_refused("admin settings guests off", "", "not_allowed");
    ana.does("admin claim", &code);
    bob.is_refused("admin claim", &code, "wrong_code");

    let reset = ana.does("admin reset bob", "")[0]["code"].as_str().unwrap().to_owned();
    let phone = Person::at(&folder, address, "bob", "phone");
    phone.is_refused("account recover", &format!("xxxx-xxxx-xxxx-xxxx\n{BETTER}"), "wrong_code");
    phone.does("account recover", &format!("{reset}\n{BETTER}"));
    assert_eq!(phone.does("account me", "")[0]["account"], true);
    bob.is_refused("account me", "", "name_taken");
    bob.does("account sign-in", BETTER);

    ana.does("admin settings guests off", "");
    let cyn = Person::new(&folder, address, "cyn");
    let closed = cyn.is_refused("account me", "", "guests_closed");
    assert!(closed.error.contains("sala account register"), "{closed:?}");
    ana.does("admin settings registration off", "");
    cyn.is_refused("account register", PASSWORD, "registration_closed");
    ana.does("admin settings registration invitation", "");
    cyn.is_refused("account register", &format!("{PASSWORD}xxxx-xxxx-xxxx-xxxx"), "bad_invitation");
    bob.is_refused("friends invite", "", "not_allowed");
    let code = ana.does("friends invite 2d", "")[0]["code"].as_str().unwrap().to_owned();
    assert_eq!(ana.does("friends invitations", "").len(), 1);
    cyn.does("account register", &format!("{PASSWORD}{code}"));
    assert_eq!(ana.does("friends invitations", "").len(), 0);
    ana.does("friends invite", "");
    ana.does("friends uninvite 2", "");
    assert_eq!(ana.does("friends invitations", "").len(), 0);
    ana.does("admin settings registration on", "");

    ana.does("admin ban bob 1d too loud", "");
    let bans = ana.does("admin bans", "");
    assert!(bans.len() == 1 && bans[0]["whom"] == "bob" && bans[0]["reason"] == "too loud", "{bans:?}");
    let banned = bob.is_refused("account me", "", "banned");
    assert!(banned.error.contains("too loud"), "{banned:?}");
    ana.does("admin unban bob", "");
    bob.does("account me", "");
    ana.does("admin ban 203.0.113.0/24", "");
    ana.does("admin unban 203.0.113.0/24", "");
    ana.does("admin appoint bob", "");
    bob.does("room private vault", "");
    assert!(ana.does("admin rooms", "").iter().any(|row| row["title"] == "vault"));
    let wrong = ana.runs(&["admin", "settings", "doors", "off"], "");
    assert!(wrong.code == Some(2) && wrong.error.contains("none of registration, guests"), "{wrong:?}");
}
