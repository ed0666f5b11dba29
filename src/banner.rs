//! The first thing a person sees.

use std::io::{self, Write};

/// Says where the service is and how to try it.
///
/// # Errors
/// When standard output can't be written to.
pub(crate) fn print(url: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Soundmill {} listens on {url}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Open it in a browser, or try:")?;
    writeln!(
        out,
        "  curl {url}/api/auth/signup -d username=ann -d email=ann@example.org \
         -d password1=correct-horse -d password2=correct-horse"
    )?;
    out.flush()
}
