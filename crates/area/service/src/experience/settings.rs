//! From when on something counts as bad.

use super::judge::Limits;
use serde::{Deserialize, Serialize};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Event, Query, setting};

const NAME: &str = "experience";

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Business hours until an answer is late.
    pub late_hours: i64,
    /// Business hours until it is missing.
    pub missing_hours: i64,
    /// Days within which the same question is asked again.
    pub again_days: i64,
    /// Counts changes, so that two people do not overwrite one another.
    pub version: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            late_hours: 9,
            missing_hours: 27,
            again_days: 14,
            version: 0,
        }
    }
}

impl Settings {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            late: self.late_hours * 60,
            missing: self.missing_hours * 60,
            days: self.again_days,
        }
    }
}

/// As they are kept.
pub(crate) async fn settings(q: &dyn Query) -> Result<Settings> {
    setting::read(q, NAME).await
}

/// Keeps them; what was found before stays.
pub(crate) async fn keep(ctx: &Ctx, new: &Settings) -> Result<()> {
    ctx.require("service.edit")?;
    for (field, value, most) in [
        ("late_hours", new.late_hours, 200),
        ("missing_hours", new.missing_hours, 1_000),
        ("again_days", new.again_days, 90),
    ] {
        if !(1..=most).contains(&value) {
            return Err(Error::field(field, "error-experience-limit").with("most", most));
        }
    }
    if new.missing_hours <= new.late_hours {
        return Err(Error::field("missing_hours", "error-experience-order"));
    }
    let tx = ctx.begin().await?;
    if settings(&tx).await?.version != new.version {
        return Err(Error::stale());
    }
    let kept = Settings {
        version: new.version + 1,
        ..new.clone()
    };
    setting::keep(&tx, NAME, &kept).await?;
    let event = Event {
        kind: "service.settings_changed.v1".into(),
        record_type: "process",
        note: Some(NAME.into()),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await
}
