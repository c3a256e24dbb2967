//! Has the certificate renewed, where an authority gives it to the server itself.

use crate::Failure;
#[cfg(feature = "acme")]
use anyhow::Context as _;
use anyhow::anyhow;
use sala_net::config::TlsFile;
use sala_net::transport::tls::Identity;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "acme")]
type Acme = sala_net::acme::Acme<sala_net::clock::SystemClock>;

/// What sees to it, if anything does.
pub(crate) struct Renewal {
    #[cfg(feature = "acme")]
    acme: Option<Acme>,
}

#[cfg(feature = "acme")]
impl Renewal {
    /// For a server that shows a certificate which others see to, or none.
    pub(crate) fn none() -> Self {
        Renewal { acme: None }
    }

    /// For a server that gets its own; what it shows lies in the data folder.
    pub(crate) fn by_authority(
        file: &TlsFile,
        data: &Path,
    ) -> Result<(Self, Arc<Identity>), (Failure, anyhow::Error)> {
        use sala_net::acme::{FILE, FOLDER};
        let Some(acme) = &file.acme else {
            let error = anyhow!("--tls acme needs [tls.acme] with your domains, in the file of settings");
            return Err((Failure::Usage, error));
        };
        let folder = data.join(FOLDER);
        let made = crate::folder::make(&folder).with_context(|| format!("cannot make {}", folder.display()));
        made.map_err(|error| (Failure::Data, error))?;
        let identity = Identity::awaited(&folder.join(FILE));
        let identity = Arc::new(identity.map_err(|error| (Failure::Data, error.into()))?);
        let clock = sala_net::clock::SystemClock::new();
        let acme = Acme::new(&folder, acme, Arc::clone(&identity), clock);
        Ok((Renewal { acme: Some(acme) }, identity))
    }

    /// Sees to it for ever.
    pub(crate) async fn keep(&self) {
        match &self.acme {
            Some(acme) => acme.keep().await,
            None => std::future::pending().await,
        }
    }

    /// Tries now what would be tried later.
    pub(crate) fn hurry(&self) {
        if let Some(acme) = &self.acme {
            acme.hurry();
        }
    }
}

#[cfg(not(feature = "acme"))]
impl Renewal {
    pub(crate) fn none() -> Self {
        Renewal {}
    }

    pub(crate) fn by_authority(
        _: &TlsFile,
        _: &Path,
    ) -> Result<(Self, Arc<Identity>), (Failure, anyhow::Error)> {
        let error =
            anyhow!("this program was built without ACME; name a certificate by tls.certificate and tls.key");
        Err((Failure::Usage, error))
    }

    pub(crate) async fn keep(&self) {
        std::future::pending().await
    }

    pub(crate) fn hurry(&self) {}
}
