//! What a profile keeps, and what becomes of it when files are damaged or two windows want the same.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::name::Name;
use sala_gui::{InUse, Profile, Recent, Settings, Theme};
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

#[test]
fn a_guests_token_is_drawn_once_and_told_to_nobody_else() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    let mut random = random();
    let first = profile.guest_token("a:1", &name("Ana"), &mut random).unwrap();
    assert_eq!(profile.guest_token("a:1", &name("ana"), &mut random).unwrap(), first);
    assert_ne!(profile.guest_token("a:2", &name("ana"), &mut random).unwrap(), first);
    let path = folder.path().join("a_3a_1/ana.token");
    assert_eq!(fs::read_to_string(&path).unwrap().trim(), first.reveal());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_token_that_is_none_is_not_overwritten() {
    let folder = Folder::new();
    let profile = Profile::claim(folder.path()).unwrap();
    let path = folder.path().join("a_3a_1/ana.token");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "short").unwrap();
    assert!(profile.guest_token("a:1", &name("ana"), &mut random()).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "short");
}

#[test]
fn a_device_is_called_the_same_for_ever_and_never_like_another() {
    let (folder, other) = (Folder::new(), Folder::new());
    let mut random = random();
    let profile = Profile::claim(folder.path()).unwrap();
    let device = profile.device(&mut random).unwrap();
    assert_eq!(profile.device(&mut random).unwrap(), device);
    assert_ne!(Profile::claim(other.path()).unwrap().device(&mut random).unwrap(), device);
    assert!(device.len() <= sala_core::limits::DEVICE_LABEL_CHARS_MAX);
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
