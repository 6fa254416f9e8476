//! What a file is, told by its first bytes; the name is believed only for what is handed out as a plain download.

/// A recognised file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// `picture`, `video` or `document`.
    pub kind: &'static str,
    /// Content type.
    pub media: &'static str,
    /// Largest size, in bytes.
    pub most: usize,
}

const PICTURE: usize = 10 * 1024 * 1024;
const DOCUMENT: usize = 25 * 1024 * 1024;
/// Largest of all.
pub const MOST: usize = 200 * 1024 * 1024;

/// Documents by their ending; they are never shown in the page.
const DOCUMENTS: [&str; 14] = [
    "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "txt", "csv", "zip", "dwg", "step",
];

fn known(kind: &'static str, media: &'static str, most: usize) -> Option<Known> {
    Some(Known { kind, media, most })
}

/// Recognises a file; nothing when such files are not taken. What could run in a browser (HTML, SVG, scripts) is not.
pub fn recognise(name: &str, head: &[u8]) -> Option<Known> {
    let at = |from: usize, what: &[u8]| head.get(from..from + what.len()) == Some(what);
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return known("picture", "image/png", PICTURE);
    }
    if at(0, b"\xff\xd8\xff") {
        return known("picture", "image/jpeg", PICTURE);
    }
    if at(0, b"GIF87a") || at(0, b"GIF89a") {
        return known("picture", "image/gif", PICTURE);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return known("picture", "image/webp", PICTURE);
    }
    if at(4, b"ftyp") {
        return known("video", "video/mp4", MOST);
    }
    if at(0, b"\x1a\x45\xdf\xa3") {
        return known("video", "video/webm", MOST);
    }
    if at(0, b"%PDF-") {
        return known("document", "application/pdf", DOCUMENT);
    }
    let ending = name.rsplit_once('.').map(|n| n.1.to_lowercase())?;
    DOCUMENTS.contains(&ending.as_str()).then_some(Known {
        kind: "document",
        media: "application/octet-stream",
        most: DOCUMENT,
    })
}

/// A part of a file asked for by `Range: bytes=a-b`: first byte and the one behind the last.
pub fn range(header: &str, size: u64, most: u64) -> Option<(u64, u64)> {
    let (from, to) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let (from, until) = match (from.trim(), to.trim()) {
        ("", last) => (size.checked_sub(last.parse::<u64>().ok()?.min(size))?, size),
        (from, "") => (from.parse().ok()?, size),
        (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.checked_add(1)?.min(size)),
    };
    (from < until).then_some((from, until.min(from.saturating_add(most))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(
            recognise("a.html", b"\x89PNG\r\n\x1a\n").map(|k| k.media),
            Some("image/png")
        );
        assert_eq!(recognise("a.png", b"<html><script>"), None);
        assert_eq!(recognise("a.svg", b"<svg onload=alert(1)>"), None);
        assert_eq!(recognise("a.html", b"hello"), None);
        assert_eq!(
            recognise("a.TXT", b"<script>").map(|k| k.media),
            Some("application/octet-stream")
        );
        assert_eq!(recognise("a", b"%PDF-1.7").map(|k| k.kind), Some("document"));
        assert_eq!(recognise("short.png", b"\x89P"), None);
    }

    #[test]
    fn ranges_are_read_as_browsers_send_them() {
        assert_eq!(range("bytes=0-", 100, 50), Some((0, 50)));
        assert_eq!(range("bytes=90-", 100, 50), Some((90, 100)));
        assert_eq!(range("bytes=10-19", 100, 50), Some((10, 20)));
        assert_eq!(range("bytes=-5", 100, 50), Some((95, 100)));
        assert_eq!(range("bytes=100-", 100, 50), None);
        assert_eq!(range("bytes=9-3", 100, 50), None);
        assert_eq!(range("lines=1-2", 100, 50), None);
    }
}
