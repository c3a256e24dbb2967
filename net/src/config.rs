//! What an operator may set: flags over environment over a TOML file over what is built in.

use crate::log::{Format, level};
use rustls::pki_types::DnsName;
use sala_core::address::AddressRange;
use sala_core::entry::{Inviters, Registration};
use sala_core::limits::{
    ACME_DOMAINS_MAX, GREETING_BYTES_MAX, JOINS_BURST, KEEP_DAYS_MAX, NEWCOMERS_BURST, POSTS_BURST,
    POSTS_PER_SECOND, REQUESTS_BURST, REQUESTS_PER_SECOND, SEARCHES_BURST, SESSIONS_MAX,
    SESSIONS_PER_ADDRESS_MAX, SIGN_INS_BURST, THREADS_MAX, THREADS_USUAL_MAX, VENTURES_BURST,
};
use sala_core::server::Quota;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The file that holds every setting with what is built in, and says what each is for.
pub const DEFAULT_FILE: &str = include_str!("config.toml");

/// A TOML file of settings. What it leaves out is built in; what it has too much is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Where the server listens.
    pub listen: Option<SocketAddr>,
    /// The folder that holds everything.
    pub data: Option<PathBuf>,
    /// On how many threads connections live; 0 for as many as suit the computer.
    #[serde(default)]
    pub threads: usize,
    /// What is logged, and how; a text alone is the level.
    #[serde(default, deserialize_with = "log_section")]
    pub log: LogSection,
    /// What strangers may do, and what they are told.
    #[serde(default)]
    pub people: PeopleFile,
    /// Whether connections are encrypted, and by which certificate.
    #[serde(default)]
    pub tls: TlsFile,
    /// Where WebSockets are taken in, and from which pages.
    #[serde(default)]
    pub ws: WebSocketFile,
    /// Which proxies are believed.
    #[serde(default)]
    pub proxy: ProxyFile,
    /// Where operators see how the server does.
    #[serde(default)]
    pub operations: OperationsFile,
    /// How much a connection may ask.
    #[serde(default)]
    pub quota: QuotaFile,
}

/// What is logged, and how, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// A level, or `tracing`'s directives.
    pub level: Option<String>,
    /// For people or for machines.
    #[serde(default)]
    pub format: Format,
    /// The file of its own for what those watch who guard the server.
    pub security: Option<PathBuf>,
}

/// What strangers may do, and what they are told, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleFile {
    /// Who may make accounts; absent leaves it to the administrators.
    #[serde(default, deserialize_with = "registration")]
    pub registration: Option<Registration>,
    /// New guests may come in; absent leaves it to the administrators.
    pub guests: Option<bool>,
    /// What is said in any room goes when it is so many days old, 0 for never; absent leaves it to the administrators.
    pub keep_days: Option<u64>,
    /// What whoever comes in is told.
    #[serde(default)]
    pub greeting: String,
}

/// Where WebSockets are taken in, and from which pages, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebSocketFile {
    /// Where they come to; nowhere if absent.
    pub listen: Option<SocketAddr>,
    /// The origins of the pages that may speak to the server.
    #[serde(default)]
    pub origins: Vec<String>,
}

/// Which proxies are believed, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyFile {
    /// Where they are.
    #[serde(default)]
    pub trusted: Vec<AddressRange>,
    /// Theirs to `listen` begin with a header of the PROXY protocol, version 2.
    #[serde(default)]
    pub protocol: bool,
}

/// Where operators see how the server does, as it stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationsFile {
    /// Where it is told; nowhere if absent.
    pub listen: Option<SocketAddr>,
}

/// Whether connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// They are not.
    Off,
    /// By a certificate of the server's own making, which clients hold on to.
    #[serde(rename = "self")]
    #[value(name = "self")]
    Own,
    /// By the certificate that an authority gave.
    Files,
    /// By the one that an authority gives the server itself.
    Acme,
}

/// By which certificate connections are encrypted, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFile {
    /// Whether they are.
    pub mode: Option<TlsMode>,
    /// The chain of certificates, in PEM.
    pub certificate: Option<PathBuf>,
    /// Its key, in PEM.
    pub key: Option<PathBuf>,
    /// From where the server gets its certificate by itself.
    pub acme: Option<AcmeFile>,
}

/// From where the server gets its certificate by itself, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeFile {
    /// The names by which clients reach the server.
    pub domains: Vec<String>,
    /// Where the authority reaches whoever runs it.
    pub contact: Option<String>,
    /// The authority.
    #[serde(default = "lets_encrypt")]
    pub directory: String,
}

/// Let's Encrypt.
fn lets_encrypt() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".to_owned()
}

impl AcmeFile {
    /// What is wrong with it, and what to do.
    fn fault(&self) -> Option<String> {
        let is_name = |domain: &String| {
            DnsName::try_from(domain.as_str()).is_ok() && *domain == domain.to_ascii_lowercase()
        };
        if self.domains.is_empty() || self.domains.len() > ACME_DOMAINS_MAX {
            return Some(format!("tls.acme.domains names from 1 to {ACME_DOMAINS_MAX} domains"));
        }
        if let Some(domain) = self.domains.iter().find(|domain| !is_name(domain)) {
            return Some(format!(
                "tls.acme.domains: {domain:?} is no name; write one as \"chat.example\", in small letters"
            ));
        }
        if self.contact.as_ref().is_some_and(|contact| !contact.starts_with("mailto:")) {
            return Some("tls.acme.contact is written as \"mailto:ana@chat.example\"".to_owned());
        }
        (!self.directory.starts_with("https://")).then(|| {
            "tls.acme.directory begins with https://: whoever stands between could be the authority"
                .to_owned()
        })
    }
}

/// How much a connection may ask, as it stands in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaFile {
    posts_burst: Option<u32>,
    posts_per_second: Option<u32>,
    requests_burst: Option<u32>,
    requests_per_second: Option<u32>,
    connections: Option<u32>,
    connections_per_address: Option<u32>,
    new_names_per_address: Option<u32>,
    ventures_burst: Option<u32>,
    joins_burst: Option<u32>,
    searches_burst: Option<u32>,
    sign_ins_per_address: Option<u32>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {cause}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not as it should be; the text names line and key.
    #[error("the configuration {path} is wrong: {text}", path = path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        text: String,
    },
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has an unknown key or a value of the wrong kind.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let wrong = |text: String| ConfigError::Wrong { path: path.to_owned(), text };
        let config: ConfigFile = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let QuotaFile {
            posts_burst,
            posts_per_second,
            requests_burst,
            requests_per_second,
            connections,
            connections_per_address,
            new_names_per_address,
            ventures_burst,
            joins_burst,
            searches_burst,
            sign_ins_per_address,
        } = config.quota;
        let all = [
            posts_burst,
            posts_per_second,
            requests_burst,
            requests_per_second,
            connections,
            connections_per_address,
            new_names_per_address,
            ventures_burst,
            joins_burst,
            searches_burst,
            sign_ins_per_address,
        ];
        if all.contains(&Some(0)) {
            return Err(wrong(
                "a quota of 0 would let nobody do anything of the kind; use at least 1".to_owned(),
            ));
        }
        if let Some(levels) = &config.log.level
            && let Err(error) = level(levels)
        {
            return Err(wrong(format!("log.level: {error}")));
        }
        if config.people.keep_days.is_some_and(|days| days > KEEP_DAYS_MAX) {
            return Err(wrong(format!("people.keep_days may be {KEEP_DAYS_MAX} at most; 0 keeps for ever")));
        }
        if config.people.greeting.len() > GREETING_BYTES_MAX {
            return Err(wrong(format!("people.greeting may have {GREETING_BYTES_MAX} bytes; shorten it")));
        }
        if let Some(origin) = config.ws.origins.iter().find(|origin| !is_origin(origin)) {
            let text = format!(
                "ws.origins: {origin:?} is no origin; write one as \"https://chat.example\", as a browser says it"
            );
            return Err(wrong(text));
        }
        if config.proxy.protocol && config.proxy.trusted.is_empty() {
            return Err(wrong(
                "proxy.protocol is set and proxy.trusted names nobody; name your proxies".to_owned(),
            ));
        }
        if config.threads > THREADS_MAX {
            return Err(wrong(format!(
                "threads may be {THREADS_MAX} at most; 0 takes what suits the computer"
            )));
        }
        let TlsFile { mode, certificate, key, acme } = &config.tls;
        if certificate.is_some() != key.is_some() {
            return Err(wrong("tls.certificate and tls.key go together; set both".to_owned()));
        }
        if *mode == Some(TlsMode::Files) && certificate.is_none() {
            return Err(wrong("tls.mode is \"files\"; set tls.certificate and tls.key".to_owned()));
        }
        if *mode == Some(TlsMode::Acme) && acme.is_none() {
            return Err(wrong("tls.mode is \"acme\"; name your domains in [tls.acme]".to_owned()));
        }
        if mode.is_none() && certificate.is_some() && acme.is_some() {
            return Err(wrong(
                "tls.certificate and [tls.acme] are two ways; say by tls.mode which".to_owned(),
            ));
        }
        if let Some(fault) = acme.as_ref().and_then(AcmeFile::fault) {
            return Err(wrong(fault));
        }
        Ok(config)
    }

    /// What of `self` differs from `newer` and holds until the next start.
    #[must_use]
    pub fn held_until_start(&self, newer: &ConfigFile) -> Vec<&'static str> {
        let differ = [
            ("listen", self.listen != newer.listen),
            ("data", self.data != newer.data),
            ("threads", self.threads != newer.threads),
            ("log.format", self.log.format != newer.log.format),
            ("log.security", self.log.security != newer.log.security),
            ("tls.mode", self.tls_mode() != newer.tls_mode()),
            ("tls.acme", self.tls.acme != newer.tls.acme),
            ("ws.listen", self.ws.listen != newer.ws.listen),
            ("proxy.protocol", self.proxy.protocol != newer.proxy.protocol),
            ("operations.listen", self.operations != newer.operations),
        ];
        differ.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Whether connections are encrypted, where no flag says so.
    #[must_use]
    pub fn tls_mode(&self) -> TlsMode {
        // Whoever names a certificate means it.
        let named = match &self.tls {
            TlsFile { certificate: Some(_), .. } => TlsMode::Files,
            TlsFile { acme: Some(_), .. } => TlsMode::Acme,
            _ => TlsMode::Off,
        };
        self.tls.mode.unwrap_or(named)
    }

    /// On how many threads connections live, where so many can run at a time.
    #[must_use]
    pub fn threads(&self, processors: usize) -> usize {
        match self.threads {
            0 => processors.clamp(1, THREADS_USUAL_MAX),
            given => given,
        }
    }

    /// The quota, with what is built in where the file says nothing.
    #[must_use]
    pub fn quota(&self) -> Quota {
        let count = |given: Option<u32>| given.and_then(|count| usize::try_from(count).ok());
        Quota {
            posts_burst: self.quota.posts_burst.unwrap_or(POSTS_BURST),
            posts_per_second: self.quota.posts_per_second.unwrap_or(POSTS_PER_SECOND),
            requests_burst: self.quota.requests_burst.unwrap_or(REQUESTS_BURST),
            requests_per_second: self.quota.requests_per_second.unwrap_or(REQUESTS_PER_SECOND),
            sessions: count(self.quota.connections).unwrap_or(SESSIONS_MAX),
            sessions_per_address: count(self.quota.connections_per_address)
                .unwrap_or(SESSIONS_PER_ADDRESS_MAX),
            names_per_address_burst: self.quota.new_names_per_address.unwrap_or(NEWCOMERS_BURST),
            ventures_burst: self.quota.ventures_burst.unwrap_or(VENTURES_BURST),
            joins_burst: self.quota.joins_burst.unwrap_or(JOINS_BURST),
            searches_burst: self.quota.searches_burst.unwrap_or(SEARCHES_BURST),
            sign_ins_per_address_burst: self.quota.sign_ins_per_address.unwrap_or(SIGN_INS_BURST),
        }
    }
}

/// Reads who may make accounts: a word, or as earlier files have it whether anybody may.
fn registration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Registration>, D::Error> {
    struct Either;
    impl Visitor<'_> for Either {
        type Value = Registration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(r#""open", "invitation", "member_invitation" or "closed""#)
        }

        fn visit_bool<E>(self, open: bool) -> Result<Registration, E> {
            Ok(if open { Registration::Open } else { Registration::Closed })
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Registration, E> {
            Ok(match text {
                "open" => Registration::Open,
                "invitation" => Registration::Invitation(Inviters::Admins),
                "member_invitation" => Registration::Invitation(Inviters::Members),
                "closed" => Registration::Closed,
                _ => return Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            })
        }
    }
    deserializer.deserialize_any(Either).map(Some)
}

/// Reads `log = "warn"` as well as a whole section.
fn log_section<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogSection, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = LogSection;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a level, or a section [log]")
        }

        fn visit_str<E>(self, text: &str) -> Result<LogSection, E> {
            Ok(LogSection { level: Some(text.to_owned()), ..LogSection::default() })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LogSection, A::Error> {
            LogSection::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Either)
}

/// Whether a browser could say this of a page: a scheme, a host, and a port if it is not the scheme's own.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fits = |host: &str| !host.contains(['/', '?', '#', '*', ' ']) && *host == *host.to_ascii_lowercase();
    host.is_some_and(|host| !host.is_empty() && fits(host))
}
