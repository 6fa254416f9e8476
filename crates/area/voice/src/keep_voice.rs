//! What was said on the hotline is kept: a call with its recording, and the complaint that is opened with it.

use crate::{
    Ports, recording,
    sip::Codec,
    take,
    told::{Kind, Told},
    wav::{self, Format},
};
use std::time::Duration;
use zhike_contract::{Channel, NewComplaint};
use zhike_kernel::{Result, Stamp, Values};
use zhike_store::{Ctx, Query, read, write};

/// The switchboard's name for calls of the hotline.
const SWITCH: &str = "hotline";
/// A message shorter than this is none: they hung up at the tone.
const LEAST: usize = 8_000;

/// A message.
pub(crate) struct Voice {
    pub key: String,
    pub caller: String,
    pub dialled: String,
    pub began: Stamp,
    pub codec: Codec,
    pub data: Vec<u8>,
}

/// Keeps it, and tries again for a quarter of an hour when that fails.
pub(crate) async fn keep_trying(ctx: &Ctx, ports: &Ports, voice: Voice) {
    for pause in [1_u64, 5, 20, 60, 300, 600] {
        match keep(ctx, ports, &voice).await {
            Ok(()) => return,
            Err(e) => tracing::error!(error = %e, "a message of the hotline could not be kept"),
        }
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

async fn keep(ctx: &Ctx, ports: &Ports, voice: &Voice) -> Result<()> {
    let key: String = voice.key.chars().filter(|c| !c.is_control()).take(110).collect();
    let spoken = voice.data.len() >= LEAST;
    let kept = if spoken {
        let format = if voice.codec == Codec::Ulaw {
            Format::Ulaw
        } else {
            Format::Alaw
        };
        Some(recording::store(ctx, wav::write(format, &voice.data)).await?)
    } else {
        None
    };
    let told = |kind, at: i64, result: &str| Told {
        kind,
        at,
        extension: String::new(),
        direction: "in".into(),
        number: voice.caller.clone(),
        line: voice.dialled.clone(),
        result: result.into(),
        cost: None,
    };
    let begun = told(Kind::Ring, voice.began.0, "");
    let tx = ctx.begin().await?;
    let taken = take::one(ctx, &tx, ports, SWITCH, &key, &begun).await?;
    if let Some(kept) = &kept {
        recording::enter(ctx, &tx, (SWITCH, &key), kept).await?;
        let ty = ctx.registry().get("call")?.clone();
        let call = read::need(ctx, &tx, &ty, taken.call).await?;
        if call.int("case_id").is_none() {
            let seconds = i64::try_from(voice.data.len() / 8_000).unwrap_or(0);
            let new = NewComplaint {
                channel: Channel::Phone,
                party: call.int("party_id"),
                name: voice.caller.clone(),
                phone: voice.caller.clone(),
                email: String::new(),
                // A number and a length: they say it in every language.
                subject: format!("{} · {}", call.text("number"), recording::clock(seconds)),
                text: String::new(),
                key: format!("call:{}", call.id),
            };
            if let Some(case) = ports.complaints.open(ctx, &tx, &new).await? {
                let party = tx
                    .one(
                        "SELECT party_id FROM service_case WHERE id = $1",
                        zhike_store::binds![case],
                    )
                    .await?;
                let party = party.map(|r| r.opt_int(0)).transpose()?.flatten();
                let version = call.version;
                let values = Values::from([
                    ("case_id".to_owned(), case.into()),
                    ("party_id".to_owned(), party.into()),
                ]);
                write::update_from(ctx, &tx, &ty, call, version, values).await?;
            }
        }
    }
    let end = told(
        Kind::End,
        tx.at.0.max(voice.began.0),
        if spoken { "voicemail" } else { "missed" },
    );
    take::one(ctx, &tx, ports, SWITCH, &key, &end).await?;
    tx.commit().await
}
