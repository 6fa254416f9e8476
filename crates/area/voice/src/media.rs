//! The sound of one call of the hotline: the greeting out, a tone, and what is said in, until they hang up, nothing comes any
//! more, or the tape is full.

use crate::{
    rtp::{self, FRAME, Tape},
    sip::{Codec, Offer},
    wav,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    net::UdpSocket,
    sync::oneshot,
    time::{Instant, MissedTickBehavior},
};

/// Without a single packet for so long, the other side is gone.
const SILENT: Duration = Duration::from_secs(12);

/// What a call needs.
pub(crate) struct Talk {
    pub key: String,
    pub offer: Offer,
    /// Where the call comes from: sound may come from there or from the address that was offered.
    pub peer: IpAddr,
    /// µ-law.
    pub greeting: Arc<Vec<u8>>,
    /// The longest message, in seconds.
    pub seconds: usize,
}

/// How it ended.
pub(crate) struct Ended {
    pub key: String,
    /// They hung up.
    pub theirs: bool,
    pub codec: Codec,
    pub data: Vec<u8>,
}

/// A tone of half a second: now speak.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a sound is made of rounded numbers"
)]
pub(crate) fn beep() -> Vec<u8> {
    (0..4_000_u32)
        .map(|i| {
            let edge = f64::from(i.min(4_000 - i).min(400)) / 400.0;
            wav::to_ulaw(((f64::from(i) * 1_000.0 / 8_000.0 * std::f64::consts::TAU).sin() * 9_000.0 * edge) as i16)
        })
        .collect()
}

/// The greeting of a house that has none of its own: two soft tones.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a sound is made of rounded numbers"
)]
pub(crate) fn chime() -> Vec<u8> {
    let note = |hertz: f64| {
        (0..4_800_u32).map(move |i| {
            let fade = 1.0 - f64::from(i) / 4_800.0;
            wav::to_ulaw(((f64::from(i) * hertz / 8_000.0 * std::f64::consts::TAU).sin() * 8_000.0 * fade) as i16)
        })
    };
    note(659.3).chain(note(523.3)).collect()
}

/// Plays and records.
pub(crate) async fn run(socket: UdpSocket, talk: Talk, mut halt: oneshot::Receiver<()>) -> Ended {
    let codec = talk.offer.codec;
    let silence = if codec == Codec::Ulaw { 0xFF } else { 0xD5 };
    let mut out: Vec<u8> = talk.greeting.iter().copied().chain(beep()).collect();
    if codec == Codec::Alaw {
        out = out.into_iter().map(|b| wav::to_alaw(wav::ulaw(b))).collect();
    }
    let mut tape = Tape::new(codec, talk.seconds);
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut sequence, mut time, mut at) = (1_u16, 0_u32, 0_usize);
    let source = u32::try_from(
        zhike_web::visit::new_secret()
            .iter()
            .take(4)
            .fold(0_u64, |n, b| n << 8 | u64::from(*b)),
    )
    .unwrap_or(7);
    let mut bytes = vec![0_u8; 2_048];
    let mut last = Instant::now();
    let theirs = loop {
        tokio::select! {
            _ = &mut halt => break true,
            _ = tick.tick() => {
                let mut frame = out.get(at..(at + FRAME).min(out.len())).unwrap_or(&[]).to_vec();
                frame.resize(FRAME, silence);
                let _ = socket.send_to(&rtp::write(codec, sequence, time, source, &frame), talk.offer.at).await;
                at = at.saturating_add(FRAME);
                sequence = sequence.wrapping_add(1);
                time = time.wrapping_add(160);
                if last.elapsed() > SILENT {
                    break false;
                }
            }
            got = socket.recv_from(&mut bytes) => {
                let Ok((n, from)) = got else { continue };
                if from.ip() != talk.offer.at.ip() && from.ip() != talk.peer {
                    continue;
                }
                if let Some(packet) = bytes.get(..n).and_then(rtp::read) {
                    last = Instant::now();
                    // Who speaks over the greeting is not recorded: they were asked to wait for the tone.
                    if at >= out.len() {
                        tape.take(&packet);
                    }
                    if tape.full() {
                        break false;
                    }
                }
            }
        }
    };
    Ended {
        key: talk.key,
        theirs,
        codec,
        data: tape.into_data(),
    }
}
