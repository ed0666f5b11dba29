//! The first thing a person sees.

use std::io::Write;

/// Says where the service is and how to try it. Whether anybody reads it is not the service's
/// concern.
pub(crate) fn print(url: &str) {
    let text = format!(
        "Soundmill {} listens on {url}\nOpen it in a browser, or try:\n  \
         curl {url}/api/auth/signup -d username=ann -d email=ann@example.org \
         -d password1=correct-horse -d password2=correct-horse\n",
        env!("CARGO_PKG_VERSION")
    );
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody reads the greeting");
    }
}
