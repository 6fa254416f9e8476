//! What the sales funnel says in a few figures. Answered by the area `sales`.

use async_trait::async_trait;
use zhike_kernel::{Date, Result};
use zhike_store::Ctx;

/// One stage, in the order of the funnel.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelStage {
    /// Name.
    pub name: String,
    /// Latin name, if any.
    pub name_latin: Option<String>,
    /// Deals that came into the stage in the window.
    pub entered: i64,
    /// Those of them that went further (or were won).
    pub passed: i64,
    /// Median of the days spent in it; `None` when nothing left it yet.
    pub median_days: Option<f64>,
}

/// The funnel of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelSummary {
    /// First day of the window.
    pub from_on: Date,
    /// Last day of the window.
    pub to_on: Date,
    /// Deals that the actor may see and that entered the funnel in the window.
    pub deals: i64,
    /// Of these won by now.
    pub won: i64,
    /// Of these lost by now.
    pub lost: i64,
    /// Won / (won + lost); `None` when nothing was closed.
    pub win_rate: Option<f64>,
    /// Median of the days from entering to winning.
    pub median_days: Option<f64>,
    /// The stages.
    pub stages: Vec<FunnelStage>,
}

/// The port.
#[async_trait]
pub trait Funnel: Send + Sync {
    /// The funnel of the last `days` days, of the deals that the actor may see.
    async fn summary(&self, ctx: &Ctx, days: i64) -> Result<FunnelSummary>;
}
