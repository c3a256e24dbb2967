//! Who may make an account.

use serde::{Deserialize, Serialize};

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawRegistration", into = "RawRegistration")]
pub enum Registration {
    /// Anybody.
    #[default]
    Open,
    /// Whoever has an invitation to the server, which these make.
    Invitation(Inviters),
    /// Nobody.
    Closed,
}

/// Who invites people to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inviters {
    /// Its administrators.
    Admins,
    /// Whoever has an account.
    Members,
}

/// It as it is written: programs that know of no invitations take it for closed, which it is to strangers.
#[derive(Serialize, Deserialize)]
struct RawRegistration {
    registration: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inviters: Option<Inviters>,
}

impl From<RawRegistration> for Registration {
    fn from(RawRegistration { registration, inviters }: RawRegistration) -> Self {
        match (registration, inviters) {
            (true, _) => Registration::Open,
            (false, Some(inviters)) => Registration::Invitation(inviters),
            (false, None) => Registration::Closed,
        }
    }
}

impl From<Registration> for RawRegistration {
    fn from(registration: Registration) -> Self {
        let (registration, inviters) = registration.parts();
        RawRegistration { registration, inviters }
    }
}

impl Registration {
    /// Whether anybody may, and if not, who invites.
    #[must_use]
    pub fn parts(self) -> (bool, Option<Inviters>) {
        match self {
            Registration::Open => (true, None),
            Registration::Invitation(inviters) => (false, Some(inviters)),
            Registration::Closed => (false, None),
        }
    }
}
