//! Where the queue is: the broker's address, and the names at it.

use lapin::uri::AMQPUri;

use crate::queue::OpenError;

/// Seconds without a sign of life after which either side looks for the other; after twice as long
/// the connection counts as broken.
const HEARTBEAT: u16 = 5;

/// Longest wait for the network to connect, in milliseconds.
const CONNECT_MS: u64 = 4000;

/// Name of the queue unless the URL says otherwise.
const QUEUE: &str = "soundmill";

/// The parts of an AMQP URL.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) uri: AMQPUri,
    /// The queue of jobs.
    pub(super) jobs: String,
    /// The queue of jobs that were given back too often.
    pub(super) dead: String,
    /// The queue of pings.
    pub(super) pings: String,
    /// Most jobs that wait.
    pub(super) limit: usize,
    /// The address as it may be shown.
    pub(super) shown: String,
}

impl Place {
    pub(super) fn parse(url: &str, limit: usize) -> Result<Self, OpenError> {
        let shown = crate::address::shown(url);
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let mut uri: AMQPUri = address.parse().map_err(|_| OpenError::Url(shown.clone()))?;
        uri.authority.host = host(address, uri.authority.host);
        if uri.vhost.is_empty() {
            uri.vhost = "/".into(); // nobody means the one without a name
        }
        uri.query.heartbeat = Some(HEARTBEAT);
        uri.query.connection_timeout = Some(CONNECT_MS);
        let jobs = match query {
            "" => QUEUE.to_owned(),
            query => queue(query).ok_or_else(|| OpenError::Parameter(shown.clone()))?,
        };
        let (dead, pings) = (format!("{jobs}.dead"), format!("{jobs}.pings"));
        Ok(Self { uri, jobs, dead, pings, limit, shown })
    }
}

/// The host, which the parser finds unless it is an address of IPv6.
fn host(address: &str, found: String) -> String {
    match (address.rfind('['), address.rfind(']')) {
        (Some(start), Some(end)) if start < end => address[start..=end].to_owned(),
        _ => found,
    }
}

fn queue(query: &str) -> Option<String> {
    let name = query.strip_prefix("queue=")?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=200).contains(&name.len()) && name.bytes().all(allowed)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_what_it_leaves_out() {
        for (url, host, port, vhost, queue) in [
            ("amqp://example.org", "example.org", 5672, "/", "soundmill"),
            ("amqps://example.org/", "example.org", 5671, "/", "soundmill"),
            ("amqp://a:b@10.0.0.1:1234/%2f?queue=mill.2", "10.0.0.1", 1234, "/", "mill.2"),
            ("amqp://a:b@[::1]:1234/mill", "[::1]", 1234, "mill", "soundmill"),
        ] {
            let place = Place::parse(url, 1).expect(url);
            assert_eq!(place.uri.authority.host, host, "{url}");
            assert_eq!(place.uri.authority.port, port, "{url}");
            assert_eq!((place.uri.vhost.as_str(), place.jobs.as_str()), (vhost, queue), "{url}");
        }
    }

    #[test]
    fn parameters_that_nobody_reads_are_refused() {
        for query in ["queue=", "queue=a/b", "que=a", "heartbeat=60", "queue=a&queue=b", "a=?"] {
            let error = Place::parse(&format!("amqp://example.org/?{query}"), 1).unwrap_err();
            assert!(matches!(error, OpenError::Parameter(_)), "{query}: {error}");
        }
    }
}
