//! Calls for a demonstration: told as a switchboard tells them, with a sound that was made up.

use crate::{Ports, api, list_flow, wav};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value as Any;
use zhike_kernel::{Result, Stamp};
use zhike_store::{Ctx, Tx};

/// Tells of calls as a switchboard does, in one transaction.
pub async fn tell(ctx: &Ctx, ports: &Ports, events: Vec<Any>) -> Result<()> {
    for chunk in events.chunks(150) {
        let all = api::events(serde_json::json!({"events": chunk}))?;
        let read = api::prepare(ctx, Some("board:0"), &all).await?;
        let tx = ctx.begin().await?;
        api::apply(ctx, &tx, ports, &read).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Puts customers on a call list.
pub async fn add(ctx: &Ctx, tx: &Tx, list: i64, parties: &[i64]) -> Result<usize> {
    list_flow::add(ctx, tx, list, parties).await
}

/// Says whose telephone an extension is.
pub async fn telephone(tx: &Tx, user: i64, extension: &str) -> Result<()> {
    let sql = "INSERT INTO voice_extension (user_id, extension) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    tx.exec(sql, zhike_store::binds![user, extension]).await.map(|_| ())
}

/// A sound of so many seconds with the rise and fall of two people talking: tones, nobody's voice.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a sound is made of rounded numbers"
)]
pub fn sound(seconds: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let (mut pitch, mut loud) = (180.0_f64, 0.0_f64);
    let mut data = Vec::with_capacity(seconds as usize * 8_000);
    let mut phase = 0.0_f64;
    for i in 0..seconds.min(60) * 8_000 {
        // A syllable takes a fifth of a second; now and then nobody speaks.
        if i % 1_600 == 0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let dice = f64::from(state >> 16 & 0xFF) / 255.0;
            let second = i / 24_000 % 2 == 1;
            pitch = if second { 120.0 } else { 210.0 } + dice * 60.0;
            loud = if dice < 0.22 { 0.0 } else { 0.25 + dice * 0.55 };
        }
        let within = f64::from(i % 1_600) / 1_600.0;
        let envelope = loud * (std::f64::consts::PI * within).sin();
        phase += pitch / 8_000.0;
        let tone = (phase * std::f64::consts::TAU).sin()
            + 0.5 * (phase * 2.0 * std::f64::consts::TAU).sin()
            + 0.25 * (phase * 5.0 * std::f64::consts::TAU).sin();
        data.push(wav::to_ulaw((tone * envelope * 9_000.0) as i16));
    }
    wav::write(wav::Format::Ulaw, &data)
}

/// The event that brings a recording.
pub fn recording(call: &str, sound: &[u8]) -> Any {
    serde_json::json!({"call": call, "event": "recording", "audio": BASE64.encode(sound)})
}

/// A moment as programs write it.
pub fn moment(at: Stamp) -> String {
    at.rfc3339()
}
