//! Sound over RTP (RFC 3550): packets read from strangers' bytes, put where their time says, lost ones left silent.

use crate::sip::Codec;

/// Samples of a packet of ours: 20 ms.
pub(crate) const FRAME: usize = 160;

/// What matters of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub payload: u8,
    pub time: u32,
    pub source: u32,
    pub sound: &'a [u8],
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let part: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_be_bytes(part))
}

/// Reads a packet.
pub(crate) fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    if first >> 6 != 2 {
        return None;
    }
    let mut from = 12 + usize::from(first & 15) * 4;
    if first & 0x10 != 0 {
        // An extension tells its length in words of four bytes.
        let words = number(bytes, from)? & 0xFFFF;
        from += 4 + words as usize * 4;
    }
    let mut until = bytes.len();
    if first & 0x20 != 0 {
        until = until.checked_sub(usize::from(*bytes.last()?))?;
    }
    let sound = bytes.get(from..until)?;
    Some(Packet {
        payload: second & 0x7F,
        time: number(bytes, 4)?,
        source: number(bytes, 8)?,
        sound,
    })
}

/// A packet of ours.
pub(crate) fn write(codec: Codec, sequence: u16, time: u32, source: u32, sound: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(12 + sound.len());
    out.extend_from_slice(&[0x80, codec.payload()]);
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(&time.to_be_bytes());
    out.extend_from_slice(&source.to_be_bytes());
    out.extend_from_slice(sound);
    out
}

/// What comes in, put together by its time: out of order and twice do no harm, what is lost is silence.
pub(crate) struct Tape {
    codec: Codec,
    most: usize,
    source: Option<u32>,
    begin: u32,
    data: Vec<u8>,
}

/// A leap in time of more samples than this is a new beginning, not a gap: five seconds.
const LEAP: usize = 5 * 8_000;

impl Tape {
    /// An empty tape of at most so many seconds.
    pub(crate) fn new(codec: Codec, seconds: usize) -> Tape {
        Tape {
            codec,
            most: seconds * 8_000,
            source: None,
            begin: 0,
            data: vec![],
        }
    }
    const fn silence(&self) -> u8 {
        match self.codec {
            Codec::Ulaw => 0xFF,
            Codec::Alaw => 0xD5,
        }
    }
    /// Takes a packet; anything but sound of our codec is left out.
    pub(crate) fn take(&mut self, packet: &Packet<'_>) {
        if packet.payload != self.codec.payload() || packet.sound.is_empty() {
            return;
        }
        let length = packet.sound.len();
        if self.source != Some(packet.source) {
            self.source = Some(packet.source);
            self.begin = packet.time.wrapping_sub(u32::try_from(self.data.len()).unwrap_or(0));
        }
        let mut at = packet.time.wrapping_sub(self.begin) as usize;
        // Later than all by far, or from before the beginning: its clock leapt; it goes on where the tape ends.
        if at > self.data.len() + LEAP {
            if packet.time.wrapping_neg().wrapping_add(self.begin) as usize <= LEAP {
                return;
            }
            at = self.data.len();
            self.begin = packet.time.wrapping_sub(u32::try_from(at).unwrap_or(0));
        }
        let until = (at + length).min(self.most);
        if at >= until {
            return;
        }
        if until > self.data.len() {
            let silence = self.silence();
            self.data.resize(until, silence);
        }
        if let (Some(to), Some(from)) = (self.data.get_mut(at..until), packet.sound.get(..until - at)) {
            to.copy_from_slice(from);
        }
    }
    /// Is there no room any more?
    pub(crate) fn full(&self) -> bool {
        self.data.len() >= self.most
    }
    /// What was recorded.
    pub(crate) fn into_data(self) -> Vec<u8> {
        self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tape(packets: &[(u32, u8)]) -> Vec<u8> {
        let mut tape = Tape::new(Codec::Ulaw, 10);
        for (time, byte) in packets {
            let bytes = write(Codec::Ulaw, 0, *time, 7, &[*byte; 4]);
            tape.take(&read(&bytes).unwrap());
        }
        tape.into_data()
    }

    #[test]
    fn sound_is_put_where_its_time_says() {
        let straight = tape(&[(100, 1), (104, 2), (108, 3)]);
        assert_eq!(straight, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
        assert_eq!(
            tape(&[(100, 1), (108, 3), (104, 2), (104, 2)]),
            straight,
            "out of order and twice"
        );
        assert_eq!(
            tape(&[(100, 1), (108, 3)]),
            [1, 1, 1, 1, 255, 255, 255, 255, 3, 3, 3, 3],
            "lost is silent"
        );
        assert_eq!(
            tape(&[(u32::MAX - 3, 1), (0, 2)]),
            [1, 1, 1, 1, 2, 2, 2, 2],
            "the clock turns over"
        );
        assert_eq!(
            tape(&[(100, 1), (900_000, 2)]),
            [1, 1, 1, 1, 2, 2, 2, 2],
            "a leap is no gap of minutes"
        );
        assert_eq!(tape(&[(100, 1), (96, 2)]), [1, 1, 1, 1], "from before the beginning");
    }

    #[test]
    fn heads_with_extras_are_read() {
        let mut bytes = vec![
            0xB1, 0x80, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 1, 1, 1, 1, 0, 0, 0, 1, 9, 9, 9, 9, 42, 43, 0, 2,
        ];
        let packet = read(&bytes).unwrap();
        assert_eq!(
            (packet.payload, packet.time, packet.source, packet.sound),
            (0, 9, 5, &[42, 43][..])
        );
        bytes[27] = 200;
        assert_eq!(read(&bytes), None);
        assert_eq!(read(&[0x80; 5]), None);
        assert_eq!(read(&[0; 40]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_tape(all in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..60), real in any::<bool>()) {
            let mut tape = Tape::new(Codec::Alaw, 1);
            for mut bytes in all {
                if real && bytes.len() > 2 { bytes[0] = 0x80; bytes[1] = 8; }
                if let Some(packet) = read(&bytes) { tape.take(&packet); }
            }
            prop_assert!(tape.into_data().len() <= 8_000);
        }
    }
}
