//! What needs a password or a code of an account, step by step.

use crate::answer;
use crate::asking::Secrets;
use crate::chance::chance;
use crate::grammar::Own;
use crate::line::{Line, hold, hold_quietly, within};
use crate::print;
use crate::qr;
use crate::talk::Talk;
use crate::trouble::Trouble;
use crate::who::Who;
use anyhow::Context as _;
use sala_core::client::Credential;
use sala_core::limits::{DEVICES_MAX, NAME_KEPT_MS};
use sala_core::name::Name;
use sala_core::protocol::{Request, Update};
use sala_core::refusal::{Code, Refusal};
use sala_core::secret::{OnceCode, Password};
use sala_core::totp;
use sala_net::profile::{Enrolment, Profile, SLOTS, Slot, Standing, grouped, spaced};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

/// Devices of an account beyond which no computer signs in for more programs than the one that runs: the other half is
/// for further computers.
const EQUIPPED_DEVICES_MAX: usize = DEVICES_MAX / 2;

/// What is said to somebody whose password is not right, though it is known who he is.
pub(crate) const NOT_YOURS: &str = "this is not your password";

/// Does it, and says so.
pub(crate) async fn run(who: Who, own: Own, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    let comes_in = matches!(own, Own::Register | Own::SignIn(_) | Own::Recover(_));
    match (perform(who, own, secrets, json).await, comes_in) {
        (Err(Trouble::Refused(refusal)), false) if refusal.code == Code::WrongPassword => {
            Err(Trouble::Refused(Refusal { text: NOT_YOURS.to_owned(), ..refusal }))
        }
        (done, _) => done,
    }
}

async fn perform(who: Who, own: Own, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    match own {
        Own::Register => register(&who, secrets, json).await,
        Own::SignIn(name) => sign_in(&named(who, name), secrets, json).await,
        Own::Recover(name) => recover(&named(who, name), secrets, json).await,
        Own::Password => {
            let (old, new) = (secrets.claimed("Old password")?, secrets.chosen("New password")?);
            let request = Request::Password { old, password: new.clone() };
            let (profile, devices) = within(&who, async |line| {
                line.ask(&request).await?;
                Ok((line.profile.clone(), devices(line).await))
            })
            .await?;
            equip(&who, &profile, &new, devices).await;
            done(json)
        }
        Own::TotpOn => within(&who, async |line| totp_on(line, &who, secrets, json).await).await,
        Own::TotpOff => {
            let request = Request::TotpOff { password: secrets.claimed("Password")? };
            within(&who, async |line| line.ask(&request).await).await?;
            done(json)
        }
        Own::Delete => {
            sure(&who, secrets)?;
            within(&who, async |line| delete(line, secrets, json).await).await
        }
        Own::Claim => {
            let code = code(&secrets.line("Code that the server printed")?)?;
            within(&who, async |line| line.ask(&Request::Claim { code: code.clone() }).await).await?;
            done(json)
        }
    }
}

fn named(who: Who, name: Option<Name>) -> Who {
    Who { name: name.unwrap_or_else(|| who.name.clone()), ..who }
}

/// Reads a code as it is typed.
pub(crate) fn code(text: &str) -> Result<OnceCode, Trouble> {
    OnceCode::new(text.trim())
        .ok_or_else(|| Trouble::Usage("this is no code: it has 16 letters and digits or more".to_owned()))
}

fn done(json: bool) -> Result<ExitCode, Trouble> {
    say(&Update::Done { id: None }, json)
}

fn say(update: &Update, json: bool) -> Result<ExitCode, Trouble> {
    for row in answer::rows(update, ToString::to_string) {
        print::line(&if json { row.json.to_string() } else { row.text }).map_err(Trouble::Said)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A program has come in.
struct Entered {
    /// It was said as whom.
    shown: ExitCode,
    /// How many devices the account has now.
    devices: usize,
}

async fn me(line: &Line, json: bool) -> Result<Entered, Trouble> {
    let shown = say(&line.ask(&Request::Me).await?, json)?;
    Ok(Entered { shown, devices: devices(line).await })
}

/// How many devices the account has; as many as may be, if that is not to be learned.
async fn devices(line: &Line) -> usize {
    match line.ask(&Request::Devices).await {
        Ok(Update::Devices { devices, .. }) => devices.len(),
        _ => DEVICES_MAX,
    }
}

/// An account under a free name; or for a guest, who keeps his name and his rooms.
async fn register(who: &Who, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    let password = secrets.chosen("Password")?;
    let profile = Rc::new(who.profile()?);
    let mut done = register_by(who, &profile, &password, None, json).await;
    if done.as_ref().is_err_and(|trouble| trouble.code() == Code::InvitationNeeded.as_str()) {
        profile.refused(Code::InvitationNeeded.as_str())?;
        let code = code(&secrets.line("Code of an invitation to this server")?)?;
        done = register_by(who, &profile, &password, Some(code), json).await;
    }
    entered(who, &profile, &password, done).await
}

async fn register_by(
    who: &Who,
    profile: &Rc<Profile>,
    password: &Password,
    invitation: Option<OnceCode>,
    json: bool,
) -> Result<Entered, Trouble> {
    if profile.standing() != Standing::Nobody {
        match upgrade(who, profile, password, invitation.as_ref(), json).await {
            // The name is nobody's: what lies here was drawn for a guest who was never let in.
            Err(trouble) if trouble.code() == "guests_closed" => {}
            done => return done,
        }
    }
    register_anew(who, profile, password, invitation, json).await
}

/// What follows for the tokens on this disk from how coming in by a password ended.
async fn entered(
    who: &Who,
    profile: &Profile,
    password: &Password,
    done: Result<Entered, Trouble>,
) -> Result<ExitCode, Trouble> {
    match done {
        Ok(Entered { shown, devices }) => {
            equip(who, profile, password, devices).await;
            Ok(shown)
        }
        Err(trouble) => {
            profile.refused(trouble.code())?;
            Err(trouble)
        }
    }
}

async fn upgrade(
    who: &Who,
    profile: &Rc<Profile>,
    password: &Password,
    invitation: Option<&OnceCode>,
    json: bool,
) -> Result<Entered, Trouble> {
    let in_doubt = profile.is_in_doubt();
    let next = profile.prepare_upgrade(&mut chance()?)?;
    hold(Talk::with_profile(who, profile.clone(), false)?, async |line| {
        line.online().await?;
        // What an attempt before came to was not heard; else the server says that there is an account already.
        if !(in_doubt && line.conversation.look(|model| model.account)) {
            line.upgrade(&next.token, password, invitation).await?;
        }
        me(line, json).await
    })
    .await
}

async fn register_anew(
    who: &Who,
    profile: &Rc<Profile>,
    password: &Password,
    invitation: Option<OnceCode>,
    json: bool,
) -> Result<Entered, Trouble> {
    let in_doubt = profile.is_in_doubt();
    let credential = Credential::Register { password: password.clone(), invitation };
    let registered = hold(Talk::by(who, profile.clone(), credential, false)?, async |line| {
        line.online().await?;
        line.profile.settle()?;
        me(line, json).await
    });
    match registered.await {
        // An attempt before may have made it, by the token that lies here.
        Err(trouble) if trouble.code() == "name_taken" && in_doubt => {
            hold(Talk::with_profile(who, profile.clone(), false)?, async |line| {
                line.online().await.map_err(|_| trouble)?;
                me(line, json).await
            })
            .await
        }
        done => done,
    }
}

/// A device of an account, which has a token of its own from then on.
async fn sign_in(who: &Who, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    let password = secrets.claimed(&format!("Password of {}", who.name))?;
    let profile = Rc::new(who.profile()?);
    let credential = Credential::Password { password: password.clone(), code: None };
    by_password(who, &profile, credential, password, secrets, json).await
}

/// Comes in by what needs no one-time code, and if it turns out that one is needed, by the password and one.
async fn by_password(
    who: &Who,
    profile: &Rc<Profile>,
    mut credential: Credential,
    password: Password,
    secrets: &Secrets,
    json: bool,
) -> Result<ExitCode, Trouble> {
    let mut asked = false;
    loop {
        let done = hold(Talk::by(who, profile.clone(), credential.clone(), false)?, async |line| {
            line.online().await?;
            line.profile.settle()?;
            me(line, json).await
        });
        match done.await {
            Err(trouble) if trouble.code() == "code_needed" && !asked => {
                profile.refused(trouble.code())?;
                let code = Some(secrets.line("One-time code")?.trim().to_owned());
                (credential, asked) = (Credential::Password { password: password.clone(), code }, true);
            }
            // Where codes are asked for, each program signs in with its own.
            Ok(Entered { shown, .. }) if asked => return Ok(shown),
            done => return entered(who, profile, &password, done).await,
        }
    }
}

/// A new password by a code of an administrator.
async fn recover(who: &Who, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    let code = code(&secrets.line("Code that you were given")?)?;
    let password = secrets.chosen("New password")?;
    let profile = Rc::new(who.profile()?);
    let credential = Credential::Recover { code, password: password.clone() };
    by_password(who, &profile, credential, password, secrets, json).await
}

/// Turns one-time codes on: shows what an authenticator needs, then asks for a code of it.
async fn totp_on(line: &Line, who: &Who, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    let password = secrets.claimed("Password")?;
    let Enrolment { secret, recovery } = Enrolment::draw(&mut chance()?);
    let uri = totp::uri(&who.server, who.name.as_str(), &secret);
    let codes: Vec<String> = recovery.iter().map(grouped).collect();
    let shown = if json {
        serde_json::json!({ "uri": uri, "secret": secret, "recovery": codes }).to_string()
    } else {
        enrolment(&uri, &secret, &codes)
    };
    print::line(&shown).map_err(Trouble::Said)?;
    loop {
        let code = secrets.line("Code that it shows now")?.trim().to_owned();
        let (password, secret, recovery) = (password.clone(), secret.clone(), recovery.clone());
        match line.ask(&Request::Totp { password, secret, code, recovery }).await {
            // A slip of the finger does not make somebody type it all into his authenticator anew.
            Err(trouble) if trouble.code() == "wrong_code" && secrets.can_ask() => {
                print::complain("this code is not right; wait for the next one");
            }
            done_or_not => return done_or_not.and_then(|_| done(json)),
        }
    }
}

/// What an authenticator needs: a picture for its camera where there is a screen, and the same in letters. The address
/// stands on a line of its own, which a terminal gives back whole however it is broken.
fn enrolment(uri: &str, secret: &str, codes: &[String]) -> String {
    let picture = if std::io::stdout().is_terminal() { qr::rows(uri, qr::QUIET) } else { None };
    let picture = picture.map_or(String::new(), |rows| {
        let dark_on_light = |row: String| format!("\x1b[30;107m{row}\x1b[0m\n");
        rows.into_iter().map(dark_on_light).collect()
    });
    format!(
        "Give this to your authenticator:\n{picture}{uri}\nor type its secret: {}\nand keep these recovery codes, \
         each is good once, without the authenticator:\n    {}",
        spaced(secret),
        codes.join("\n    ")
    )
}

/// Asks whether he means it, or has been told so: what is erased comes never back.
fn sure(who: &Who, secrets: &Secrets) -> Result<(), Trouble> {
    let (name, server) = (&who.name, &who.server);
    if secrets.is_sure() {
        return Ok(());
    }
    if !secrets.can_ask() {
        let why = "nobody can be asked here, and nothing comes back";
        return Err(Trouble::Usage(format!("to erase {name} at {server} say --yes as well: {why}")));
    }
    let question =
        format!("This erases {name} at {server}, with all that he said, for good. Type {name} to do it");
    if secrets.line(&question)?.trim() != name.as_str() {
        return Err(Trouble::Here(anyhow::anyhow!("this is not {name}; nothing was done")));
    }
    Ok(())
}

/// Erases the account, and forgets what let us in.
async fn delete(line: &Line, secrets: &Secrets, json: bool) -> Result<ExitCode, Trouble> {
    line.online().await?;
    let account = line.conversation.look(|model| model.account);
    let password = if account { Some(secrets.claimed("Password")?) } else { None };
    match line.ask(&Request::DeleteAccount { password }).await {
        Ok(_) => {}
        // The goodbye may come before the answer, or in its place.
        Err(trouble) if trouble.code() == "erased" => {}
        Err(trouble) => return Err(trouble),
    }
    line.profile.forget()?;
    if json {
        return done(json);
    }
    print::line(&erased(&line.conversation.look(|model| model.name.clone()))).map_err(Trouble::Said)?;
    Ok(ExitCode::SUCCESS)
}

/// What is said of somebody who is no more.
pub(crate) fn erased(name: &Name) -> String {
    let days = NAME_KEPT_MS / 86_400_000;
    format!("{name} is erased, with all that he said; nobody can take the name for {days} days")
}

/// Signs in for further programs on this computer while the password is at hand, so that several can run at once, as
/// long as the account has no more than so many `devices`. What is not to be had is left: each can sign in by itself.
pub(crate) async fn equip(who: &Who, profile: &Profile, password: &Password, mut devices: usize) {
    for slot in (1..=SLOTS).filter(|slot| Slot::Numbered(*slot) != profile.slot()) {
        // One more device than may be shuts another out, perhaps another computer's only one.
        if devices >= EQUIPPED_DEVICES_MAX {
            return;
        }
        let Ok(Some(sibling)) = profile.sibling(slot) else { continue };
        let sibling = Rc::new(sibling);
        let credential = Credential::Password { password: password.clone(), code: None };
        let Ok(talk) = Talk::by(who, sibling.clone(), credential, false) else { return };
        let entered = hold_quietly(talk, async |line| {
            line.online().await?;
            line.profile.settle().context("cannot keep the token")?;
            Ok::<(), Trouble>(())
        });
        match tokio::time::timeout(Duration::from_secs(10), entered).await {
            Ok(Ok(())) => devices += 1,
            Ok(Err(trouble)) => return drop(sibling.refused(trouble.code())),
            Err(_) => return,
        }
    }
}
