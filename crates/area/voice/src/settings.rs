//! The few settings of telephones: how long recordings are kept, what a minute costs; and the page from which all of it is set up.

use axum::http::StatusCode;
use maud::html;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zhike_kernel::{Error, Result, number};
use zhike_store::{Ctx, Event, Query, Tx, setting};
use zhike_web::{
    Answer, Form, Json as Body, Screen, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Field},
};

const NAME: &str = "voice";
/// The longest time for which recordings are kept, in days: ten years.
const MOST_DAYS: i64 = 3_660;

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Days after which recordings are deleted; none: they stay.
    pub keep_days: Option<i64>,
    /// What a begun minute of an outgoing call costs, in minor units of the house's currency.
    pub rate: i64,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            keep_days: Some(180),
            rate: 0,
            version: 0,
        }
    }
}

/// As they are kept.
pub(crate) async fn settings(q: &dyn Query) -> Result<Settings> {
    let kept = setting::get(q, NAME).await?;
    Ok(kept.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default())
}

async fn write(tx: &Tx, new: &Settings) -> Result<()> {
    if new.keep_days.is_some_and(|d| !(1..=MOST_DAYS).contains(&d)) {
        return Err(Error::field("keep_days", "error-recording-days"));
    }
    if new.rate < 0 {
        return Err(Error::field("rate", "error-below-zero"));
    }
    if settings(tx).await?.version != new.version {
        return Err(Error::stale());
    }
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::set(tx, NAME, &serde_json::to_string(&kept).map_err(Error::broken)?).await
}

async fn keep(ctx: &Ctx, new: &Settings) -> Result<()> {
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

fn amount(text: &str, visit: &Visit) -> Result<i64> {
    number::parse_scaled(text.trim(), visit.house.currency.decimals(), false)
        .map_err(|_| Error::field("rate", "error-not-a-number"))
}

/// `GET /settings/telephone`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let s = settings(visit.db()).await?;
    let c = visit.house.currency;
    let days = s.keep_days.map_or_else(String::new, |d| d.to_string());
    let body = html! {
        (ui::card(loc.t("voice-parts")).body(html! { div.btn-row.wrap {
            (ui::btn(loc.t("switchboard-many")).icon("phone").href("/switchboards"))
            (ui::btn(loc.t("extension-title")).icon("user").href("/me/telephone"))
        } }))
        (ui::card(loc.t("voice-settings")).body(html! { form.stack data-stay method="post" action="/settings/telephone" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &s.version.to_string()))
            div.form-grid {
                (Field::new("keep_days", loc.t("voice-keep")).hint(loc.t("voice-keep-hint")).number(&days))
                (Field::new("rate", loc.t("voice-rate")).hint(loc.t("voice-rate-hint")).money(&number::write_scaled(s.rate, c.decimals()), c.sign()))
            }
            @if visit.may("switchboard.edit") { div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) } }
        } }))
    };
    Screen::new(&visit, loc.t("nav-telephone"), "telephone").show(ui::page_body(body))
}

/// `POST /settings/telephone`.
pub(crate) async fn save(visit: Visit, Form(f): Form) -> Answer {
    let days = f
        .filled("keep_days")
        .map(|d| d.parse().map_err(|_| Error::field("keep_days", "error-not-a-number")));
    let new = Settings {
        keep_days: days.transpose()?,
        rate: f.filled("rate").map_or(Ok(0), |t| amount(t, &visit))?,
        version: f.need_int("version")?,
    };
    keep(&visit.ctx, &new).await?;
    go_saying(&visit, "/settings/telephone", &visit.loc.t("voice-kept"), None)
}

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"keep_days":{"type":["integer","null"]},"rate":{"type":"string"}}}"#;

/// What programs send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: Option<i64>,
    keep_days: Option<i64>,
    #[serde(default)]
    rate: Option<String>,
}

/// `GET /api/v1/voice/settings`.
pub(crate) async fn api_get(visit: Visit) -> Answer {
    let s = settings(visit.db()).await?;
    let rate = number::write_scaled(s.rate, visit.house.currency.decimals());
    answer(
        StatusCode::OK,
        &json!({"version": s.version, "keep_days": s.keep_days, "rate": rate}),
    )
}

/// `PUT /api/v1/voice/settings`.
pub(crate) async fn api_put(visit: Visit, Body(sent): Body<Sent>) -> Answer {
    let old = settings(visit.db()).await?;
    let new = Settings {
        keep_days: sent.keep_days,
        rate: sent.rate.as_deref().map_or(Ok(old.rate), |t| amount(t, &visit))?,
        version: sent.version.ok_or_else(|| Error::field("version", "error-required"))?,
    };
    keep(&visit.ctx, &new).await?;
    api_get(visit).await
}
