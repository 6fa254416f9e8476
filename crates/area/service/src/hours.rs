//! The house's calendar and the few settings of service, as they are kept.

use serde::{Deserialize, Serialize};
use zhike_kernel::{Date, Error, Hours, Result, WorkCalendar};
use zhike_store::{Ctx, Query, Tx, setting};
use zhike_web::site;

const NAME: &str = "service";

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Hours of each weekday from Monday on, as people write them.
    pub hours: [String; 7],
    /// Under which address customers reach this house; links in messages begin with it.
    pub address: String,
    /// What an hour of service costs, in minor units of the house's currency.
    pub rate: i64,
    /// May customers write a complaint on our public page?
    pub form: bool,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        let day = |i: usize| if i < 5 { "09:00-18:00".to_owned() } else { String::new() };
        Settings {
            hours: std::array::from_fn(day),
            address: String::new(),
            rate: 0,
            form: false,
            version: 0,
        }
    }
}

/// As they are kept.
pub(crate) async fn settings(q: &dyn Query) -> Result<Settings> {
    let kept: Settings = setting::read(q, NAME).await?;
    let address = site::address(q).await?;
    Ok(Settings { address, ..kept })
}

/// Keeps them, unless somebody else was faster. The new version.
pub(crate) async fn keep(tx: &Tx, new: &Settings) -> Result<i64> {
    let wrong = (0..7).find(|i| new.hours.get(*i).is_none_or(|h| Hours::parse_day(h).is_none()));
    if let Some(i) = wrong {
        return Err(Error::field(&format!("hours{}", i + 1), "error-hours"));
    }
    if new.hours.iter().all(|h| h.trim().is_empty()) {
        return Err(Error::field("hours1", "error-hours-none"));
    }
    if new.rate < 0 {
        return Err(Error::field("rate", "error-below-zero"));
    }
    if settings(tx).await?.version != new.version {
        return Err(Error::stale());
    }
    site::keep(tx, &new.address).await?;
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::keep(tx, NAME, &kept).await?;
    Ok(kept.version)
}

/// The calendar: usual hours and holidays, in the house's zone.
pub(crate) async fn calendar(ctx: &Ctx, q: &dyn Query) -> Result<WorkCalendar> {
    let kept = settings(q).await?;
    let week = kept.hours.map(|h| Hours::parse_day(&h).unwrap_or_default());
    let mut out = WorkCalendar::new(ctx.house.zone.clone(), week);
    let sql = "SELECT day, hours FROM service_holiday WHERE archived_at IS NULL ORDER BY day";
    for row in q.all(sql, vec![]).await? {
        if let Ok(day) = row.text(0)?.parse::<Date>() {
            let hours = Hours::parse_day(&row.opt_text(1)?.unwrap_or_default()).unwrap_or_default();
            out.set(day, hours);
        }
    }
    Ok(out)
}
