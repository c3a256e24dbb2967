//! What a profile keeps, and what becomes of it when files are damaged or two windows want the same.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::name::Name;
use sala_gui::{InUse, Profile, Recent, Settings, Theme};
use sala_net::profile::Held;
use std::fs;

fn random() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

#[test]
fn one_window_has_a_profile_at_a_time() {
    let folder = Folder::new();
    let first = Profile::claim(folder.path()).unwrap();
    let second = Profile::claim(folder.path()).unwrap_err();
    assert!(second.is::<InUse>(), "{second}");
    drop(first);
    Profile::claim(folder.path()).unwrap();
}

/// By what a window comes in as a guest.
fn guest(profile: &Profile, server: &str, called: &str, random: &mut StdRng) -> Held {
    profile.device(server, &name(called), random).unwrap().held(random).unwrap().0
}

#[test]
fn a_guests_token_is_drawn_once_and_told_to_nobody_else() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    let mut random = random();
    let first = guest(&profile, "a:1", "Ana", &mut random);
    assert_eq!(guest(&profile, "a:1", "ana", &mut random), first);
    assert_ne!(guest(&profile, "a:2", "ana", &mut random).token, first.token);
    let path = folder.path().join("a_3a_1/ana.token");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().next(), Some(first.token.reveal()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_guest_is_one_person_in_the_terminal_and_in_the_window() {
    let folder = Folder::new();
    let mut random = random();
    let terminal =
        sala_net::profile::Profile::claim(folder.path(), "a:1", &name("ana"), &mut random).unwrap();
    let (there, _) = terminal.held(&mut random).unwrap();
    let here = guest(&Profile::claim(folder.path()).unwrap(), "a:1", "ana", &mut random);
    assert_eq!(here.token, there.token);
    assert_ne!(here.device, there.device, "they are two devices");
    assert!(here.device.ends_with(" window"), "{}", here.device);
    // A token that was drawn before computers had names is taken as well.
    fs::write(folder.path().join("a_3a_1/bo.token"), format!("{:-<43}\n", "")).unwrap();
    drop(terminal);
    let old = guest(&Profile::claim(folder.path()).unwrap(), "a:1", "bo", &mut random);
    assert_eq!((old.token.reveal().len(), old.device), (43, here.device));
}

#[test]
fn a_token_that_is_none_is_not_overwritten() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    let path = folder.path().join("a_3a_1/ana.token");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "short").unwrap();
    assert!(profile.device("a:1", &name("ana"), &mut random()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "short");
}

#[test]
fn a_device_is_called_the_same_for_ever_and_never_like_another() {
    let (folder, other) = (Folder::new(), Folder::new());
    let mut random = random();
    let profile = Profile::claim(folder.path()).unwrap();
    let device = guest(&profile, "a:1", "ana", &mut random).device;
    assert_eq!(guest(&profile, "a:2", "bo", &mut random).device, device);
    let there = Profile::claim(other.path()).unwrap();
    assert_ne!(guest(&there, "a:1", "ana", &mut random).device, device);
    assert!(device.len() <= sala_core::limits::DEVICE_LABEL_CHARS_MAX);
}

#[test]
fn what_was_asked_for_when_the_program_ended_is_tried_with_what_was_good() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    let mut random = random();
    let device = || profile.device("a:1", &name("ana"), &mut StdRng::seed_from_u64(9)).unwrap();
    let first = device().prepare(&mut random).unwrap();
    // Whether it is good is not known: it is what one comes in by, and it is asked for again.
    assert!(device().is_known());
    assert_eq!(device().held(&mut random).unwrap(), (first.clone(), None));
    let again = device();
    assert_eq!(again.prepare(&mut random).unwrap(), first);
    again.came_in(true, true).unwrap();
    assert_eq!(device().held(&mut random).unwrap(), (first.clone(), None));
    let second = device().prepare(&mut random).unwrap();
    assert_eq!(device().held(&mut random).unwrap(), (first.clone(), Some(second)));
    // What is refused for good is forgotten, and what lets nobody in any more as well.
    device().closed("wrong_password").unwrap();
    assert_eq!(device().held(&mut random).unwrap(), (first, None));
    device().closed("revoked").unwrap();
    assert!(!device().is_known());
}

#[test]
fn settings_are_kept_and_unreadable_ones_put_aside() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    assert_eq!(profile.settings(), Settings::default());
    let mut settings = Settings { theme: Theme::Dark, text_scale: 1.2, ..Settings::default() };
    settings.remember(Recent { server: "a:1".to_owned(), name: "ana".to_owned(), account: true });
    settings.remember(Recent { server: "a:1".to_owned(), name: "bo".to_owned(), account: false });
    settings.remember(Recent { server: "a:1".to_owned(), name: "ana".to_owned(), account: true });
    assert_eq!(settings.recent.len(), 2);
    profile.keep_settings(&settings).unwrap();
    assert_eq!(profile.settings(), settings);
    fs::write(folder.path().join("desktop.toml"), "theme = 7").unwrap();
    assert_eq!(profile.settings(), Settings::default());
    assert_eq!(fs::read_to_string(folder.path().join("desktop.unreadable")).unwrap(), "theme = 7");
}
