//! Certificates that a server gets from an authority by itself, and renews before they end (ACME, RFC 8555).

mod validity;
mod wire;
mod order;

pub use order::AcmeError;

use crate::clock::Clock;
use crate::config::AcmeFile;
use crate::private;
use crate::transport::tls::Identity;
use order::{Wanted, obtain};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use sala_core::limits::{ACME_LOOK_MS, ACME_ORDER_MS, ACME_RETRY_MS_MAX, ACME_RETRY_MS_MIN};
use sala_core::time::Wall;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use validity::Validity;

/// The folder within the data folder in which account, key and certificate lie.
pub const FOLDER: &str = "acme";
/// The file of the certificate with its key.
pub const FILE: &str = "tls.pem";

/// Sees to it that the server has a certificate.
#[derive(Debug)]
pub struct Acme<C> {
    folder: PathBuf,
    wanted: Wanted,
    identity: Arc<Identity>,
    clock: C,
    /// It is to be tried now, whatever was to be waited for.
    asked: Notify,
}

impl<C: Clock> Acme<C> {
    /// Asks as `file` says for what `identity` shows, which lies in this folder.
    #[must_use]
    pub fn new(folder: &Path, file: &AcmeFile, identity: Arc<Identity>, clock: C) -> Self {
        let AcmeFile { domains, contact, directory } = file.clone();
        let wanted = Wanted { domains, contact, directory };
        Acme { folder: folder.to_owned(), wanted, identity, clock, asked: Notify::new() }
    }

    /// Tries now what would be tried later: whoever runs the server may have mended what was in the way.
    pub fn hurry(&self) {
        self.asked.notify_one();
    }

    /// Gets a certificate when one is due, for ever. What fails is logged, and tried again; the certificate that is there is
    /// kept.
    pub async fn keep(&self) {
        let mut pause = ACME_RETRY_MS_MIN;
        loop {
            let due = self.due_in_ms();
            if due > 0 {
                self.pause(due.min(ACME_LOOK_MS)).await;
                continue;
            }
            let time = Duration::from_millis(ACME_ORDER_MS);
            let renewed = tokio::time::timeout(time, self.renew()).await.unwrap_or(Err(AcmeError::TooSlow));
            // If it was given up half way, it has not done so itself.
            self.identity.challenges().inspect(|challenges| challenges.forget());
            match renewed {
                Ok(validity) => {
                    let days = validity.until.0.saturating_sub(self.now().0) / 86_400_000;
                    let domains = self.wanted.domains.join(", ");
                    tracing::info!(domains, days, "an authority has given a certificate");
                    if self.due_in_ms() > 0 {
                        pause = ACME_RETRY_MS_MIN;
                        continue;
                    }
                    // Asked for at once, the next one would be like it, until the authority gives none for days.
                    tracing::warn!("it is due to be renewed already: is this computer's clock right?");
                    self.pause(pause).await;
                    pause = (2 * pause).min(ACME_RETRY_MS_MAX);
                }
                Err(error) => {
                    let days = self.held().map(|held| held.until.0.saturating_sub(self.now().0) / 86_400_000);
                    let again_in_s = pause / 1_000;
                    let words = "no certificate was given; the one that is there is kept";
                    tracing::warn!(%error, days_left = days, again_in_s, "{words}");
                    self.pause(pause).await;
                    pause = (2 * pause).min(ACME_RETRY_MS_MAX);
                }
            }
        }
    }

    async fn pause(&self, ms: u64) {
        tokio::select! { biased;
            () = self.asked.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(ms)) => {}
        }
    }

    fn now(&self) -> Wall {
        self.clock.now().wall
    }

    /// From when until when the certificate is good that is shown, if there is one for all of our names.
    fn held(&self) -> Option<Validity> {
        self.fits(&self.identity.certificate()?)
    }

    fn fits(&self, certificate: &CertificateDer<'_>) -> Option<Validity> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let is_for = |domain: &String| {
            ServerName::try_from(domain.as_str()).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
        };
        Validity::of(certificate).filter(|_| self.wanted.domains.iter().all(is_for))
    }

    /// How long until a new certificate is due: when a third of the time of the old one is left.
    fn due_in_ms(&self) -> u64 {
        let Some(Validity { from, until }) = self.held() else { return 0 };
        (until.0 - (until.0 - from.0) / 3).saturating_sub(self.now().0)
    }

    /// Gets a new one, and shows it from now on. Writing holds the loop up for as long as a flush takes, once in some weeks.
    async fn renew(&self) -> Result<Validity, AcmeError> {
        let challenges = self.identity.challenges().expect("whoever awaits a certificate shows proofs");
        let text = obtain(&self.wanted, &self.folder, challenges).await?;
        let draft = self.folder.join("given.pem");
        let file = |path: &Path| {
            let path = path.to_owned();
            move |cause: io::Error| AcmeError::File { path, cause }
        };
        private::write(&draft, &text).map_err(file(&draft))?;
        // It is shown only if it is what was asked for.
        let given = Identity::read(&draft, &draft)?.certificate().ok_or(AcmeError::Unfit("is none"))?;
        let validity = self.fits(&given).ok_or(AcmeError::Unfit("is not for all of our names"))?;
        if !(validity.from.0..validity.until.0).contains(&self.now().0) {
            return Err(AcmeError::Unfit("is not good now, by this computer's clock"));
        }
        let path = self.folder.join(FILE);
        private::write(&path, &text).map_err(file(&path))?;
        std::fs::remove_file(&draft).map_err(file(&draft))?;
        self.identity.reload()?;
        Ok(validity)
    }
}
