//! How this window comes in as somebody: by tokens that lie in the profile, or in the system's keyring.
//!
//! What is to be good is in a file before the server is asked for it, and goes into the keyring once it is good. So at no
//! moment is the only good token nowhere.

use crate::keyring::Keyring;
use rand::rngs::StdRng;
use sala_core::client::Event;
use sala_core::name::Name;
use sala_core::protocol::Secret;
use sala_net::profile::{self, Held, ProfileError, Standing};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// This window as one device of somebody. It may be told from another thread what happens.
#[derive(Debug)]
pub struct Device {
    tokens: Mutex<profile::Profile>,
    keyring: Option<Arc<Keyring>>,
    server: String,
    name: Name,
}

impl Device {
    /// The window by these tokens, or by the one in the keyring if there is none among them.
    pub(crate) fn new(
        tokens: profile::Profile,
        keyring: Option<Arc<Keyring>>,
        server: &str,
        name: &Name,
    ) -> Self {
        if let Some(token) = keyring.as_ref().and_then(|keyring| keyring.token(server, name)) {
            tokens.take_over(token);
        }
        Device { tokens: Mutex::new(tokens), keyring, server: server.to_owned(), name: name.clone() }
    }

    /// Whether the window has come in as an account before, or may have.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let tokens = self.tokens();
        tokens.is_in_doubt() || matches!(tokens.standing(), Standing::Device(_))
    }

    /// By what to come in: by what is good, or what may be if the program ended before it knew.
    ///
    /// # Errors
    /// When the profile cannot be read or written to.
    pub fn held(&self, random: &mut StdRng) -> Result<(Held, Option<Held>), ProfileError> {
        self.tokens().held(random)
    }

    /// What is to be good once a password has let us in.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn prepare(&self, random: &mut StdRng) -> Result<Held, ProfileError> {
        self.tokens().prepare(random)
    }

    /// What is to be good once a guest has an account.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn prepare_upgrade(&self, random: &mut StdRng) -> Result<Held, ProfileError> {
        self.tokens().prepare_upgrade(random)
    }

    /// The server has let us in, by a password if so.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn came_in(&self, by_password: bool, account: bool) -> Result<(), ProfileError> {
        if by_password {
            self.tokens().settle()?;
        } else {
            self.tokens().heard(&Event::Online, account, None)?;
        }
        self.hand_over()
    }

    /// The device has another token from now on.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn changed(&self, token: &Secret) -> Result<(), ProfileError> {
        self.tokens().heard(&Event::TokenChanged(token.clone()), true, None)?;
        self.hand_over()
    }

    /// The server does not let us in, or in any more, by this code.
    ///
    /// # Errors
    /// When the profile cannot be written to.
    pub fn closed(&self, code: &str) -> Result<(), ProfileError> {
        let tokens = self.tokens();
        if code == "erased" {
            return tokens.forget();
        }
        tokens.heard(&Event::Closed, false, Some(code))?;
        tokens.refused(code)
    }

    /// A good token of an account goes into the keyring, and then lies in no file; one that is not taken stays.
    fn hand_over(&self) -> Result<(), ProfileError> {
        let Some(keyring) = &self.keyring else { return Ok(()) };
        let Standing::Device(Held { token, .. }) = self.tokens().standing() else { return Ok(()) };
        if keyring.token(&self.server, &self.name).as_ref() != Some(&token)
            && let Err(error) = keyring.keep(&self.server, &self.name, &token)
        {
            tracing::warn!(%error, "the keyring does not take the token, which stays in a file");
            return Ok(());
        }
        self.tokens().hand_over()
    }

    fn tokens(&self) -> MutexGuard<'_, profile::Profile> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
