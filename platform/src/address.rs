//! The addresses of seams, as they may be shown.

/// The URL without what may be secret: what stands before `@`, and what follows `?`.
pub(crate) fn shown(url: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match place.rfind('@') {
        // A password with a `?` in it, or a secret with an `@` in it: nothing tells which.
        _ if query.contains('@') => format!("{scheme}:…"),
        Some(at) => format!("{scheme}:…{}", &place[at..]),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_shown() {
        for (url, expected) in [
            ("amqp://ann:secret@host:5672/%2f", "amqp:…@host:5672/%2f"),
            ("amqp://ann:se@cr:et@host", "amqp:…@host"),
            ("s3://bucket?secret=secret", "s3://bucket"),
            ("s3://bucket?secret=sec@ret", "s3:…"),
            ("amqp://ann:sec?ret@host", "amqp:…"),
            ("file:/var/lib/soundmill", "file:/var/lib/soundmill"),
            ("bucket", "bucket"),
            ("", ""),
        ] {
            assert_eq!(shown(url), expected);
        }
    }
}
