//! Tokens in the system's keyring, as a service that does what the Secret Service's specification says plays it.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]
#![expect(clippy::disallowed_types, reason = "what crosses the bus is a dictionary, whose order nobody sees")]

mod common;

use common::Folder;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::name::Name;
use sala_core::protocol::Secret;
use sala_gui::{Keyring, Profile};
use std::collections::HashMap as Dictionary;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use zbus::blocking::{Connection, connection::Builder};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Guid, ObjectServer, interface};

type Attributes = Dictionary<String, String>;
type OnBus = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// What the keyring holds: attributes and secret of each item.
type Items = Arc<Mutex<Vec<(Attributes, Vec<u8>)>>>;

fn path(text: &str) -> OwnedObjectPath {
    ObjectPath::try_from(text.to_owned()).unwrap().into()
}

fn item_path(index: usize) -> OwnedObjectPath {
    path(&format!("/org/freedesktop/secrets/collection/login/{index}"))
}

struct Service(Items);

#[interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    fn open_session(&self, algorithm: &str, _input: Value<'_>) -> (OwnedValue, OwnedObjectPath) {
        assert_eq!(algorithm, "plain");
        (OwnedValue::try_from(Value::from("")).unwrap(), path("/org/freedesktop/secrets/session/s1"))
    }

    fn read_alias(&self, name: &str) -> OwnedObjectPath {
        assert_eq!(name, "default");
        path("/org/freedesktop/secrets/collection/login")
    }

    #[expect(clippy::needless_pass_by_value, reason = "what comes over the bus is handed over")]
    fn search_items(&self, wanted: Attributes) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        let items = self.0.lock().unwrap();
        let fits = |held: &Attributes| wanted.iter().all(|(key, value)| held.get(key) == Some(value));
        let found = items.iter().enumerate().filter(|(_, (held, _))| fits(held));
        (found.map(|(index, _)| item_path(index)).collect(), Vec::new())
    }
}

struct Collection {
    items: Items,
    locked: bool,
}

#[interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self) -> bool {
        self.locked
    }

    async fn create_item(
        &self,
        properties: Dictionary<String, OwnedValue>,
        secret: OnBus,
        replace: bool,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> (OwnedObjectPath, OwnedObjectPath) {
        let attributes = properties["org.freedesktop.Secret.Item.Attributes"].try_clone().unwrap();
        let (attributes, secret) = (Attributes::try_from(attributes).unwrap(), secret.2);
        let index = {
            let mut items = self.items.lock().unwrap();
            match items.iter().position(|(held, _)| replace && *held == attributes) {
                Some(index) => {
                    items[index].1 = secret;
                    index
                }
                None => {
                    items.push((attributes, secret));
                    items.len() - 1
                }
            }
        };
        server.at(item_path(index), Item(Arc::clone(&self.items), index)).await.unwrap();
        (item_path(index), path("/"))
    }
}

struct Item(Items, usize);

#[interface(name = "org.freedesktop.Secret.Item")]
impl Item {
    #[zbus(property)]
    fn attributes(&self) -> Attributes {
        self.0.lock().unwrap()[self.1].0.clone()
    }

    fn get_secret(&self, session: OwnedObjectPath) -> (OnBus,) {
        let secret = self.0.lock().unwrap()[self.1].1.clone();
        ((session, Vec::new(), secret, "text/plain".to_owned()),)
    }
}

/// A service, and a connection to it.
fn service(items: &Items, locked: bool) -> (Connection, Connection) {
    let (here, there) = UnixStream::pair().unwrap();
    let items = Arc::clone(items);
    #[expect(clippy::disallowed_methods, reason = "the keyring is another program, in a thread's disguise")]
    let serving = std::thread::spawn(move || {
        let held = items.lock().unwrap().len();
        let collection = Collection { items: Arc::clone(&items), locked };
        let mut builder = Builder::async_io_unix_stream(there).server(Guid::generate()).unwrap().p2p();
        builder = builder.serve_at("/org/freedesktop/secrets", Service(Arc::clone(&items))).unwrap();
        builder = builder.serve_at("/org/freedesktop/secrets/collection/login", collection).unwrap();
        for index in 0..held {
            builder = builder.serve_at(item_path(index), Item(Arc::clone(&items), index)).unwrap();
        }
        builder.build().unwrap()
    });
    let connection = Builder::async_io_unix_stream(here).p2p().build().unwrap();
    (connection, serving.join().unwrap())
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

/// By what a window comes in as an account, if it has before.
fn known(profile: &Profile, server: &str, called: &str) -> Option<Secret> {
    let device = profile.device(server, &name(called), &mut random()).unwrap();
    device.is_known().then(|| device.held(&mut random()).unwrap().0.token)
}

/// A window signs in by a password; its token from then on.
fn sign_in(profile: &Profile, server: &str, called: &str, seed: u64) -> Secret {
    let device = profile.device(server, &name(called), &mut random()).unwrap();
    let held = device.prepare(&mut StdRng::seed_from_u64(seed)).unwrap();
    device.came_in(true, true).unwrap();
    held.token
}

fn random() -> StdRng {
    StdRng::seed_from_u64(7)
}

#[test]
fn a_token_is_in_the_keyring_and_in_no_file() {
    let (folder, items) = (Folder::new(), Items::default());
    let (second, third) = {
        let (connection, _service) = service(&items, false);
        let keyring = Keyring::on(connection, folder.path()).unwrap();
        let profile = Profile::claim(folder.path()).unwrap().with_keyring(keyring);
        assert_eq!(known(&profile, "a:1", "ana"), None);
        let first = sign_in(&profile, "a:1", "Ana", 1);
        let second = sign_in(&profile, "a:1", "ana", 2);
        assert_ne!(first, second);
        assert_eq!(known(&profile, "a:1", "ana"), Some(second.clone()));
        (second, sign_in(&profile, "a:2", "ana", 3))
    };
    assert_eq!(items.lock().unwrap().len(), 2, "the newer one is in place of the older");
    let files: Vec<_> = std::fs::read_dir(folder.path().join("a_3a_1")).unwrap().collect();
    assert!(files.is_empty(), "{files:?}");
    // The next start finds them; another profile has its own.
    let (connection, _service) = service(&items, false);
    let keyring = Keyring::on(connection, folder.path()).unwrap();
    let profile = Profile::claim(folder.path()).unwrap().with_keyring(keyring);
    assert_eq!(known(&profile, "a:1", "ana"), Some(second));
    assert_eq!(known(&profile, "a:2", "ana"), Some(third));
    let (other, (connection, _service)) = (Folder::new(), service(&items, false));
    let keyring = Keyring::on(connection, other.path()).unwrap();
    let profile = Profile::claim(other.path()).unwrap().with_keyring(keyring);
    assert_eq!(known(&profile, "a:1", "ana"), None);
}

#[test]
fn without_an_open_keyring_a_token_is_in_a_file_until_there_is_one() {
    let (folder, items) = (Folder::new(), Items::default());
    let (connection, _service) = service(&items, true);
    let keyring = Keyring::on(connection, folder.path()).unwrap();
    assert!(keyring.is_none(), "it is locked");
    let profile = Profile::claim(folder.path()).unwrap().with_keyring(keyring);
    let first = sign_in(&profile, "a:1", "ana", 1);
    let path = folder.path().join("a_3a_1/ana+window.token");
    assert!(path.exists());
    drop(profile);
    let (connection, _service) = service(&items, false);
    let keyring = Keyring::on(connection, folder.path()).unwrap();
    let profile = Profile::claim(folder.path()).unwrap().with_keyring(keyring);
    assert_eq!(known(&profile, "a:1", "ana"), Some(first.clone()));
    // It goes there when the server has let it in again.
    let device = profile.device("a:1", &name("ana"), &mut random()).unwrap();
    device.came_in(false, true).unwrap();
    assert!(!path.exists());
    assert_eq!(known(&profile, "a:1", "ana"), Some(first));
}

#[test]
fn a_keyring_that_goes_away_loses_nothing() {
    let (folder, items) = (Folder::new(), Items::default());
    let (connection, service) = service(&items, false);
    let keyring = Keyring::on(connection, folder.path()).unwrap();
    let profile = Profile::claim(folder.path()).unwrap().with_keyring(keyring);
    service.close().unwrap();
    let token = sign_in(&profile, "a:1", "ana", 1);
    assert_eq!(known(&profile, "a:1", "ana"), Some(token));
}
