//! The report: how often, of which kind, in which month, with whom and by whom; from when on it counts; looking at once.

use super::{
    KINDS,
    settings::{Settings, keep, settings},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use zhike_kernel::{Date, Error, Result};
use zhike_store::{Query as _, filter_sql::Sql, read};
use zhike_web::{
    Answer, Fields, Form, Json as Body, Query, Routes, Screen, Visit,
    answer::{go_saying, json as answer},
    ui::{self, Field, Kpi},
};

/// Customers and people listed.
const LISTED: usize = 15;
const PATH: &str = "/bad-experiences/report";

/// Its routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get(PATH, "bad_experience.view", |v: Visit, Query(q): Query| {
            Box::pin(show(v, q))
        })
        .get(
            "/api/v1/bad-experiences/report",
            "bad_experience.view",
            |v: Visit, Query(q): Query| Box::pin(tell(v, q)),
        )
        .post("/bad-experiences/limits", "service.edit", |v: Visit, Form(f): Form| {
            Box::pin(save(v, f))
        })
        .get("/api/v1/bad-experiences/limits", "bad_experience.view", |v: Visit| {
            Box::pin(limits_of(v))
        })
        .put(
            "/api/v1/bad-experiences/limits",
            "service.edit",
            |v: Visit, Body(s): Body<Sent>| Box::pin(put(v, s)),
        )
        .described(ASKS, ASKS)
        .post("/bad-experiences/look", "service.edit", |v: Visit| Box::pin(look(v)))
        .post("/api/v1/bad-experiences/look", "service.edit", |v: Visit| {
            Box::pin(look_api(v))
        })
}

const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"late_hours":{"type":"integer"},"missing_hours":{"type":"integer"},"again_days":{"type":"integer"}}}"#;

struct Asked {
    from: Date,
    to: Date,
}

impl Asked {
    fn read(visit: &Visit, q: &Fields) -> Result<Asked> {
        let day = |name: &str| {
            let text = q.filled(name);
            text.map(|t| zhike_store::field::parse_date(t).ok_or_else(|| Error::field(name, "error-not-a-date")))
                .transpose()
        };
        let to = day("to")?.unwrap_or_else(|| visit.ctx.today());
        let from = day("from")?.unwrap_or_else(|| to.checked_sub(jiff::Span::new().days(364)).unwrap_or(to));
        Ok(Asked {
            from: from.min(to),
            to: to.max(from),
        })
    }
    /// The list behind a number.
    fn behind(&self, more: &str) -> String {
        let more = if more.is_empty() {
            String::new()
        } else {
            format!("&f={more}")
        };
        format!(
            "/bad-experiences?f=happened_on:ge:{}&f=happened_on:le:{}{more}",
            self.from, self.to
        )
    }
}

/// What is counted.
#[derive(Default)]
struct Report {
    kinds: BTreeMap<String, i64>,
    open: i64,
    made_good: i64,
    /// Month, kind, how many.
    months: BTreeMap<String, BTreeMap<String, i64>>,
    parties: Vec<(i64, i64)>,
    users: Vec<(i64, i64)>,
    contacts: i64,
    /// Offers that the gate kept back: what did not become an experience.
    kept_back: i64,
}

async fn groups(visit: &Visit, ask: &Asked, columns: &str, tail: &str) -> Result<Vec<zhike_store::Row>> {
    let ty = visit.registry().get("bad_experience")?.clone();
    let mut sql = Sql::new(visit.db().dialect());
    sql.text = format!("SELECT {columns}, count(*) FROM service_experience t WHERE");
    let (a, b) = (sql.bind(ask.from.to_string()), sql.bind(ask.to.to_string()));
    sql.text.push_str(&format!(
        " t.archived_at IS NULL AND t.state <> 'no_fault' AND t.happened_on >= {a} AND t.happened_on <= {b} AND "
    ));
    sql.scope(visit.registry(), &ty, "t", &visit.ctx.actor)?;
    sql.text.push_str(&format!(" GROUP BY {columns} {tail}"));
    visit.db().all(&sql.text, sql.binds).await
}

async fn make(visit: &Visit, ask: &Asked) -> Result<Report> {
    let mut r = Report::default();
    for row in groups(visit, ask, "t.kind, t.state, substr(t.happened_on, 1, 7)", "").await? {
        let (kind, state, month, n) = (row.text(0)?, row.text(1)?, row.text(2)?, row.int(3)?);
        *r.kinds.entry(kind.clone()).or_default() += n;
        *r.months.entry(month).or_default().entry(kind).or_default() += n;
        match state.as_str() {
            "open" => r.open += n,
            "made_good" => r.made_good += n,
            _ => {}
        }
    }
    let most = format!("ORDER BY 2 DESC, 1 LIMIT {LISTED}");
    for row in groups(visit, ask, "t.party_id", &most).await? {
        if let Some(id) = row.opt_int(0)? {
            r.parties.push((id, row.int(1)?));
        }
    }
    for row in groups(visit, ask, "t.user_id", &most).await? {
        if let Some(id) = row.opt_int(0)? {
            r.users.push((id, row.int(1)?));
        }
    }
    let zone = &visit.house.zone;
    let from = zhike_kernel::Stamp::start_of(ask.from, zone).0;
    let to = zhike_kernel::Stamp::start_of(ask.to.tomorrow().unwrap_or(ask.to), zone).0;
    let number = async |sql: &str| -> Result<i64> {
        let row = visit.db().one(sql, zhike_store::binds![from, to]).await?;
        row.map_or(Ok(0), |r| r.int(0))
    };
    r.contacts = number(
        "SELECT count(*) FROM inbox_interaction WHERE at >= $1 AND at < $2 AND archived_at IS NULL AND NOT machine",
    )
    .await?;
    r.kept_back = number(
        "SELECT count(*) FROM consent_message WHERE status = 'withheld' AND class = 'promotion' AND created_at >= $1 AND created_at < $2",
    )
    .await?;
    Ok(r)
}

impl Report {
    fn all(&self) -> i64 {
        self.kinds.values().sum()
    }
}

async fn show(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let ask = Asked::read(&visit, &q)?;
    let r = make(&visit, &ask).await?;
    let parties: Vec<i64> = r.parties.iter().map(|p| p.0).collect();
    let names = read::titles(visit.db(), visit.registry(), "party", &parties, visit.latin).await?;
    let people = visit.app.identity.names(visit.latin).await?;
    let mut figures: Vec<Kpi> = KINDS
        .iter()
        .map(|kind| {
            let n = r.kinds.get(*kind).copied().unwrap_or(0);
            (kind, n)
        })
        .filter(|(kind, n)| **kind != "other" || *n > 0)
        .map(|(kind, n)| {
            Kpi::new(loc.t(&format!("bad_experience-kind-{kind}")), loc.int(n))
                .href(ask.behind(&format!("kind:in:{kind}")))
        })
        .collect();
    let rate = (r.contacts > 0)
        .then(|| zhike_kernel::money::mul_div(r.all(), 1_000_000, r.contacts))
        .flatten();
    figures.push(
        Kpi::new(
            loc.t("experience-rate"),
            rate.map_or_else(|| "—".to_owned(), |p| loc.percent_ppm(p)),
        )
        .note(loc.tv("experience-contacts", &[("n", r.contacts.into())])),
    );
    figures.push(
        Kpi::new(loc.t("experience-made-good"), loc.int(r.made_good))
            .note(loc.tv("experience-open", &[("n", r.open.into())])),
    );
    figures
        .push(Kpi::new(loc.t("experience-kept-back"), loc.int(r.kept_back)).note(loc.t("experience-kept-back-note")));
    let x: Vec<&String> = r.months.keys().collect();
    let series: Vec<Json> = KINDS
        .iter()
        .filter(|k| r.kinds.contains_key(**k))
        .map(|k| {
            let v: Vec<i64> = r.months.values().map(|m| m.get(*k).copied().unwrap_or(0)).collect();
            json!({"n": loc.t(&format!("bad_experience-kind-{k}")), "v": v})
        })
        .collect();
    let chart = json!({"x": x, "unit": "number", "series": series});
    let look = html! { @if visit.may("service.edit") {
        form data-stay method="post" action="/bad-experiences/look" style="margin:0" {
            (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("experience-look")).small().icon("refresh").submit())
        }
    } };
    let body = html! {
        form.row.wrap.filters method="get" action=(PATH) style="gap:10px;align-items:flex-end" {
            (Field::new("from", loc.t("report-from")).date(&ask.from.to_string()))
            (Field::new("to", loc.t("report-to")).date(&ask.to.to_string()))
            (ui::btn(loc.t("report-show")).submit())
        }
        @if r.all() == 0 { (ui::empty("circle-check", &loc.t("experience-none"), &loc.t("experience-none-text"), html! {})) } @else {
            (ui::kpis(&figures))
            (ui::card(loc.t("report-months")).body(ui::chart("bars", &chart, 220, &loc.t("report-months"))))
            div.g2 {
                (most(&visit, "experience-parties", r.parties.iter().map(|(id, n)| {
                    (names.get(id).cloned().unwrap_or_default(), ask.behind(&format!("party_id:is:{id}")), *n)
                })))
                (most(&visit, "experience-users", r.users.iter().map(|(id, n)| {
                    (people.iter().find(|p| p.0 == id).map(|p| p.1.clone()).unwrap_or_default(), ask.behind(&format!("user_id:is:{id}")), *n)
                })))
            }
        }
        (limits(&visit).await?)
    };
    let actions = html! { (look) (ui::btn(loc.t("bad_experience-many")).icon("list").href("/bad-experiences")) };
    Screen::new(&visit, loc.t("nav-experience_report"), "experience_report")
        .actions(actions)
        .charts()
        .show(ui::page_body(body))
}

fn most(visit: &Visit, title: &str, rows: impl Iterator<Item = (String, String, i64)>) -> Markup {
    let loc = &visit.loc;
    let list: Vec<(String, Markup)> = rows
        .map(|(name, path, n)| (name, html! { a.link.num href=(path) { (loc.int(n)) } }))
        .collect();
    html! { (ui::card(loc.t(title)).body(html! { @if list.is_empty() { p.mut.sm { (loc.t("experience-nobody")) } } @else { (ui::kv(&list)) } })) }
}

async fn limits(visit: &Visit) -> Result<Markup> {
    let loc = &visit.loc;
    let s = settings(visit.db()).await?;
    if !visit.may("service.edit") {
        return Ok(html! {});
    }
    Ok(html! { (ui::card(loc.t("experience-limits")).body(html! { div.stack {
        p.sm.mut { (loc.t("experience-limits-text")) }
        form.stack data-stay method="post" action="/bad-experiences/limits" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &s.version.to_string()))
            div.form-grid {
                (Field::new("late_hours", loc.t("experience-late_hours")).number(&s.late_hours.to_string()))
                (Field::new("missing_hours", loc.t("experience-missing_hours")).number(&s.missing_hours.to_string()))
                (Field::new("again_days", loc.t("experience-again_days")).number(&s.again_days.to_string()))
            }
            div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    } })) })
}

async fn tell(visit: Visit, q: Fields) -> Answer {
    let ask = Asked::read(&visit, &q)?;
    let r = make(&visit, &ask).await?;
    let counted = |list: &[(i64, i64)], name: &str| -> Vec<Json> {
        list.iter().map(|(id, n)| json!({name: id, "count": n})).collect()
    };
    let body = json!({"from": ask.from.to_string(), "to": ask.to.to_string(), "count": r.all(), "kinds": r.kinds, "months": r.months,
        "open": r.open, "made_good": r.made_good, "contacts": r.contacts, "offers_kept_back": r.kept_back,
        "parties": counted(&r.parties, "party_id"), "users": counted(&r.users, "user_id")});
    answer(StatusCode::OK, &body)
}

async fn save(visit: Visit, f: Fields) -> Answer {
    let new = Settings {
        late_hours: f.need_int("late_hours")?,
        missing_hours: f.need_int("missing_hours")?,
        again_days: f.need_int("again_days")?,
        version: f.need_int("version")?,
    };
    keep(&visit.ctx, &new).await?;
    go_saying(&visit, PATH, &visit.loc.t("service-kept"), None)
}

/// What programs send; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    version: Option<i64>,
    late_hours: Option<i64>,
    missing_hours: Option<i64>,
    again_days: Option<i64>,
}

async fn limits_of(visit: Visit) -> Answer {
    let s = settings(visit.db()).await?;
    let body = json!({"version": s.version, "late_hours": s.late_hours, "missing_hours": s.missing_hours, "again_days": s.again_days});
    answer(StatusCode::OK, &body)
}

async fn put(visit: Visit, sent: Sent) -> Answer {
    let old = settings(visit.db()).await?;
    let new = Settings {
        late_hours: sent.late_hours.unwrap_or(old.late_hours),
        missing_hours: sent.missing_hours.unwrap_or(old.missing_hours),
        again_days: sent.again_days.unwrap_or(old.again_days),
        version: sent.version.ok_or_else(|| Error::field("version", "error-required"))?,
    };
    keep(&visit.ctx, &new).await?;
    limits_of(visit).await
}

async fn begin(visit: &Visit) -> Result<i64> {
    let tx = visit.ctx.begin().await?;
    let job = zhike_jobs::push(&tx, "service.experience", Some("now"), &json!({})).await?;
    tx.commit().await?;
    Ok(job)
}

async fn look(visit: Visit) -> Answer {
    begin(&visit).await?;
    go_saying(&visit, PATH, &visit.loc.t("experience-looking"), None)
}

async fn look_api(visit: Visit) -> Answer {
    let job = begin(&visit).await?;
    answer(StatusCode::ACCEPTED, &json!({"job": job}))
}
