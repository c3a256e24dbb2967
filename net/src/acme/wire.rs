//! Questions to an authority, and its answers: one a connection, by TLS to whom the authorities of this computer vouch for.

use crate::transport::Connector as _;
use crate::transport::tcp::TcpConnector;
use crate::transport::tls::provider;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sala_core::limits::{ACME_ANSWER_BYTES_MAX, ACME_ANSWER_MS};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// The way to an authority.
pub(super) struct Wire(TlsConnector);

impl Wire {
    /// Whom this computer believes is looked up each time: that may change while a server runs.
    pub(super) fn new() -> Self {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "whom this computer believes cannot be read in full");
        }
        roots.add_parsable_certificates(found.certs);
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the ciphers of ring cover TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Wire(TlsConnector::from(Arc::new(config)))
    }
}

impl HttpClient for Wire {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let tls = self.0.clone();
        Box::pin(async move {
            let time = Duration::from_millis(ACME_ANSWER_MS);
            let answered = tokio::time::timeout(time, ask(&tls, request)).await;
            answered
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
                .map_err(Error::Other)
        })
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn ask(tls: &TlsConnector, mut request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Failed> {
    let uri = request.uri().clone();
    let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{uri} does not begin with https://").into());
    };
    let host = authority.host();
    let mut connector = TcpConnector(format!("{host}:{}", authority.port_u16().unwrap_or(443)));
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
    let stream = tls.connect(name, connector.connect().await?).await?;
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
    *request.uri_mut() =
        uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| path.clone().into());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let answer = async move {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, ACME_ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok(BytesResponse { parts, body: Box::new(body) })
    };
    let (mut answer, connection) = (pin!(answer), pin!(connection));
    tokio::select! { biased;
        answered = &mut answer => answered,
        ended = connection => {
            ended?;
            answer.await
        }
    }
}
