//! What of the settings is read again while the server runs.

use crate::renewal::Renewal;
use sala_core::server::Operation;
use sala_net::admin::Controls;
use sala_net::config::{ConfigFile, PeopleFile, TlsMode};
use sala_net::log::{Log, LogError};
use sala_net::serve::Desk;
use sala_net::transport::policy::Policy;
use sala_net::transport::tls::Identity;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use tokio::signal::unix::Signal;

/// The settings by which a server runs.
pub(crate) struct Live {
    /// Where they stand, if in a file.
    pub(crate) path: Option<PathBuf>,
    pub(crate) file: RefCell<ConfigFile>,
    /// The level is said by a flag or the environment, over the file.
    pub(crate) level_is_given: bool,
    /// The mode of encryption is.
    pub(crate) tls: TlsMode,
    /// For how many connections the system gives descriptors.
    pub(crate) descriptors: fn(usize) -> usize,
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) renewal: Renewal,
    pub(crate) policy: Rc<Policy>,
    pub(crate) log: Log,
    pub(crate) desk: Desk,
}

impl Live {
    /// What was read at the start goes where it can be changed; then all is read again whenever SIGHUP asks for it.
    pub(crate) async fn follow(self: Rc<Self>, mut asked: Signal) {
        let people = self.file.borrow().people.clone();
        if let Err(error) = self.people(&people).await {
            tracing::error!("{error}");
        }
        while asked.recv().await.is_some() {
            match self.read().await {
                Ok(text) => tracing::info!("{text}"),
                Err(error) => {
                    tracing::error!(error, "the settings cannot be taken over");
                }
            }
        }
        std::future::pending::<()>().await;
    }

    /// Reads the file and the certificate again. What is wrong with them is known before anything of them is taken over;
    /// only what strangers may do is for the order of entries, which may not take it while the disk is full.
    async fn read(&self) -> Result<String, String> {
        let newer = self.path.as_deref().map(ConfigFile::read).transpose();
        // What is wrong with a file is shown with its line, below which a mark stands: on one line of a log it would not.
        let newer = newer.map_err(|error| {
            let line = error.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ");
            format!("all stays as it was: {line}")
        })?;
        let newer = newer.unwrap_or_else(|| self.file.borrow().clone());
        self.log.reopen().map_err(|error| format!("all stays as it was: {error}"))?;
        self.read_certificate(&newer).map_err(|error| format!("the certificate stays as it was: {error}"))?;
        let level = newer.log.level.as_deref().unwrap_or("info");
        if !self.level_is_given {
            self.log.set_level(level).map_err(|error| error.to_string())?;
        }
        let mut quota = newer.quota();
        quota.sessions = quota.sessions.min((self.descriptors)(quota.sessions));
        self.desk.limit(quota).await.map_err(|ended| ended.to_string())?;
        self.policy.set(newer.proxy.trusted.clone(), newer.ws.origins.clone());
        let (held, people) = (self.file.borrow().held_until_start(&newer), newer.people.clone());
        self.take_over(newer);
        self.people(&people).await?;
        Ok(match held.as_slice() {
            [] => "the settings and the certificate were read again".to_owned(),
            held => format!(
                "the settings and the certificate were read again; until the next start it stays as it is with {}",
                held.join(", ")
            ),
        })
    }

    /// What holds until the next start is compared with what holds now the next time, too.
    fn take_over(&self, newer: ConfigFile) {
        let mut file = self.file.borrow_mut();
        (file.quota, file.people, file.log.level) = (newer.quota, newer.people, newer.log.level);
        (file.proxy.trusted, file.ws.origins) = (newer.proxy.trusted, newer.ws.origins);
        (file.tls.certificate, file.tls.key) = (newer.tls.certificate, newer.tls.key);
    }

    fn read_certificate(&self, newer: &ConfigFile) -> anyhow::Result<()> {
        self.renewal.hurry();
        let Some(identity) = &self.identity else { return Ok(()) };
        match (self.tls, &newer.tls.certificate, &newer.tls.key) {
            (TlsMode::Files, Some(certificate), Some(key)) => identity.replace(certificate, key)?,
            _ => identity.reload()?,
        }
        Ok(())
    }

    /// Has the server do as the file says with strangers.
    async fn people(&self, people: &PeopleFile) -> Result<(), String> {
        let PeopleFile { registration, guests, keep_days, greeting } = people.clone();
        // Who has ended needs no settings.
        self.desk.greet(greeting).await.ok();
        let kept = match keep_days {
            Some(days) => self.desk.operate(Operation::Keep(days)).await,
            None => Ok(Ok(())),
        };
        if let Ok(Err(refusal)) = kept {
            return Err(format!("how long what is said is kept stays as it was: {}", refusal.text));
        }
        if (registration, guests) == (None, None) {
            return Ok(());
        }
        match self.desk.operate(Operation::Settings { registration, guests }).await {
            Ok(Err(refusal)) => Err(format!("what strangers may do stays as it was: {}", refusal.text)),
            _ => Ok(()),
        }
    }
}

/// What the socket in the data folder may turn.
pub(crate) struct Knobs(pub(crate) Rc<Live>);

impl Controls for Knobs {
    fn set_log(&self, level: &str) -> Result<(), LogError> {
        self.0.log.set_level(level)
    }

    async fn reload(&self) -> Result<String, String> {
        self.0.read().await
    }
}
