//! Unpacks a text file and turns it into UTF-8, whatever it was written in.

use super::unreadable;
use encoding_rs::{Decoder, Encoding, GB18030, UTF_8};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};
use zhike_kernel::{Error, Result};

/// An encoding as found.
#[derive(Clone, Copy)]
pub struct Found {
    encoding: &'static Encoding,
    /// Its name.
    pub name: &'static str,
    /// Length of the mark at the beginning.
    mark: usize,
}

/// Bytes of the file, unpacked.
fn unpacked(path: &Path) -> Result<(Box<dyn Read + Send>, &'static str)> {
    let file = File::open(path).map_err(unreadable)?;
    let name = path.to_string_lossy().to_lowercase();
    if name.ends_with(".gz") {
        Ok((Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))), "gz"))
    } else if name.ends_with(".zst") {
        let unpack = zstd::stream::read::Decoder::new(file).map_err(unreadable)?;
        Ok((Box::new(unpack), "zst"))
    } else {
        Ok((Box::new(file), ""))
    }
}

/// Fills the buffer as far as the file goes.
fn fill(from: &mut dyn Read, buf: &mut [u8]) -> Result<usize> {
    let mut n = 0;
    while let Some(rest) = buf.get_mut(n..).filter(|r| !r.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(k) => n += k,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(unreadable(e)),
        }
    }
    Ok(n)
}

/// Finds the encoding: by its mark; else UTF-8 if every byte of the file fits; else GB18030 (GBK, GB2312).
pub fn inspect(path: &Path, told: Option<&str>) -> Result<(Found, &'static str)> {
    let (mut from, packed) = unpacked(path)?;
    let mut buf = vec![0_u8; 64 * 1024];
    let n = fill(from.as_mut(), &mut buf)?;
    let head = buf.get(..n).unwrap_or(&[]);
    if n == 0 {
        return Err(Error::invalid("error-import-empty"));
    }
    // A workbook or a picture under the name of a text file.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0") || head.starts_with(b"%PDF") {
        return Err(Error::invalid("error-import-not-text"));
    }
    let marked = Encoding::for_bom(head);
    if let Some(label) = told.filter(|t| !t.is_empty()) {
        let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
            return Err(Error::invalid("error-import-encoding-name").with("name", label));
        };
        let mark = marked.filter(|(e, _)| *e == encoding).map_or(0, |(_, n)| n);
        return Ok((found(encoding, mark), packed));
    }
    if let Some((encoding, mark)) = marked {
        return Ok((found(encoding, mark), packed));
    }
    let mut utf8 = Utf8::default();
    utf8.take(head);
    while utf8.good {
        let n = fill(from.as_mut(), &mut buf)?;
        if n == 0 {
            break;
        }
        utf8.take(buf.get(..n).unwrap_or(&[]));
    }
    let encoding = if utf8.good && utf8.carry.is_empty() {
        UTF_8
    } else {
        GB18030
    };
    Ok((found(encoding, 0), packed))
}

fn found(encoding: &'static Encoding, mark: usize) -> Found {
    Found {
        encoding,
        name: encoding.name(),
        mark,
    }
}

/// Checks UTF-8 piece by piece.
struct Utf8 {
    carry: Vec<u8>,
    good: bool,
}

impl Default for Utf8 {
    fn default() -> Utf8 {
        Utf8 {
            carry: vec![],
            good: true,
        }
    }
}

impl Utf8 {
    fn take(&mut self, bytes: &[u8]) {
        let joined;
        let bytes = if self.carry.is_empty() {
            bytes
        } else {
            self.carry.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.carry);
            joined.as_slice()
        };
        if let Err(e) = std::str::from_utf8(bytes) {
            if e.error_len().is_some() {
                self.good = false;
            } else {
                self.carry = bytes.get(e.valid_up_to()..).unwrap_or(&[]).to_vec();
            }
        }
    }
}

/// The file as UTF-8.
pub fn open(path: &Path, found: &Found) -> Result<Box<dyn Read + Send>> {
    let (mut from, _) = unpacked(path)?;
    let mut mark = [0_u8; 4];
    let mark = mark.get_mut(..found.mark).unwrap_or_default();
    fill(from.as_mut(), mark)?;
    if found.encoding == UTF_8 {
        return Ok(from);
    }
    Ok(Box::new(Recode {
        from,
        decoder: found.encoding.new_decoder_without_bom_handling(),
        raw: vec![0; 32 * 1024],
        have: 0,
        at: 0,
        out: String::with_capacity(128 * 1024),
        sent: 0,
        last: false,
        ended: false,
    }))
}

/// The first 64 KB as text.
pub fn sample(path: &Path, found: &Found) -> Result<String> {
    let mut from = open(path, found)?;
    let mut buf = vec![0; 64 * 1024];
    let n = fill(from.as_mut(), &mut buf)?;
    buf.truncate(n);
    Ok(String::from_utf8_lossy(&buf).into_owned())
}

struct Recode {
    from: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    have: usize,
    at: usize,
    out: String,
    sent: usize,
    last: bool,
    ended: bool,
}

impl Read for Recode {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let ready = self.out.as_bytes().get(self.sent..).unwrap_or(&[]);
            if !ready.is_empty() {
                let n = ready.len().min(buf.len());
                if let (Some(to), Some(part)) = (buf.get_mut(..n), ready.get(..n)) {
                    to.copy_from_slice(part);
                }
                self.sent += n;
                return Ok(n);
            }
            if self.ended {
                return Ok(0);
            }
            if self.at == self.have && !self.last {
                self.at = 0;
                self.have = self.from.read(&mut self.raw)?;
                self.last = self.have == 0;
            }
            self.out.clear();
            self.sent = 0;
            let input = self.raw.get(self.at..self.have).unwrap_or(&[]);
            let (result, read, _) = self.decoder.decode_to_string(input, &mut self.out, self.last);
            self.at += read;
            self.ended = self.last && result == encoding_rs::CoderResult::InputEmpty;
        }
    }
}
