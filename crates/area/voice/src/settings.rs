//! The few settings of telephones: how long recordings are kept, what a minute costs, and the hotline.

use crate::{media, wav};
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use zhike_kernel::{Error, Result, text::machines};
use zhike_store::{Ctx, Event, Query, Tx, setting};

const NAME: &str = "voice";
/// The longest time for which recordings are kept, in days: ten years.
const MOST_DAYS: i64 = 3_660;
/// Calls of the hotline at once, and the length of a message, at most.
const MOST_CALLS: i64 = 32;
const MOST_SECONDS: i64 = 900;

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Days after which recordings are deleted; none: they stay.
    pub keep_days: Option<i64>,
    /// What a begun minute of an outgoing call costs, in minor units of the house's currency.
    pub rate: i64,
    /// Does the hotline answer?
    pub hotline: bool,
    /// Where it listens.
    pub bind: String,
    /// Who may call it: addresses of switchboards.
    pub peers: String,
    /// How many may speak at once, and for how many seconds.
    pub calls: i64,
    pub seconds: i64,
    /// What is played: contents of the file store, a WAV file.
    pub greeting: Option<String>,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            keep_days: Some(180),
            rate: 0,
            hotline: false,
            bind: "0.0.0.0:5060".into(),
            peers: "127.0.0.1".into(),
            calls: 4,
            seconds: 120,
            greeting: None,
            version: 0,
        }
    }
}

/// As they are kept.
pub(crate) async fn settings(q: &dyn Query) -> Result<Settings> {
    setting::read(q, NAME).await
}

async fn write(tx: &Tx, new: &Settings) -> Result<()> {
    if new.keep_days.is_some_and(|d| !(1..=MOST_DAYS).contains(&d)) {
        return Err(Error::field("keep_days", "error-recording-days"));
    }
    if new.rate < 0 {
        return Err(Error::field("rate", "error-below-zero"));
    }
    if new.bind.parse::<SocketAddr>().is_err() {
        return Err(Error::field("bind", "error-hotline-bind"));
    }
    if new.hotline && machines(&new.peers).is_none_or(|p| p.is_empty()) || machines(&new.peers).is_none() {
        return Err(Error::field("peers", "error-hotline-peers"));
    }
    if !(1..=MOST_CALLS).contains(&new.calls) {
        return Err(Error::field("calls", "error-hotline-calls"));
    }
    if !(5..=MOST_SECONDS).contains(&new.seconds) {
        return Err(Error::field("seconds", "error-hotline-seconds"));
    }
    if settings(tx).await?.version != new.version {
        return Err(Error::stale());
    }
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::keep(tx, NAME, &kept).await
}

pub(crate) async fn keep(ctx: &Ctx, new: &Settings) -> Result<()> {
    ctx.require("switchboard.edit")?;
    let tx = ctx.begin().await?;
    write(&tx, new).await?;
    let event = Event {
        kind: "voice.settings_changed.v1".into(),
        record_type: "switchboard",
        note: new.keep_days.map(|d| d.to_string()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}

/// The hotline as it is to run.
#[derive(Clone)]
pub(crate) struct Hotline {
    pub bind: SocketAddr,
    pub peers: Vec<IpAddr>,
    pub calls: usize,
    pub seconds: usize,
    /// µ-law.
    pub greeting: Arc<Vec<u8>>,
    pub version: i64,
}

/// The hotline, if it is to run.
pub(crate) async fn hotline(ctx: &Ctx) -> Result<Option<Hotline>> {
    let s = settings(ctx.db()).await?;
    let (true, Ok(bind), Some(peers)) = (s.hotline, s.bind.parse(), machines(&s.peers)) else {
        return Ok(None);
    };
    let greeting = match &s.greeting {
        Some(hash) => zhike_web::files::contents(&ctx.house.data, hash)
            .await
            .ok()
            .and_then(|b| sound(&b).ok()),
        None => None,
    };
    Ok(Some(Hotline {
        bind,
        peers,
        calls: usize::try_from(s.calls).unwrap_or(1),
        seconds: usize::try_from(s.seconds).unwrap_or(60),
        greeting: Arc::new(greeting.unwrap_or_else(media::chime)),
        version: s.version,
    }))
}

/// A greeting as it goes over the line: 8,000 samples a second, one channel, a minute at most.
pub(crate) fn sound(bytes: &[u8]) -> Result<Vec<u8>> {
    let wrong = |code| Error::field("greeting", code);
    let wave = wav::read(bytes).map_err(|_| wrong("error-recording-no-wav"))?;
    if wave.rate != 8_000 || wave.channels != 1 {
        return Err(wrong("error-hotline-rate"));
    }
    if wave.seconds() > 60 {
        return Err(wrong("error-hotline-long"));
    }
    Ok(wave.ulaw())
}
