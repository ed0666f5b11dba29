//! Names, addresses and passwords as they may be; once made, they keep their rule.

use std::fmt;
use std::str::FromStr;

use platform::config::PasswordPolicy;

use crate::problem::{Code, Problem};

/// The name of an account. It has no `@`, so that it never passes for somebody's address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Username(String);

impl Username {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let name = text.trim();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        if (3..=64).contains(&name.chars().count()) && name.chars().all(allowed) {
            return Ok(Self(name.to_owned()));
        }
        Err(Problem::new(
            Code::InvalidUsername,
            "The user name must have 3 to 64 letters, digits, dots, underscores or hyphens.",
        ))
    }
}

/// The e-mail address of an account, of a form that mail can be sent to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Email(String);

/// Longest address that mail systems pass on (RFC 5321 § 4.5.3.1.3, less the brackets).
const LONGEST_EMAIL: usize = 254;

impl Email {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let address = text.trim();
        let parsed = address.parse::<lettre::Address>();
        match parsed {
            Ok(_) if address.len() <= LONGEST_EMAIL => Ok(Self(address.to_owned())),
            _ => Err(Problem::new(
                Code::InvalidEmail,
                "The e-mail address must look like name@example.org and have at most 254 bytes.",
            )),
        }
    }
}

/// A password. Never printed.
pub(super) struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why the old rule has so odd a list: clients of the older systems know it by heart.
const LEGACY_RULE: &str = "The password must have 5 to 20 characters, with at least one lower-case \
    letter, one upper-case letter, one digit and one of $ # @, and no white space.";

impl Password {
    /// A password for a new account: typed twice alike and within the rule.
    pub(super) fn chosen(
        password: String,
        again: &str,
        policy: PasswordPolicy,
    ) -> Result<Self, Problem> {
        if password != again {
            return Err(Code::PasswordsDiffer.into());
        }
        let (fits, rule) = match policy {
            PasswordPolicy::Default => (
                (8..=128).contains(&password.chars().count()),
                "The password must have 8 to 128 characters.",
            ),
            PasswordPolicy::Legacy => (fits_legacy(&password), LEGACY_RULE),
        };
        if fits { Ok(Self(password)) } else { Err(Problem::new(Code::InvalidPassword, rule)) }
    }

    /// A password given at a login; whether it is right is for its hash to say.
    pub(super) fn given(password: String) -> Self {
        Self(password)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn fits_legacy(password: &str) -> bool {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    (5..=20).contains(&password.chars().count())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_digit())
        && has(|c| matches!(c, '$' | '#' | '@'))
        && !has(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_short_plain_and_never_an_address() {
        for good in ["ada", "José.9", "a_b-c", &"x".repeat(64), "  trimmed "] {
            assert!(good.parse::<Username>().is_ok(), "{good}");
        }
        for bad in ["", "ab", &"x".repeat(65), "a b c", "ada@example.org", "a/b/c", "a\0bc", "<b>"]
        {
            assert!(bad.parse::<Username>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_one_that_mail_can_be_sent_to() {
        assert!("ada@example.org".parse::<Email>().is_ok());
        let long = format!("{}@example.org", "x".repeat(250));
        for bad in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b\r\nBcc: c@d", &long]
        {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    fn accepted(password: &str, policy: PasswordPolicy) -> bool {
        Password::chosen(password.to_owned(), password, policy).is_ok()
    }

    #[test]
    fn the_default_rule_asks_for_length_alone() {
        for good in ["12345678", "ünïcödé!", &"x".repeat(128)] {
            assert!(accepted(good, PasswordPolicy::Default), "{good}");
        }
        for bad in ["", "1234567", "ünïcödé", &"x".repeat(129)] {
            assert!(!accepted(bad, PasswordPolicy::Default), "{bad}");
        }
    }

    #[test]
    fn the_legacy_rule_asks_for_four_kinds_of_characters() {
        for good in ["aA1$x", "Passw0rd@", "aA1#5678901234567890"] {
            assert!(accepted(good, PasswordPolicy::Legacy), "{good}");
        }
        for bad in ["aA1$", "aA1#56789012345678901", "AA1$X", "aa1$x", "aAb$x", "aA1xx", "aA1$ x"] {
            assert!(!accepted(bad, PasswordPolicy::Legacy), "{bad}");
        }
    }

    #[test]
    fn passwords_typed_differently_are_refused_and_never_printed() {
        let password =
            |again| Password::chosen("correct horse".into(), again, PasswordPolicy::Default);
        assert_eq!(password("battery staple").unwrap_err().code(), Code::PasswordsDiffer);
        assert_eq!(format!("{:?}", password("correct horse").unwrap()), "Password(…)");
    }
}
