//! The addresses of buckets on a network, taken apart: `gs://BUCKET?…` and
//! `s3://KEY:SECRET@BUCKET?…`.

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::OpenError;
use crate::address::shown;

/// Such an address. It holds secrets, hence no `Debug`.
pub(super) struct Address {
    /// As it may be shown.
    pub(super) shown: String,
    /// Name of the bucket.
    pub(super) bucket: String,
    /// Access key and secret, where the address has them.
    pub(super) key: Option<(String, String)>,
    /// Where the server is, if not where it usually is; without a slash at its end.
    pub(super) endpoint: Option<String>,
    /// `region=` of S3.
    pub(super) region: Option<String>,
    /// `credentials=` of Google Cloud Storage: path of a service account's key file.
    pub(super) credentials: Option<String>,
}

impl Address {
    /// Takes an address apart whose parameters must be among `known`.
    pub(super) fn parse(url: &str, known: &[&str]) -> Result<Self, OpenError> {
        let malformed = || OpenError::Url(shown(url));
        let parsed = Url::parse(url).map_err(|_| malformed())?;
        let bucket = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(malformed)?;
        if !matches!(parsed.path(), "" | "/") || parsed.port().is_some() {
            return Err(malformed());
        }
        let mut address = Self {
            shown: shown(url),
            bucket: bucket.to_owned(),
            key: key_of(&parsed).ok_or_else(malformed)?,
            endpoint: None,
            region: None,
            credentials: None,
        };
        for (name, value) in parsed.query_pairs() {
            address.set(&name, &value, known)?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: &str, known: &[&str]) -> Result<(), OpenError> {
        let shown = self.shown.clone();
        let (place, value) = match name {
            "endpoint" => (&mut self.endpoint, endpoint(value)),
            "region" => (&mut self.region, Some(value.to_owned())),
            "credentials" => (&mut self.credentials, Some(value.to_owned())),
            _ => return Err(OpenError::Url(shown)),
        };
        let Some(value) = value else {
            let rule = "endpoint is http://HOST:PORT or https://HOST";
            return Err(OpenError::Parameter(shown, rule.into()));
        };
        if !known.contains(&name) || value.is_empty() || place.is_some() {
            return Err(OpenError::Url(shown));
        }
        *place = Some(value);
        Ok(())
    }

    /// Whether what is sent can be read on its way.
    pub(super) fn is_plain(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"))
    }
}

/// Access key and secret. The outer `None`: one of the two is missing or can't be read.
#[expect(clippy::option_option, reason = "no key at all is fine, half a key is not")]
fn key_of(url: &Url) -> Option<Option<(String, String)>> {
    let decoded = |text| percent_decode_str(text).decode_utf8().ok().map(String::from);
    match (url.username(), url.password()) {
        ("", None) => Some(None),
        ("", _) | (_, None) => None,
        (key, Some(secret)) => Some(Some((decoded(key)?, decoded(secret)?))),
    }
}

fn endpoint(value: &str) -> Option<String> {
    let url = Url::parse(value).ok()?;
    let is_plain = matches!(url.path(), "" | "/") && url.query().is_none();
    let is_http = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    (is_http && is_plain && url.username().is_empty())
        .then(|| value.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, OpenError> {
        Address::parse(url, &["endpoint", "region"])
    }

    #[test]
    fn an_address_is_taken_apart() {
        let url = "s3://AKI:a%2Fb%2Bc@my.bucket_1?endpoint=http://127.0.0.1:9000/&region=eu-1";
        let address = parse(url).unwrap();
        assert_eq!(address.bucket, "my.bucket_1");
        assert_eq!(address.key, Some(("AKI".into(), "a/b+c".into())));
        assert_eq!(address.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(address.region.as_deref(), Some("eu-1"));
        assert_eq!(address.shown, "s3:…@my.bucket_1");
        assert!(address.is_plain() && !parse("s3://bucket").unwrap().is_plain());
    }

    #[test]
    fn what_is_not_sound_is_refused() {
        for url in [
            "s3://",
            "s3://bucket/folder",
            "s3://bucket:9000",
            "s3://key@bucket",
            "s3://:secret@bucket",
            "s3://bucket?secret=x",
            "s3://bucket?region=",
            "s3://bucket?region=a&region=b",
            "s3://bucket?credentials=x",
            "s3://bucket?endpoint=localhost:9000",
            "s3://bucket?endpoint=ftp://localhost",
            "s3://bucket?endpoint=http://ann:secret@localhost",
            "s3://bucket?endpoint=http://localhost/path",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
