//! The system's keyring, by the Secret Service of freedesktop.org, which GNOME's and KDE's keyrings and KeePassXC speak.
//!
//! Secrets cross the session's bus as they are (the service's `plain` sessions): whoever listens there can ask the
//! keyring himself. A keyring that is locked is as good as none, so that nobody is asked to open it for a chat.

#![expect(clippy::disallowed_types, reason = "what crosses the bus is a dictionary, whose order nobody sees")]

use sala_core::name::Name;
use sala_core::protocol::Secret;
use std::collections::BTreeMap;
use std::collections::HashMap as Dictionary;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zbus::blocking::{Connection, Proxy, connection::Builder};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

/// Time that the keyring has for an answer: without one, the window opens all the same.
const ANSWER_TIME: Duration = Duration::from_millis(3_000);
/// Tokens that are read at once; a profile has a few.
const TOKENS_MAX: usize = 256;
const SERVICE: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
/// By which attributes a token is found.
const SERVER: &str = "server";
const NAME: &str = "name";
/// What a keyring calls no object.
const NOTHING: &str = "/";

/// A keyring that is open, and what it holds of one profile.
#[derive(Debug)]
pub struct Keyring {
    connection: Connection,
    session: OwnedObjectPath,
    collection: OwnedObjectPath,
    profile: String,
    held: Mutex<BTreeMap<Place, Secret>>,
}

/// On which server whose token it is.
type Place = (String, String);
/// A secret as it crosses the bus: the session, what it was encrypted with, the secret, and what that is.
type OnBus = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl Keyring {
    /// The keyring of this computer, if there is one that is open, with the tokens that it holds of a profile.
    #[must_use]
    pub fn open(profile: &Path) -> Option<Self> {
        let found = || Self::on(Builder::session()?.method_timeout(ANSWER_TIME).build()?, profile);
        match found() {
            Ok(keyring) => keyring,
            Err(error) => {
                tracing::info!(%error, "there is no keyring here; tokens are kept in files");
                None
            }
        }
    }

    /// The keyring at the other end of a connection, if it is open.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    pub fn on(connection: Connection, profile: &Path) -> zbus::Result<Option<Self>> {
        let profile = profile.canonicalize().unwrap_or_else(|_| profile.to_owned());
        let profile = profile.display().to_string();
        let service = Proxy::new(&connection, SERVICE, PATH, "org.freedesktop.Secret.Service")?;
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from("")))?;
        let collection: OwnedObjectPath = service.call("ReadAlias", &"default")?;
        if collection.as_str() == NOTHING || is_locked(&connection, &collection)? {
            return Ok(None);
        }
        let attributes = Dictionary::from([("application", "sala"), ("profile", &profile)]);
        let (open, _): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(attributes,))?;
        let mut held = BTreeMap::new();
        for item in open.iter().take(TOKENS_MAX) {
            let item = Proxy::new(&connection, SERVICE, item, "org.freedesktop.Secret.Item")?;
            let attributes: Dictionary<String, String> = item.get_property("Attributes")?;
            let (_, _, secret, _): OnBus = item.call("GetSecret", &(&session,))?;
            let secret = String::from_utf8(secret).ok().and_then(Secret::new);
            if let (Some(server), Some(name), Some(secret)) =
                (attributes.get(SERVER), attributes.get(NAME), secret)
            {
                held.insert((server.clone(), name.clone()), secret);
            }
        }
        Ok(Some(Keyring { connection, session, collection, profile, held: Mutex::new(held) }))
    }

    /// The token of an account on a server.
    #[must_use]
    pub fn token(&self, server: &str, name: &Name) -> Option<Secret> {
        self.held().get(&place(server, name)).cloned()
    }

    /// Keeps it, in place of the one before.
    ///
    /// # Errors
    /// When the keyring does not take it, or not without asking a person.
    pub fn keep(&self, server: &str, name: &Name, token: &Secret) -> zbus::Result<()> {
        let place = place(server, name);
        let attributes = Dictionary::from([
            ("application", "sala"),
            ("profile", &self.profile),
            (SERVER, &place.0),
            (NAME, &place.1),
        ]);
        let label = format!("Sala: {name} · {server}");
        let properties = Dictionary::from([
            ("org.freedesktop.Secret.Item.Label", Value::from(label)),
            ("org.freedesktop.Secret.Item.Attributes", Value::from(attributes)),
        ]);
        let secret = (&self.session, Vec::<u8>::new(), token.reveal().as_bytes(), "text/plain");
        let collection =
            Proxy::new(&self.connection, SERVICE, &self.collection, "org.freedesktop.Secret.Collection")?;
        let (item, _): (OwnedObjectPath, OwnedObjectPath) =
            collection.call("CreateItem", &(properties, secret, true))?;
        if item.as_str() == NOTHING {
            return Err(zbus::Error::Failure("the keyring has been locked".to_owned()));
        }
        self.held().insert(place, token.clone());
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Place, Secret>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_locked(connection: &Connection, collection: &OwnedObjectPath) -> zbus::Result<bool> {
    Proxy::new(connection, SERVICE, collection, "org.freedesktop.Secret.Collection")?.get_property("Locked")
}

/// Names are one whatever their case, as they are to the server.
fn place(server: &str, name: &Name) -> Place {
    (server.to_owned(), name.as_str().to_lowercase())
}
