//! Sound as telephones make it: WAV with PCM of 8 or 16 bits or G.711 (A-law, µ-law). Read from strangers' bytes without
//! trusting a single length in them.

/// How samples are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Pcm8,
    Pcm16,
    Alaw,
    Ulaw,
}

impl Format {
    const fn bytes(self) -> usize {
        if matches!(self, Format::Pcm16) { 2 } else { 1 }
    }
}

/// Why a file is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is no WAV.
    NoWav,
    /// Its sound is kept in a way we do not read.
    Kind,
    /// There is no sound in it.
    Empty,
    /// It goes on for too long.
    Long,
}

/// A sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wave<'a> {
    pub format: Format,
    pub channels: usize,
    pub rate: u32,
    pub data: &'a [u8],
}

/// The longest recording, in seconds.
const LONGEST: u64 = 4 * 3_600;

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(width)?)?;
    Some(part.iter().rev().fold(0_u32, |all, b| (all << 8) | u32::from(*b)))
}

/// Reads a WAV file.
pub(crate) fn read(bytes: &[u8]) -> Result<Wave<'_>, Wrong> {
    if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
        return Err(Wrong::NoWav);
    }
    let (mut at, mut head) = (12_usize, None);
    loop {
        let name = bytes.get(at..at.saturating_add(4)).ok_or(Wrong::NoWav)?;
        let size = number(bytes, at + 4, 4).ok_or(Wrong::NoWav)? as usize;
        let from = at + 8;
        let until = from.saturating_add(size).min(bytes.len());
        match name {
            b"fmt " => head = Some(format(bytes.get(from..until).unwrap_or(&[]))?),
            b"data" => {
                let (format, channels, rate) = head.ok_or(Wrong::NoWav)?;
                // Who records while it goes on writes the length last, or never.
                let until = if size == 0 || size == 0xFFFF_FFFF {
                    bytes.len()
                } else {
                    until
                };
                let data = bytes.get(from..until).unwrap_or(&[]);
                let whole = data.len() - data.len() % (format.bytes() * channels);
                let wave = Wave {
                    format,
                    channels,
                    rate,
                    data: data.get(..whole).unwrap_or(&[]),
                };
                return match wave.samples() {
                    0 => Err(Wrong::Empty),
                    n if n as u64 / u64::from(rate) > LONGEST => Err(Wrong::Long),
                    _ => Ok(wave),
                };
            }
            _ => {}
        }
        // Chunks begin at even places.
        at = from.saturating_add(size).saturating_add(size % 2);
    }
}

fn format(head: &[u8]) -> Result<(Format, usize, u32), Wrong> {
    let get = |at, width| number(head, at, width).ok_or(Wrong::NoWav);
    let (mut tag, channels, rate, bits) = (get(0, 2)?, get(2, 2)? as usize, get(4, 4)?, get(14, 2)?);
    if tag == 0xFFFE {
        tag = get(24, 2)?;
    }
    let format = match (tag, bits) {
        (1, 8) => Format::Pcm8,
        (1, 16) => Format::Pcm16,
        (6, 8) => Format::Alaw,
        (7, 8) => Format::Ulaw,
        _ => return Err(Wrong::Kind),
    };
    if !(1..=2).contains(&channels) || !(4_000..=48_000).contains(&rate) {
        return Err(Wrong::Kind);
    }
    Ok((format, channels, rate))
}

/// A sample of A-law (G.711).
pub(crate) fn alaw(byte: u8) -> i16 {
    let b = byte ^ 0x55;
    let (exponent, mantissa) = (i32::from((b >> 4) & 7), i32::from(b & 15));
    let size = if exponent == 0 {
        (mantissa << 4) + 8
    } else {
        ((mantissa << 4) + 0x108) << (exponent - 1)
    };
    i16::try_from(if b & 0x80 != 0 { size } else { -size }).unwrap_or(i16::MAX)
}

/// A sample of µ-law (G.711).
pub(crate) fn ulaw(byte: u8) -> i16 {
    let b = !byte;
    let (exponent, mantissa) = (i32::from((b >> 4) & 7), i32::from(b & 15));
    let size = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    i16::try_from(if b & 0x80 != 0 { -size } else { size }).unwrap_or(i16::MAX)
}

impl Wave<'_> {
    /// Samples of one channel.
    pub(crate) fn samples(&self) -> usize {
        self.data.len() / (self.format.bytes() * self.channels)
    }
    /// Whole seconds, a begun one counted.
    pub(crate) fn seconds(&self) -> i64 {
        i64::try_from(self.samples().div_ceil(self.rate as usize)).unwrap_or(i64::MAX)
    }
    /// How loud a frame is: the loudest of its channels.
    fn loud(&self, frame: &[u8]) -> u16 {
        let one = |s: &[u8]| -> u16 {
            match (self.format, s) {
                (Format::Pcm16, [a, b]) => i16::from_le_bytes([*a, *b]).unsigned_abs(),
                (Format::Pcm8, [a]) => u16::from(a.abs_diff(128)) << 8,
                (Format::Alaw, [a]) => alaw(*a).unsigned_abs(),
                (Format::Ulaw, [a]) => ulaw(*a).unsigned_abs(),
                _ => 0,
            }
        };
        frame.chunks(self.format.bytes()).map(one).max().unwrap_or(0)
    }
    /// The first channel as µ-law.
    pub(crate) fn ulaw(&self) -> Vec<u8> {
        let width = self.format.bytes();
        let one = |s: &[u8]| -> u8 {
            match (self.format, s) {
                (Format::Pcm16, [a, b]) => to_ulaw(i16::from_le_bytes([*a, *b])),
                (Format::Pcm8, [a]) => to_ulaw((i16::from(*a) - 128) << 8),
                (Format::Alaw, [a]) => to_ulaw(alaw(*a)),
                (Format::Ulaw, [a]) => *a,
                _ => 0xFF,
            }
        };
        self.data
            .chunks_exact(width * self.channels)
            .filter_map(|f| f.get(..width))
            .map(one)
            .collect()
    }
    /// The loudest moment of each of so many parts, 0 to 100, told by the loudest of all.
    pub(crate) fn peaks(&self, parts: usize) -> Vec<u8> {
        let width = self.format.bytes() * self.channels;
        let each = self.samples().div_ceil(parts.max(1)).max(1);
        let loud: Vec<u16> = self
            .data
            .chunks(each * width)
            .map(|part| part.chunks_exact(width).map(|f| self.loud(f)).max().unwrap_or(0))
            .collect();
        let top = u32::from(loud.iter().copied().max().unwrap_or(0)).max(400);
        loud.iter()
            .map(|l| u8::try_from(u32::from(*l) * 100 / top).unwrap_or(100))
            .collect()
    }
}

/// A sample as µ-law (G.711).
pub(crate) fn to_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80_u8 } else { 0 };
    let size = i32::from(sample).abs().min(32_635) + 0x84;
    let mut exponent = 7_u8;
    while exponent > 0 && size & (0x80 << exponent) == 0 {
        exponent -= 1;
    }
    let mantissa = u8::try_from((size >> (exponent + 3)) & 15).unwrap_or(0);
    !(sign | (exponent << 4) | mantissa)
}

/// A sample as A-law (G.711).
pub(crate) fn to_alaw(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80_u8 } else { 0 };
    let size = i32::from(sample).abs().min(32_635) >> 4;
    let (mut exponent, mut rest) = (0_u8, size);
    while rest > 31 {
        rest >>= 1;
        exponent += 1;
    }
    let coded = if size < 16 {
        u8::try_from(size).unwrap_or(0)
    } else {
        ((exponent + 1) << 4) | u8::try_from(rest & 15).unwrap_or(0)
    };
    (sign | coded) ^ 0x55
}

/// Writes G.711 as it came over the line, or PCM of 16 bits, as a WAV file: one channel, 8,000 samples a second.
pub(crate) fn write(format: Format, data: &[u8]) -> Vec<u8> {
    let (tag, bits): (u16, u16) = match format {
        Format::Pcm8 => (1, 8),
        Format::Pcm16 => (1, 16),
        Format::Alaw => (6, 8),
        Format::Ulaw => (7, 8),
    };
    let (rate, width) = (8_000_u32, u32::from(bits / 8));
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX - 64);
    let mut out = Vec::with_capacity(data.len() + 44);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(size.saturating_add(36)).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&1_u16.to_le_bytes());
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * width).to_le_bytes());
    out.extend_from_slice(&(bits / 8).to_le_bytes());
    out.extend_from_slice(&bits.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(data);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn g711_as_in_the_standard() {
        // Silence, the loudest, and the values of the recommendation's tables.
        assert_eq!((ulaw(0xFF), ulaw(0x80), ulaw(0x00)), (0, 32_124, -32_124));
        assert_eq!((alaw(0xD5), alaw(0xAA), alaw(0x2A)), (8, 32_256, -32_256));
    }

    #[test]
    fn what_is_written_as_g711_is_read_back_closely() {
        for s in (-32_000_i32..32_000).step_by(97) {
            let back = i32::from(ulaw(to_ulaw(i16::try_from(s).unwrap())));
            assert!((back - s).abs() <= s.abs() / 16 + 8, "{s} {back}");
            let back = i32::from(alaw(to_alaw(i16::try_from(s).unwrap())));
            assert!((back - s).abs() <= s.abs() / 16 + 16, "A-law {s} {back}");
        }
    }

    #[test]
    fn a_sound_is_read_as_it_was_written() {
        let tone: Vec<u8> = (0..16_000_u32)
            .map(|i| {
                if i < 8_000 {
                    0xFF
                } else {
                    u8::try_from(i % 256).unwrap_or(0)
                }
            })
            .collect();
        let file = write(Format::Ulaw, &tone);
        let wave = read(&file).unwrap();
        assert_eq!(
            (wave.format, wave.rate, wave.samples(), wave.seconds()),
            (Format::Ulaw, 8_000, 16_000, 2)
        );
        let peaks = wave.peaks(10);
        assert_eq!((peaks.len(), peaks[0], peaks[9]), (10, 0, 100));
        let pcm = write(Format::Pcm16, &[0, 64, 0, 192]);
        assert_eq!(read(&pcm).unwrap().peaks(2), [100, 100]);
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        assert_eq!(read(b""), Err(Wrong::NoWav));
        assert_eq!(read(b"RIFF____WAVE"), Err(Wrong::NoWav));
        assert_eq!(read(&write(Format::Pcm16, &[])), Err(Wrong::Empty));
        let mut mp3 = write(Format::Pcm8, &[1, 2, 3]);
        mp3[20] = 0x55;
        assert_eq!(read(&mp3), Err(Wrong::Kind));
        let mut many = write(Format::Pcm8, &[1, 2, 3]);
        many[22] = 9;
        assert_eq!(read(&many), Err(Wrong::Kind));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(mut bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..60, real in any::<bool>()) {
            if real {
                let mut file = write(Format::Alaw, &bytes);
                for (i, b) in bytes.iter().enumerate().take(8) { if let Some(x) = file.get_mut(usize::from(*b) % (40 + i)) { *x ^= 0x11 } }
                file.truncate(file.len().saturating_sub(cut));
                bytes = file;
            }
            if let Ok(wave) = read(&bytes) {
                prop_assert!(wave.seconds() > 0);
                prop_assert!(wave.peaks(160).iter().all(|p| *p <= 100));
                prop_assert!(wave.peaks(160).len() <= 160);
            }
        }
    }
}
