//! The name under which a browser saves a file (RFC 6266).

use std::fmt::Write;

use crate::tasks::name::FileName;

/// The header's value: the name in ASCII for old clients, and as it is for all others.
pub(super) fn attachment(name: &FileName) -> String {
    let plain: String = name.as_str().chars().map(plain).collect();
    let mut value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            let _ = write!(value, "%{byte:02X}");
        }
    }
    value
}

/// What stands for a character within the quotes; `%` would be decoded by some clients.
fn plain(c: char) -> char {
    if (c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%')) || c == ' ' { c } else { '_' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_plainly_and_as_it_is() {
        assert_eq!(
            attachment(&FileName::sanitised("Größe \"1\" 100%;.mp3")),
            "attachment; filename=\"Gr__e _1_ 100_;.mp3\"; \
             filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%20100%25%3B.mp3"
        );
    }
}
