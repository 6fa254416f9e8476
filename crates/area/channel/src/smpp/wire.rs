//! Frames on the wire: a length, a head, a body; bounded. What stands in them the codec reads.

use tokio::{io::AsyncReadExt, net::tcp::OwnedReadHalf};

/// What went wrong: a word for the page, and the other side's words.
pub(crate) struct Trouble(pub &'static str, pub String);

pub(super) fn lost(e: impl std::fmt::Display) -> Trouble {
    Trouble("lost", e.to_string())
}

/// Octets of one frame at most.
const FRAME: usize = 70_000;
pub(super) const THROTTLED: u32 = 0x58;
pub(super) const QUEUE_FULL: u32 = 0x14;

/// One frame as it came.
pub(super) struct Frame {
    pub command: u32,
    pub status: u32,
    pub number: u32,
    pub octets: Vec<u8>,
}

fn word(octets: &[u8], at: usize) -> u32 {
    let four = octets.get(at..at + 4).and_then(|o| <[u8; 4]>::try_from(o).ok());
    four.map_or(0, u32::from_be_bytes)
}

/// A frame, bounded.
pub(super) async fn frame(from: &mut OwnedReadHalf) -> Result<Frame, Trouble> {
    let mut octets = vec![0; 16];
    from.read_exact(&mut octets).await.map_err(lost)?;
    let length = usize::try_from(word(&octets, 0)).unwrap_or(usize::MAX);
    if !(16..=FRAME).contains(&length) {
        return Err(Trouble("answer", format!("a frame of {length} octets")));
    }
    octets.resize(length, 0);
    if let Some(body) = octets.get_mut(16..) {
        from.read_exact(body).await.map_err(lost)?;
    }
    Ok(Frame {
        command: word(&octets, 4),
        status: word(&octets, 8),
        number: word(&octets, 12),
        octets,
    })
}
