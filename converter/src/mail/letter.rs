//! What the mails say.

use platform::db::User;
use platform::link;
use platform::mail::Mail;
use platform::secret::Secret;
use platform::task::{Status, Task};

/// The mail about a task that ended; `None` for one that has not, or whose files are gone.
pub(super) fn compose(task: &Task, user: &User, secret: &Secret, public_url: &str) -> Option<Mail> {
    let name = &plain(&task.uploaded_filename);
    let (subject, lines, link) = match task.status {
        Status::Processed => {
            let link = download_link(task, secret, public_url)?;
            let subject = format!("{name} is ready as {}", task.new_format);
            let text = format!(
                "your file {name} was converted to {}. Download it here until {}:",
                task.new_format,
                task.expires_at?.format("%-d %B %Y, %H:%M UTC"),
            );
            (subject, text, Some(link))
        }
        Status::Failed => {
            let subject = format!("{name} could not be converted");
            let reason = task.error_message.as_deref().unwrap_or_default();
            let text =
                format!("your file {name} could not be converted to {}. {reason}", task.new_format);
            (subject, text, None)
        }
        Status::Uploaded | Status::Processing => return None,
    };
    Some(Mail {
        id: format!("task-{}-{}", task.id, task.generation),
        to: user.email.clone(),
        subject,
        text: text(&user.username, &lines, link.as_deref()),
        html: html(&user.username, &lines, link.as_deref()),
    })
}

fn download_link(task: &Task, secret: &Secret, public_url: &str) -> Option<String> {
    match link::sign(secret, task.file_id, task.expires_at?) {
        Ok(token) => Some(format!("{public_url}/api/files/{}?token={token}", task.file_id)),
        Err(error) => {
            tracing::error!(task = task.id, %error, "a link could not be signed");
            None
        }
    }
}

fn text(person: &str, lines: &str, link: Option<&str>) -> String {
    let link = link.map_or(String::new(), |link| format!("\n{link}\n"));
    format!("Hello {person},\n\n{lines}\n{link}\nSoundmill\n")
}

fn html(person: &str, lines: &str, link: Option<&str>) -> String {
    let link = link.map_or(String::new(), |link| {
        format!("<p><a href=\"{0}\">Download</a></p>\n", escaped(link))
    });
    format!(
        "<!doctype html>\n<html lang=\"en\"><body style=\"font-family: sans-serif\">\n\
         <p>Hello {},</p>\n<p>{}</p>\n{link}<p>Soundmill</p>\n</body></html>\n",
        escaped(person),
        escaped(lines),
    )
}

fn escaped(text: &str) -> String {
    let escape = |character: char| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

/// A name as it can stand in a line of text: without what breaks lines, and without the invisible
/// characters that turn the direction of writing (Unicode Standard Annex #9), by which a name could
/// show itself, or what stands after it, as something else.
fn plain(name: &str) -> String {
    let invisible = |c: char| {
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    name.chars().filter(|c| !invisible(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_file_names_is_shown_and_not_obeyed() {
        let body = html("ann", "your file <img src=x onerror=\"alert('1')\"> & co", None);
        assert!(!body.contains("<img"));
        assert!(body.contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co"));
    }

    #[test]
    fn file_names_neither_break_lines_nor_turn_the_direction_of_writing() {
        for (name, shown) in [
            ("a\r\nBcc: b@c", "a  Bcc: b@c"),
            ("a\u{2028}b\u{85}c\0", "a b c "),
            ("song\u{202e}3pm.exe", "song3pm.exe"),
            ("\u{2067}\u{feff}a\u{2069}\u{200f}", "a"),
            ("שיר של אמא.mp3", "שיר של אמא.mp3"),
            ("🎵 Größe.wav", "🎵 Größe.wav"),
        ] {
            assert_eq!(plain(name), shown);
        }
    }
}
