//! Conditional requests (RFC 9110 § 13).

use actix_web::http::header::{self, HeaderMap, HeaderName};

/// Whether `If-Match` lets the request pass.
pub(super) fn allows_match(headers: &HeaderMap, etag: &str) -> bool {
    !headers.contains_key(header::IF_MATCH)
        || lists(headers, &header::IF_MATCH, |listed| listed == etag)
}

/// Whether `If-None-Match` says that the client has the file already.
pub(super) fn is_unchanged(headers: &HeaderMap, etag: &str) -> bool {
    lists(headers, &header::IF_NONE_MATCH, |listed| {
        listed.strip_prefix("W/").unwrap_or(listed) == etag
    })
}

/// The header `Range`, unless it is void: by `If-Range` with another tag, or with a date, which is
/// never right since files here have none.
pub(super) fn range_header<'a>(headers: &'a HeaderMap, etag: &str) -> Option<&'a str> {
    if let Some(value) = headers.get(header::IF_RANGE)
        && value.as_bytes() != etag.as_bytes()
    {
        return None;
    }
    headers.get(header::RANGE)?.to_str().ok()
}

/// Whether a header's list has a fitting tag. The tags here have no commas in them.
fn lists(headers: &HeaderMap, name: &HeaderName, fits: impl Fn(&str) -> bool) -> bool {
    headers
        .get_all(name)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|listed| listed == "*" || fits(listed))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn if_none_match_compares_weakly_and_if_match_strongly() {
        for (value, unchanged, matches) in [
            ("\"a\"", true, true),
            ("W/\"a\"", true, false),
            ("\"b\", \"a\"", true, true),
            ("*", true, true),
            ("\"b\"", false, false),
            ("a", false, false),
        ] {
            assert_eq!(is_unchanged(&headers(header::IF_NONE_MATCH, value), "\"a\""), unchanged);
            assert_eq!(
                allows_match(&headers(header::IF_MATCH, value), "\"a\""),
                matches,
                "{value}"
            );
        }
        assert!(allows_match(&HeaderMap::new(), "\"a\""));
        assert!(!is_unchanged(&HeaderMap::new(), "\"a\""));
    }

    #[test]
    fn a_range_counts_only_for_the_file_it_was_meant_for() {
        let mut both = headers(header::RANGE, "bytes=0-1");
        assert_eq!(range_header(&both, "\"a\""), Some("bytes=0-1"));
        both.insert(header::IF_RANGE, HeaderValue::from_static("\"a\""));
        assert_eq!(range_header(&both, "\"a\""), Some("bytes=0-1"));
        for other in ["\"b\"", "W/\"a\"", "Tue, 15 Nov 1994 12:45:26 GMT"] {
            both.insert(header::IF_RANGE, HeaderValue::from_static(other));
            assert_eq!(range_header(&both, "\"a\""), None, "{other}");
        }
    }
}
