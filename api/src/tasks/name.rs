//! Names of files: as users sent them, made fit to be shown, stored and sent back.

/// Longest name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// Longest extension that is kept when a name is cut.
const LONGEST_EXTENSION: usize = 16;

/// A file's name without folders or control characters, 1 to 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName(String);

impl FileName {
    /// The name within what a client sent, which may be a path of any system.
    pub(crate) fn sanitised(sent: &str) -> Self {
        let base = sent.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String = base.chars().filter(|c| !deceives(*c)).collect();
        let clean = clean.trim_matches(|c: char| c.is_whitespace()).trim_end_matches('.').trim();
        let name = if clean.trim_matches('.').is_empty() { "audio" } else { clean };
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if extension.len() <= LONGEST_EXTENSION => {
                (stem, format!(".{extension}"))
            }
            _ => (name, String::new()),
        };
        Self(format!("{}{extension}", cut(stem, LONGEST - extension.len())))
    }

    /// The name of what the file became: the same with another extension.
    pub(crate) fn converted(&self, extension: &str) -> Self {
        let stem = match self.0.rsplit_once('.') {
            Some((stem, old)) if !stem.is_empty() && is_extension(old) => stem,
            _ => &self.0,
        };
        Self(format!("{}.{extension}", cut(stem, LONGEST - 1 - extension.len())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its extension in lower case, or nothing.
    pub(crate) fn extension(&self) -> String {
        self.0.rsplit_once('.').map_or_else(String::new, |(_, end)| end.to_ascii_lowercase())
    }
}

/// Control characters, and those that turn the direction of text, by which `gpj.exe` is shown as
/// `exe.jpg`.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Whether what follows the last dot names a format; in `Dr. Who` it does not.
fn is_extension(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The beginning of the text, of at most so many bytes, whole characters only.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sanitised(sent: &str) -> String {
        FileName::sanitised(sent).0
    }

    #[test]
    fn only_the_last_part_of_a_path_is_kept() {
        for sent in ["a.mp3", "/etc/a.mp3", "..\\..\\a.mp3", "C:\\x\\a.mp3", "x/\\/a.mp3"] {
            assert_eq!(sanitised(sent), "a.mp3", "{sent}");
        }
    }

    #[test]
    fn what_leaves_no_name_is_called_audio() {
        for sent in ["", ".", "..", "...", "/", "\\", "a/", "  ", "\0\r\n", "../..", "\u{202e}"] {
            assert_eq!(sanitised(sent), "audio", "{sent:?}");
        }
    }

    #[test]
    fn control_and_direction_characters_go_and_all_other_scripts_stay() {
        assert_eq!(sanitised("a\r\nSet-Cookie: x\0.mp3"), "aSet-Cookie: x.mp3");
        assert_eq!(sanitised("a\u{202e}3pm.exe"), "a3pm.exe");
        assert_eq!(sanitised("Größe – 音楽 🎵.mp3"), "Größe – 音楽 🎵.mp3");
        assert_eq!(sanitised("say \"hi\";.mp3"), "say \"hi\";.mp3");
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_keeps_its_extension() {
        let name = sanitised(&format!("{}.mp3", "ü".repeat(300)));
        assert!(name.len() <= LONGEST && name.ends_with("ü.mp3"), "{name}");
        assert_eq!(sanitised(&"x".repeat(999)).len(), LONGEST);
        let converted = FileName::sanitised(&"音".repeat(200)).converted("mp3");
        assert!(converted.0.len() <= LONGEST && converted.0.ends_with("音.mp3"));
    }

    #[test]
    fn a_result_has_the_uploads_name_with_another_extension() {
        let converted = |name: &str| FileName::sanitised(name).converted("ogg").0;
        assert_eq!(converted("song.mp3"), "song.ogg");
        assert_eq!(converted("my.song.flac"), "my.song.ogg");
        assert_eq!(converted("song"), "song.ogg");
        assert_eq!(converted("Dr. Who"), "Dr. Who.ogg");
        assert_eq!(converted(".mp3"), ".mp3.ogg");
    }
}
