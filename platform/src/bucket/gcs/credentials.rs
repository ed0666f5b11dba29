//! Who we are to Google: application default credentials, which are a key file or the metadata
//! server of a VM; a key file named in the address; or nobody, for emulators.

use google_cloud_auth::build_errors::Error as BuilderError;
use google_cloud_auth::credentials::{self, Credentials, anonymous, service_account};
use google_cloud_auth::signer::Signer;

use crate::bucket::address::Address;

/// What requests are allowed to do with objects, and nothing else of the project.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// What we prove who we are with.
pub(super) struct Identity {
    /// For requests.
    pub(super) credentials: Credentials,
    /// For URLs: by the key itself, or on a VM by the service that keeps its key.
    pub(super) signer: Option<Signer>,
}

/// Why we have no credentials.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the key file {0} can't be read: {1}")]
    File(String, std::io::Error),
    #[error("the key file {0} is not the JSON of a service account's key: {1}")]
    Json(String, serde_json::Error),
    #[error("{0}")]
    Build(#[from] BuilderError),
}

impl Identity {
    pub(super) async fn find(address: &Address) -> Result<Self, Error> {
        let key = match &address.credentials {
            Some(path) => Some(key(path).await?),
            None => None,
        };
        let scopes = [SCOPE];
        let signer = match &key {
            Some(key) => Some(service_account::Builder::new(key.clone()).build_signer()?),
            None if address.is_plain() => None,
            // A person's own login, for one, can't sign.
            None => credentials::Builder::default().build_signer().ok(),
        };
        let credentials = match key {
            // A token must not travel where anyone can read it.
            _ if address.is_plain() => anonymous::Builder::new().build(),
            Some(key) => service_account::Builder::new(key)
                .with_access_specifier(service_account::AccessSpecifier::from_scopes(scopes))
                .build()?,
            None => credentials::Builder::default().with_scopes(scopes).build()?,
        };
        Ok(Self { credentials, signer })
    }
}

async fn key(path: &str) -> Result<serde_json::Value, Error> {
    let text = tokio::fs::read(path).await.map_err(|error| Error::File(path.into(), error))?;
    serde_json::from_slice(&text).map_err(|error| Error::Json(path.into(), error))
}
