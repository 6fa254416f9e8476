//! What a carrier or supplier did to our customers: the faults charged to them, what these cost us, and their score.

use maud::{Markup, html};
use zhike_kernel::{Filter, Result};
use zhike_store::{Ctx, Query as _, Record, binds};
use zhike_web::{Visit, records, ui};

/// The score stands on the last so many days.
const DAYS: i64 = 365;
/// From so many deliveries on there is a score.
const FEW: i64 = 10;

/// A partner's year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Year {
    /// Cases that they caused.
    pub faults: i64,
    /// What these cost us.
    pub cost: i64,
    /// Deliveries that they carried to their end, or failed.
    pub carried: i64,
    /// Of these later than promised, or failed.
    pub late: i64,
}

impl Year {
    /// Out of a hundred: a delivery counts whole when it came in time and nobody complained about it.
    pub(crate) fn score(&self) -> Option<i64> {
        if self.carried < FEW {
            return None;
        }
        // A late delivery about which somebody complained is one bad delivery for each.
        let bad = self.late.saturating_add(self.faults).min(self.carried);
        Some((self.carried - bad) * 100 / self.carried)
    }
}

/// Reads it. Shipments name their carrier as the party is called.
pub(crate) async fn year(ctx: &Ctx, party: &Record) -> Result<Year> {
    let from = ctx
        .today()
        .checked_sub(jiff::Span::new().days(DAYS))
        .unwrap_or(ctx.today())
        .to_string();
    let sql = "SELECT count(*), CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM service_case WHERE responsible_party_id = $1 AND opened_on >= $2 AND archived_at IS NULL";
    let faults = ctx.db().one(sql, binds![party.id, from.as_str()]).await?;
    let sql = "SELECT count(*), count(CASE WHEN s.status = 'failed' OR COALESCE(s.delivered_on, $1) > s.promised_on THEN 1 END) FROM order_shipment s \
               WHERE lower(s.carrier) IN ($2, $3) AND s.shipped_on >= $4 AND s.archived_at IS NULL AND (s.status IN ('delivered', 'failed') OR s.promised_on < $5)";
    let today = ctx.today().to_string();
    let (name, latin) = (
        party.text("name").to_lowercase(),
        party.text("name_latin").to_lowercase(),
    );
    let latin = if latin.is_empty() { name.clone() } else { latin };
    let carried = ctx
        .db()
        .one(sql, binds![today.as_str(), name, latin, from, today.as_str()])
        .await?;
    let pair = |row: Option<zhike_store::Row>| -> Result<(i64, i64)> {
        row.map_or(Ok((0, 0)), |r| Ok((r.int(0)?, r.int(1)?)))
    };
    let ((faults, cost), (carried, late)) = (pair(faults)?, pair(carried)?);
    Ok(Year {
        faults,
        cost,
        carried,
        late,
    })
}

/// The card on a party's page; nothing for whoever neither carries nor caused anything.
pub(crate) async fn card(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let y = year(&visit.ctx, party).await?;
    if y.faults == 0 && y.carried == 0 {
        return Ok(html! {});
    }
    let mut tiles = vec![ui::Kpi::new(loc.t("partner-faults"), loc.int(y.faults)).note(loc.t("partner-year"))];
    if visit.may("cost.view") {
        tiles.push(ui::Kpi::new(
            loc.t("partner-charged"),
            ui::money(loc, y.cost, visit.house.currency),
        ));
    }
    if y.carried > 0 {
        let note = loc.tv("partner-late", &[("n", y.late.into())]);
        tiles.push(ui::Kpi::new(loc.t("partner-carried"), loc.int(y.carried)).note(note));
        let score = y.score().map_or_else(|| "—".to_owned(), |s| loc.int(s));
        tiles.push(ui::Kpi::new(loc.t("partner-score"), score).note(loc.t("partner-score-note")));
    }
    let of = Filter::is("responsible_party_id", party.id);
    let columns = ["subject", "number", "responsible", "party_id", "opened_on", "status"];
    let cases = records::related(visit, "case", of, &columns, 30).await?;
    Ok(html! {
        (ui::kpis(&tiles))
        @if y.faults > 0 { (ui::card(loc.t("partner-cases")).flush(cases)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_counts_good_deliveries() {
        let year = |carried, late, faults| Year {
            carried,
            late,
            faults,
            cost: 0,
        };
        assert_eq!(year(9, 0, 0).score(), None);
        assert_eq!(year(20, 0, 0).score(), Some(100));
        assert_eq!(year(20, 2, 3).score(), Some(75));
        assert_eq!(year(20, 15, 15).score(), Some(0));
    }
}
