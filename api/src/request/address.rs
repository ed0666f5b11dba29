//! Where a request comes from, as far as the proxies in front can be believed.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap};

/// A client's address as limits count it: an IPv6 client owns its whole /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The address of the client behind `hops` trusted proxies.
    pub(crate) fn of(request: &ServiceRequest, hops: usize) -> Self {
        let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        Self(network(forwarded(request.headers(), hops).unwrap_or(peer)))
    }
}

/// The address that the outermost trusted proxy saw. Each proxy appends the one it saw, so what is
/// further left than that was written by the client and proves nothing.
fn forwarded(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let lines: Vec<&str> =
        headers.get_all(header::X_FORWARDED_FOR).filter_map(|line| line.to_str().ok()).collect();
    let list = lines.join(",");
    let entry = list.rsplit(',').nth(hops.checked_sub(1)?)?.trim();
    let bare = entry.trim_start_matches('[').split(']').next()?;
    bare.parse().ok().or_else(|| entry.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()))
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address(forwarded: &[&str], hops: usize) -> String {
        let mut request = TestRequest::default().peer_addr(([9, 9, 9, 9], 1).into());
        for line in forwarded {
            request = request.append_header((header::X_FORWARDED_FOR, *line));
        }
        ClientAddress::of(&request.to_srv_request(), hops).0.to_string()
    }

    #[test]
    fn the_header_counts_only_behind_proxies_and_from_the_right() {
        assert_eq!(address(&["1.1.1.1, 2.2.2.2"], 0), "9.9.9.9");
        assert_eq!(address(&["1.1.1.1, 2.2.2.2"], 1), "2.2.2.2");
        assert_eq!(address(&["1.1.1.1", "2.2.2.2"], 2), "1.1.1.1");
        assert_eq!(address(&["1.1.1.1"], 2), "9.9.9.9");
        assert_eq!(address(&["nonsense"], 1), "9.9.9.9");
        assert_eq!(address(&["2.2.2.2:4711"], 1), "2.2.2.2");
    }

    #[test]
    fn an_ipv6_client_counts_as_its_network() {
        assert_eq!(address(&["2001:db8:1:2:3:4:5:6"], 1), "2001:db8:1:2::");
        assert_eq!(address(&["[2001:db8:1:2:3:4:5:6]:80"], 1), "2001:db8:1:2::");
        assert_eq!(address(&["::ffff:1.2.3.4"], 1), "1.2.3.4");
    }
}
