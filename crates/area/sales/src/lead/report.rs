//! Leads by source: how many came, how many became customers, how fast somebody answered. Each number leads to its list.

use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Date, Result};
use zhike_store::{Ctx, Query as _, filter_sql::Sql};
use zhike_web::{
    Answer, Fields, Query, Routes, Screen, Visit, answer,
    input::percent_encode,
    ui::{self, Choice, Field},
};

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/leads/sources", "lead.view", |visit: Visit, Query(q): Query| {
            Box::pin(page(visit, q))
        })
        .get("/api/v1/leads/sources", "lead.view", |visit: Visit, Query(q): Query| {
            Box::pin(numbers(visit, q))
        })
}

/// One source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    source: String,
    came: i64,
    live: i64,
    qualified: i64,
    rejected: i64,
    converted: i64,
    /// Sum of the seconds until somebody answered, and of how many.
    waited: (i64, i64),
}

impl Line {
    /// Converted of all that are decided, parts per million.
    fn rate(&self) -> Option<i64> {
        let decided = self.converted + self.rejected;
        (decided > 0).then(|| zhike_kernel::money::mul_div(self.converted, 1_000_000, decided).unwrap_or(0))
    }
    /// Minutes until somebody answered, on average.
    fn minutes(&self) -> Option<i64> {
        (self.waited.1 > 0).then(|| self.waited.0 / self.waited.1 / 60)
    }
}

async fn lines(ctx: &Ctx, from: Date, to: Date) -> Result<Vec<Line>> {
    let ty = ctx.registry().get("lead")?.clone();
    let mut sql = Sql::new(ctx.db().dialect());
    let (a, b) = (sql.bind(from.to_string()), sql.bind(to.to_string()));
    sql.text = format!(
        "SELECT COALESCE(t.source, ''), t.status, count(*), \
         CAST(COALESCE(SUM(CASE WHEN t.first_response_at > t.created_at THEN (t.first_response_at - t.created_at) / 1000000 ELSE 0 END), 0) AS BIGINT), \
         count(t.first_response_at) FROM sales_lead t WHERE t.archived_at IS NULL AND t.received_on >= {a} AND t.received_on <= {b} AND "
    );
    sql.scope(ctx.registry(), &ty, "t", &ctx.actor)?;
    sql.text.push_str(" GROUP BY COALESCE(t.source, ''), t.status");
    let mut out: Vec<Line> = vec![];
    for row in ctx.db().all(&sql.text, sql.binds).await? {
        let source = row.text(0)?;
        let at = out.iter().position(|l| l.source == source).unwrap_or_else(|| {
            out.push(Line {
                source,
                ..Line::default()
            });
            out.len() - 1
        });
        let Some(line) = out.get_mut(at) else { continue };
        let n = row.int(2)?;
        line.came += n;
        match row.text(1)?.as_str() {
            "converted" => line.converted += n,
            "rejected" => line.rejected += n,
            "qualified" => line.qualified += n,
            _ => line.live += n,
        }
        line.waited.0 += row.int(3)?;
        line.waited.1 += row.int(4)?;
    }
    out.sort_by(|a, b| b.came.cmp(&a.came).then(a.source.cmp(&b.source)));
    Ok(out)
}

async fn numbers(visit: Visit, q: Fields) -> Answer {
    let (_, from, to) = asked(&visit, &q)?;
    let items: Vec<_> = lines(&visit.ctx, from, to)
        .await?
        .iter()
        .map(|l| {
            json!({
                "source": (!l.source.is_empty()).then_some(&l.source), "came": l.came, "open": l.live, "qualified": l.qualified,
                "rejected": l.rejected, "converted": l.converted, "rate_ppm": l.rate(), "minutes_to_answer": l.minutes(),
            })
        })
        .collect();
    answer::json(
        StatusCode::OK,
        &json!({"from": from.to_string(), "to": to.to_string(), "items": items}),
    )
}

fn asked(visit: &Visit, q: &Fields) -> Result<(String, Date, Date)> {
    let day = |name: &str| -> Result<Option<Date>> {
        q.filled(name)
            .map(|t| {
                zhike_store::field::parse_date(t).ok_or_else(|| zhike_kernel::Error::field(name, "error-not-a-date"))
            })
            .transpose()
    };
    Ok(crate::ask::period(
        q.filled("period").unwrap_or("365"),
        day("from")?,
        day("to")?,
        visit.today(),
    ))
}

async fn page(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let (period, from, to) = asked(&visit, &q)?;
    let lines = lines(&visit.ctx, from, to).await?;
    let periods: Vec<Choice> = crate::ask::PERIODS
        .iter()
        .map(|p| Choice::new(*p, loc.t(&format!("sales-period-{p}"))))
        .collect();
    let sum = lines.iter().fold(Line::default(), |mut s, l| {
        s.came += l.came;
        s.live += l.live;
        s.qualified += l.qualified;
        s.rejected += l.rejected;
        s.converted += l.converted;
        s.waited = (s.waited.0 + l.waited.0, s.waited.1 + l.waited.1);
        s
    });
    let href = |source: &str, status: Option<&str>| {
        let mut out = format!("/leads?f={}", percent_encode(&format!("received_on:ge:{from}")));
        out.push_str(&format!("&f={}", percent_encode(&format!("received_on:le:{to}"))));
        let condition = if source.is_empty() {
            "source:empty:".to_owned()
        } else {
            format!("source:is:{source}")
        };
        out.push_str(&format!("&f={}", percent_encode(&condition)));
        if let Some(status) = status {
            out.push_str(&format!("&f={}", percent_encode(&format!("status:in:{status}"))));
        }
        out
    };
    let row = |l: &Line, linked: bool| -> Markup {
        let cell = |n: i64, status: Option<&str>| {
            let aside = matches!(status, Some("new,working" | "rejected"));
            html! { td.r.num.hide-s[aside] { @if linked && n > 0 { a.link href=(href(&l.source, status)) { (loc.int(n)) } } @else { (loc.int(n)) } } }
        };
        html! {
            (cell(l.came, None)) (cell(l.live, Some("new,working"))) (cell(l.qualified, Some("qualified")))
            (cell(l.rejected, Some("rejected"))) (cell(l.converted, Some("converted")))
            td.r.num { (l.rate().map_or_else(|| "—".to_owned(), |r| loc.percent_ppm(r))) }
            td.r.num.hide-s { (l.minutes().map_or_else(|| "—".to_owned(), |m| if m >= 120 { loc.tv("sources-hours", &[("n", (m / 60).into())]) } else { loc.tv("sources-minutes", &[("n", m.into())]) })) }
        }
    };
    let source = |word: &str| {
        let key = format!("lead-source-{word}");
        if word.is_empty() {
            loc.t("sources-none")
        } else if loc.has(&key) {
            loc.t(&key)
        } else {
            word.to_owned()
        }
    };
    let heads = ["came", "open", "qualified", "rejected", "converted", "rate", "answer"];
    let main = html! {
        form.row.wrap method="get" action="/leads/sources" style="gap:10px;align-items:flex-end" {
            (Field::new("period", loc.t("sales-period")).attr("data-autosubmit", "").select(&periods, &period, None))
            @if period == "custom" {
                (Field::new("from", loc.t("sales-from")).date(&from.to_string())) (Field::new("to", loc.t("sales-to")).date(&to.to_string()))
            }
            (ui::btn(loc.t("sales-apply")).submit())
        }
        @if lines.is_empty() { (ui::empty("chart-bar", &loc.t("sources-empty"), &loc.t("sources-empty-text"), html! {})) }
        @else {
            section.card { div.tbl-wrap { table.tbl {
                thead { tr { th scope="col" { (loc.t("lead-source")) } @for h in heads { th.r.hide-s[matches!(h, "open" | "rejected" | "answer")] scope="col" { (loc.t(&format!("sources-{h}"))) } } } }
                tbody data-rows { @for l in &lines { tr { td { b { (source(&l.source)) } } (row(l, true)) } } }
                tfoot { tr { td { (loc.t("sales-sum")) } (row(&sum, false)) } }
            } } }
            p.xs.dim { (loc.t("sources-how")) }
        }
    };
    Screen::new(&visit, loc.t("sources-title"), "lead")
        .crumb(loc.t("lead-many"), "/leads")
        .show(ui::page_body(main))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_what_is_decided() {
        let line = Line {
            came: 10,
            rejected: 3,
            converted: 1,
            waited: (7200, 2),
            ..Line::default()
        };
        assert_eq!(line.rate(), Some(250_000));
        assert_eq!(line.minutes(), Some(60));
        assert_eq!(Line::default().rate(), None);
    }
}
