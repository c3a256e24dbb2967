//! How the client comes in, and what it tries when the answer was lost.

use crate::protocol::Secret;
use crate::refusal::{Code, Fate, Refusal};
use crate::secret::{OnceCode, Password};
use std::fmt;

/// By what the first connection comes in. From the first welcome on it is the token.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// The token alone: a guest, or a device that came in before.
    Token,
    /// The password of an account; the token is this device's from then on.
    Password {
        /// What it is.
        password: Password,
        /// A one-time or recovery code, if the account asks for one.
        code: Option<String>,
    },
    /// A new account with this password.
    Register {
        /// What it is to be.
        password: Password,
        /// The code of an invitation, where the server asks for one.
        invitation: Option<OnceCode>,
    },
    /// A new password for an account, by a code of an administrator.
    Recover {
        /// The code.
        code: OnceCode,
        /// What the password is to be.
        password: Password,
    },
}

/// Says which one it is, and nothing of what is secret in it.
impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Credential::Token => "Token",
            Credential::Password { .. } => "Password(…)",
            Credential::Register { .. } => "Register(…)",
            Credential::Recover { .. } => "Recover(…)",
        })
    }
}

/// A request by which a connection may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `enter` with the token.
    Token,
    /// `enter` with the token of an upgrade whose answer was lost.
    NewToken,
    /// What the credential says.
    Credential,
    /// `sign_in` with the password that a recovery has set.
    NewPassword,
}

/// What follows a refusal for good.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another request on the same connection.
    Step(Step),
    /// Nothing more.
    Final(Refusal),
}

/// How far coming in has got.
///
/// What a credential asks for is done once: a second `register` finds the name taken, a one-time code or the code of a
/// recovery is used up. If the link breaks before the answer, the client cannot know whether it was done, so it asks
/// the same again, and only if the refusal is the one that it would get for its own success does it try what that
/// success would have made good:
///
/// | sent again | refused with | then | which works only if |
/// |---|---|---|---|
/// | `register` | `name_taken` | `enter` | the account was made with this token |
/// | `sign_in` | `wrong_code` | `enter` | the code was used to give this device this token |
/// | `recover` | `wrong_code` | `sign_in` with the new password | the password was set |
/// | that `sign_in` | `code_needed` | `enter` | the device has this token |
///
/// It never begins with `enter`: for a name that nobody has, as after a `register` that never arrived or a mistyped
/// name, `enter` makes a guest. Each `enter` in the table follows an answer that there is somebody of this name.
#[derive(Clone, Debug)]
pub(super) struct Arriving {
    credential: Credential,
    /// What the credential asks for was asked for on an earlier connection, and may be done.
    doubtful: bool,
    /// What was sent on this connection and is not answered.
    sent: Option<Step>,
    /// Why the first request of this connection was refused, if there was another after it.
    first: Option<Refusal>,
    /// The token under which we come in by something else than what the program was started with.
    fresh: Option<Secret>,
    /// The token of an upgrade that may be done. A guest's old token is good until then and never after, so both are
    /// tried, the old one first; its name is his all the while, so neither makes a guest.
    next_token: Option<Secret>,
}

impl Arriving {
    pub(super) fn by(credential: Credential) -> Self {
        Arriving { credential, doubtful: false, sent: None, first: None, fresh: None, next_token: None }
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Comes in by something else from now on, under this token.
    pub(super) fn change(&mut self, credential: Credential, token: Secret) {
        self.credential = credential;
        self.fresh = Some(token);
        self.doubtful = false;
    }

    /// The token to come in under, if it is not the configured one.
    pub(super) fn fresh(&self) -> Option<&Secret> {
        self.fresh.as_ref()
    }

    /// The token of the upgrade that is asked for, or of one before it whose answer was lost: that one may be good.
    pub(super) fn upgrade(&mut self, token: Secret) -> Secret {
        self.next_token.get_or_insert(token).clone()
    }

    pub(super) fn next_token(&self) -> Option<&Secret> {
        self.next_token.as_ref()
    }

    /// The upgrade is done: the token that is good from now on.
    pub(super) fn upgraded(&mut self) -> Option<Secret> {
        self.next_token.take()
    }

    /// The server has greeted: what to send.
    pub(super) fn begin(&mut self) -> Step {
        self.first = None;
        if self.credential == Credential::Token { Step::Token } else { Step::Credential }
    }

    pub(super) fn sent(&mut self, step: Step) {
        self.sent = Some(step);
    }

    /// The link is gone.
    pub(super) fn lost(&mut self) {
        self.doubtful |= matches!(self.sent.take(), Some(Step::Credential | Step::NewPassword));
    }

    /// The password is set by a code, and that does not let us in: an account that asks for one-time codes wants to be
    /// signed in to.
    pub(super) fn recovered(&self) -> bool {
        matches!(self.credential, Credential::Recover { .. }) && self.sent == Some(Step::Credential)
    }

    /// It was refused for now.
    pub(super) fn put_off(&mut self, refusal: &Refusal) {
        let sent = self.sent.take();
        self.doubtful |= sent == Some(Step::Credential) && refusal.fate == Fate::Unknown;
    }

    /// It was refused for good.
    pub(super) fn refused(&mut self, refusal: Refusal) -> Next {
        let (doubtful, sent) = (self.doubtful, self.sent.take());
        let next = match (&self.credential, sent, refusal.code) {
            (Credential::Token, Some(Step::Token), Code::NameTaken) if self.next_token.is_some() => {
                Some(Step::NewToken)
            }
            (Credential::Register { .. }, Some(Step::Credential), Code::NameTaken) if doubtful => {
                Some(Step::Token)
            }
            (Credential::Password { .. }, Some(Step::Credential), Code::WrongCode) if doubtful => {
                Some(Step::Token)
            }
            (Credential::Recover { .. }, Some(Step::Credential), Code::WrongCode) if doubtful => {
                Some(Step::NewPassword)
            }
            (Credential::Recover { .. }, Some(Step::NewPassword), Code::CodeNeeded) => {
                self.first = None;
                None
            }
            _ => None,
        };
        match next {
            Some(step) => {
                self.first.get_or_insert(refusal);
                Next::Step(step)
            }
            None => Next::Final(self.first.take().unwrap_or(refusal)),
        }
    }

    /// The server has let us in, by this request; if under a new token, this one.
    pub(super) fn welcomed(&mut self) -> Option<(Step, Secret)> {
        (self.credential, self.doubtful, self.first) = (Credential::Token, false, None);
        let (sent, fresh) = (self.sent.take()?, self.fresh.take());
        let token = if sent == Step::NewToken { self.next_token.take() } else { fresh };
        Some((sent, token?))
    }
}
