//! Why something was not done, in a line for a person and an exit code for a script.

use crate::print;
use sala_core::client::Link;
use sala_core::refusal::Refusal;
use sala_net::profile::{Profile, ProfileError, Standing};
use std::process::ExitCode;

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server refused it.
    Refused(Refusal),
    /// The server does not let us in; what helps against it, as things stand on this disk.
    Closed { code: String, why: String, remedy: &'static str },
    /// The link broke before the answer.
    Unknown,
    /// It cannot be meant.
    Usage(String),
    /// Something on this computer.
    Here(anyhow::Error),
    /// It was said already, or nobody reads any more.
    Said(ExitCode),
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Trouble::Here(error)
    }
}

impl From<ProfileError> for Trouble {
    fn from(error: ProfileError) -> Self {
        Trouble::Here(error.into())
    }
}

impl Trouble {
    /// What it means that the link is closed, for whoever came in by this; `None` if it is not.
    pub(crate) fn closed(link: &Link, profile: &Profile) -> Option<Self> {
        let (code, why) = link.closed()?;
        let remedy = match code {
            "name_taken" if profile.is_crowded_out() => {
                "; as many programs as this computer is signed in for run already: end one, or sign in for another: \
                 sala account sign-in"
            }
            "name_taken" if matches!(profile.standing(), Standing::Device(_)) => {
                "; this computer is not signed in any more: sala account sign-in"
            }
            "name_taken" => "; if it is yours: sala account sign-in",
            "guests_closed" => ": sala account register, or sign-in",
            "revoked" => ": sala account sign-in",
            "too_many_devices" => ": sala account devices lists them, sala account revoke N shuts one out",
            _ => "",
        };
        Some(Trouble::Closed { code: code.to_owned(), why: why.to_owned(), remedy })
    }

    /// The code that the server gave; empty if it gave none.
    pub(crate) fn code(&self) -> &str {
        match self {
            Trouble::Closed { code, .. } => code,
            Trouble::Refused(refusal) => refusal.code.as_str(),
            _ => "",
        }
    }

    /// The device that came in is none any more.
    pub(crate) fn is_shut_out(&self) -> bool {
        matches!(self, Trouble::Closed { code, .. } if code == "name_taken" || code == "revoked")
    }

    /// Says it in one line, and gives the exit code for it.
    pub(crate) fn told(self) -> ExitCode {
        match self {
            Trouble::Refused(refusal) => {
                print::refused(&refusal);
                ExitCode::from(1)
            }
            Trouble::Closed { code, why, remedy } => {
                let code = if code.is_empty() { code } else { format!(" ({code})") };
                print::complain(&format!("{why}{remedy}{code}"));
                ExitCode::from(3)
            }
            Trouble::Unknown => {
                print::complain(
                    "the link broke before the answer came: it may be done or not; look, then try again",
                );
                ExitCode::from(4)
            }
            Trouble::Usage(text) => {
                print::complain(&text);
                ExitCode::from(2)
            }
            Trouble::Here(error) => {
                print::complain(&format!("{error:#}"));
                ExitCode::from(1)
            }
            Trouble::Said(code) => code,
        }
    }
}
