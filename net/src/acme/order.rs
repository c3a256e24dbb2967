//! One certificate, from the account to the last answer of the authority.

use super::wire::Wire;
use crate::private;
use crate::transport::tls::{ChallengeError, Challenges, IdentityError};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder,
    Order, OrderStatus, Problem, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use sala_core::limits::ACME_ORDER_MS;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file of the account, of which the authority knows us again.
const ACCOUNT: &str = "account.json";
/// What an authority says of an account that it does not know (RFC 8555, section 6.7).
const UNKNOWN_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";
/// How often it is asked whether it is done: twice as long after each time.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_millis(ACME_ORDER_MS));

/// Why there is no certificate, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    /// The authority cannot be reached, or does not want to.
    #[error(
        "the authority says or does what does not help: {0}; is tls.acme.directory right, and can this computer reach it?"
    )]
    Authority(#[from] Error),
    /// It does not believe that we have a name.
    #[error(
        "the authority does not see that this server is {domain}: {why}; it looks at port 443 of it, so let this server's TLS be reached there"
    )]
    Unproven {
        /// Which name.
        domain: String,
        /// In the authority's words.
        why: String,
    },
    /// It looks in none of the ways that we know.
    #[error("the authority does not prove {0} by tls-alpn-01; name another one in tls.acme.directory")]
    NoWay(String),
    /// It has not answered in time.
    #[error("the authority has not answered in time; it will be asked again")]
    TooSlow,
    /// What it gave cannot be used.
    #[error("the authority has given a certificate that {0}; name another one in tls.acme.directory")]
    Unfit(&'static str),
    /// It does not go with the key.
    #[error("the authority has given no certificate for our key: {0}")]
    Unusable(#[from] IdentityError),
    /// No proof can be made.
    #[error("cannot show the authority what it looks for: {0}")]
    Unshown(#[from] ChallengeError),
    /// No key can be made.
    #[error("cannot make a key: {0}")]
    Key(#[from] rcgen::Error),
    /// A file cannot be read or written.
    #[error("cannot use {path}: {cause}; the folder must be the server's own", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// What is asked for, and from whom.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) domains: Vec<String>,
    pub(super) contact: Option<String>,
    pub(super) directory: String,
}

/// An account, and with whom.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// Gets a certificate: its key, and behind it its chain, in PEM.
pub(super) async fn obtain(
    wanted: &Wanted,
    folder: &Path,
    challenges: &Challenges,
) -> Result<String, AcmeError> {
    let obtained = order(wanted, folder, challenges).await;
    challenges.forget();
    if let Err(AcmeError::Authority(Error::Api(problem))) = &obtained
        && problem.r#type.as_deref() == Some(UNKNOWN_ACCOUNT)
    {
        // The next time begins with a new one. If it is not removed, it is tried again then.
        fs::remove_file(folder.join(ACCOUNT)).ok();
    }
    obtained
}

async fn order(wanted: &Wanted, folder: &Path, challenges: &Challenges) -> Result<String, AcmeError> {
    let account = account(wanted, folder).await?;
    let identifiers: Vec<Identifier> = wanted.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        // What was proven a while ago need not be proven again.
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let domain = authorization.identifier().to_string();
        // Nothing is proven for anybody else, whatever an authority asks.
        if !wanted.domains.contains(&domain) {
            return Err(AcmeError::NoWay(domain));
        }
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
        let mut challenge = challenge.ok_or_else(|| AcmeError::NoWay(domain.clone()))?;
        let digest = challenge.key_authorization().digest();
        let digest = digest.as_ref().try_into().expect("SHA-256 has 32 bytes");
        challenges.show(&domain, digest)?;
        challenge.set_ready().await?;
    }
    if order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
        return Err(unproven(&mut order).await);
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(wanted.domains.clone())?;
    params.distinguished_name = DistinguishedName::new();
    order.finalize_csr(params.serialize_request(&key)?.der()).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok(key.serialize_pem() + &chain)
}

/// What the authority says of the first name that it did not believe us.
async fn unproven(order: &mut Order) -> AcmeError {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        // What was said of it before is from before it was looked at.
        if authorization.refresh().await.is_ok()
            && let Some(problem) =
                authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref())
        {
            return AcmeError::Unproven {
                domain: authorization.identifier().to_string(),
                why: words(problem),
            };
        }
    }
    AcmeError::Authority(Error::Str("it takes the order back, and does not say why"))
}

fn words(problem: &Problem) -> String {
    problem
        .detail
        .clone()
        .or_else(|| problem.r#type.clone())
        .unwrap_or_else(|| "it does not say why".to_owned())
}

/// The account that we have with this authority, or a new one.
async fn account(wanted: &Wanted, folder: &Path) -> Result<Account, AcmeError> {
    let path = folder.join(ACCOUNT);
    let failed = |cause| AcmeError::File { path: path.clone(), cause };
    let held = match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str::<Kept>(&text)
            .inspect_err(|error| {
                let path = path.display();
                tracing::warn!(%error, "{path} is damaged: the authority is asked for another account");
            })
            .ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let builder = Account::builder_with_http(Box::new(Wire::new()));
    if let Some(kept) = held.filter(|kept| kept.directory == wanted.directory) {
        return Ok(builder.from_credentials(kept.credentials).await?);
    }
    let contact: Vec<&str> = wanted.contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder.create(&new, wanted.directory.clone(), None).await?;
    let kept = Kept { directory: wanted.directory.clone(), credentials };
    let text = serde_json::to_string(&kept).map_err(io::Error::other).map_err(failed)?;
    private::write(&path, &text).map_err(failed)?;
    Ok(account)
}
