//! What is asked of the person beside the line that he writes: passwords, which are never shown, and codes.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use sala_core::client::Credential;
use sala_core::limits::PASSWORD_BYTES_MAX;
use sala_core::name::Name;
use sala_core::protocol::Request;
use sala_core::secret::{OnceCode, Password};
use sala_net::profile::Enrolment;

/// A question, and what of its answer is typed already.
pub(super) struct Prompt {
    question: String,
    hidden: bool,
    text: String,
    step: Step,
}

/// It says nothing of what was typed.
impl std::fmt::Debug for Prompt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Prompt({})", self.question)
    }
}

/// What the answer is for.
enum Step {
    SignIn(Name),
    SignInCode(Name, Password),
    Register(Option<Password>),
    Invitation(Password),
    OldPassword,
    NewPassword(Password, Option<Password>),
    TotpOn,
    TotpCode(Password, Enrolment),
    TotpOff,
    Delete,
    DeleteSure(Name, Option<Password>),
    Recover(Name),
    RecoverPassword(Name, OnceCode, Option<Password>),
    Claim,
}

/// What follows an answer.
pub(super) enum After {
    /// Another question.
    Ask(Prompt),
    /// The same again, or from its beginning: this is why.
    Again(String, Prompt),
    /// To come in anew, by this.
    ComeIn(Name, Credential),
    /// To have an account: as the guest that one is, or being nobody yet.
    Register(Password, Option<OnceCode>),
    /// To draw what one-time codes are made of.
    Enrol(Password),
    /// To ask this of the server; `password` is good once that is done, for other programs on this computer.
    Request { request: Request, password: Option<Password> },
}

impl Prompt {
    fn new(question: impl Into<String>, hidden: bool, step: Step) -> Self {
        Prompt { question: question.into(), hidden, text: String::new(), step }
    }

    pub(super) fn sign_in(name: Name) -> Self {
        Prompt::new(format!("Password of {name}"), true, Step::SignIn(name))
    }

    pub(super) fn sign_in_code(name: Name, password: Password) -> Self {
        Prompt::new("One-time code", false, Step::SignInCode(name, password))
    }

    pub(super) fn register() -> Self {
        Prompt::new("New password, of 8 characters or more", true, Step::Register(None))
    }

    /// An account is to be had by an invitation alone.
    pub(super) fn invitation(password: Password) -> Self {
        Prompt::new("Code of an invitation to this server", false, Step::Invitation(password))
    }

    pub(super) fn password() -> Self {
        Prompt::new("Old password", true, Step::OldPassword)
    }

    pub(super) fn totp_on() -> Self {
        Prompt::new("Password", true, Step::TotpOn)
    }

    pub(super) fn totp_code(password: Password, enrolment: Enrolment) -> Self {
        Prompt::new("Code that your authenticator shows now", false, Step::TotpCode(password, enrolment))
    }

    pub(super) fn totp_off() -> Self {
        Prompt::new("Password", true, Step::TotpOff)
    }

    pub(super) fn delete(account: bool, name: Name) -> Self {
        if account { Prompt::new("Password", true, Step::Delete) } else { Self::sure(name, None) }
    }

    fn sure(name: Name, password: Option<Password>) -> Self {
        let question = format!("All that you said is erased for good. Type {name} to do it");
        Prompt::new(question, false, Step::DeleteSure(name, password))
    }

    pub(super) fn recover(name: Name) -> Self {
        Prompt::new("Code that you were given", false, Step::Recover(name))
    }

    pub(super) fn claim() -> Self {
        Prompt::new("Code that the server printed", false, Step::Claim)
    }

    /// The question with what is typed: in bullets, where nobody is to see it.
    pub(super) fn shown(&self) -> String {
        let text = if self.hidden { "•".repeat(self.text.chars().count()) } else { self.text.clone() };
        format!("{}: {text}", self.question)
    }

    /// Writes what was pasted.
    pub(super) fn insert(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or_default();
        self.text.extend(line.chars().filter(|letter| !letter.is_control()));
        self.text.truncate(self.text.floor_char_boundary(PASSWORD_BYTES_MAX));
    }

    /// Takes in a key that edits.
    pub(super) fn key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => self.text.clear(),
            KeyCode::Char('h') if control => drop(self.text.pop()),
            KeyCode::Char(letter) if !control => self.insert(letter.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => drop(self.text.pop()),
            _ => {}
        }
    }

    /// The answer is entered. `me` is who the person is now.
    pub(super) fn entered(self, me: &Name) -> After {
        let Prompt { question, hidden, text, step } = self;
        let again = |step, why: String| After::Again(why, Prompt::new(question, hidden, step));
        let claimed =
            |text: &str| Password::claimed(text.to_owned()).expect("what is typed is cut to this length");
        match step {
            Step::SignIn(name) => {
                let credential = Credential::Password { password: claimed(&text), code: None };
                After::ComeIn(name, credential)
            }
            Step::SignInCode(name, password) => {
                let code = Some(text.trim().to_owned());
                After::ComeIn(name, Credential::Password { password, code })
            }
            Step::Register(None) => match Password::chosen(text) {
                Ok(password) => {
                    After::Ask(Prompt::new("The same again", true, Step::Register(Some(password))))
                }
                Err(weak) => again(Step::Register(None), weak.to_string()),
            },
            Step::Register(Some(first)) if first.reveal() != text => {
                After::Again(different(), Prompt::register())
            }
            Step::Register(Some(password)) => After::Register(password, None),
            Step::Invitation(password) => match OnceCode::new(&text) {
                Some(code) => After::Register(password, Some(code)),
                None => again(Step::Invitation(password), no_code()),
            },
            Step::OldPassword => After::Ask(new_password(claimed(&text))),
            Step::NewPassword(old, None) => match Password::chosen(text) {
                Ok(password) => {
                    let step = Step::NewPassword(old, Some(password));
                    After::Ask(Prompt::new("The same again", true, step))
                }
                Err(weak) => again(Step::NewPassword(old, None), weak.to_string()),
            },
            Step::NewPassword(old, Some(first)) if first.reveal() != text => {
                After::Again(different(), new_password(old))
            }
            Step::NewPassword(old, Some(password)) => {
                let request = Request::Password { old, password: password.clone() };
                After::Request { request, password: Some(password) }
            }
            Step::TotpOn => After::Enrol(claimed(&text)),
            Step::TotpCode(password, Enrolment { secret, recovery }) => {
                let code = text.trim().to_owned();
                plain(Request::Totp { password, secret, code, recovery })
            }
            Step::TotpOff => plain(Request::TotpOff { password: claimed(&text) }),
            Step::Delete => After::Ask(Prompt::sure(me.clone(), Some(claimed(&text)))),
            Step::DeleteSure(name, password) if text.trim() == name.as_str() => {
                plain(Request::DeleteAccount { password })
            }
            Step::DeleteSure(name, password) => again(
                Step::DeleteSure(name, password),
                "this is not your name; Esc keeps your account".to_owned(),
            ),
            Step::Recover(name) => match OnceCode::new(&text) {
                Some(code) => After::Ask(recovering(name, code)),
                None => again(Step::Recover(name), no_code()),
            },
            Step::RecoverPassword(name, code, None) => match Password::chosen(text) {
                Ok(password) => {
                    let step = Step::RecoverPassword(name, code, Some(password));
                    After::Ask(Prompt::new("The same again", true, step))
                }
                Err(weak) => again(Step::RecoverPassword(name, code, None), weak.to_string()),
            },
            Step::RecoverPassword(name, code, Some(first)) if first.reveal() != text => {
                After::Again(different(), recovering(name, code))
            }
            Step::RecoverPassword(name, code, Some(password)) => {
                After::ComeIn(name, Credential::Recover { code, password })
            }
            Step::Claim => match OnceCode::new(&text) {
                Some(code) => plain(Request::Claim { code }),
                None => again(Step::Claim, no_code()),
            },
        }
    }
}

fn new_password(old: Password) -> Prompt {
    Prompt::new("New password, of 8 characters or more", true, Step::NewPassword(old, None))
}

fn recovering(name: Name, code: OnceCode) -> Prompt {
    let step = Step::RecoverPassword(name, code, None);
    Prompt::new("New password, of 8 characters or more", true, step)
}

fn plain(request: Request) -> After {
    After::Request { request, password: None }
}

fn different() -> String {
    "the two are not the same; type it once more".to_owned()
}

fn no_code() -> String {
    "this is no code: it has 16 letters and digits or more".to_owned()
}
