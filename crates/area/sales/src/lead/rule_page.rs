//! Setting leads up: conditions of rules and indicators, territories of a rule, and the trial: who would get this lead.

use super::{
    assign::{self, Came, Decision},
    score,
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result, Value, Values};
use zhike_store::{Ctx, FieldKind, Query as _, Record, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Place, Query, Routes, Screen, Tab, Visit, answer,
    records::condition::{self, Condition},
    ui::{self, Choice, Field, Kpi, Tone},
};

/// Types that carry a condition, and the type it is about.
const CONDITIONED: [(&str, &str); 2] = [("lead_rule", "/lead-rules"), ("lead_indicator", "/lead-indicators")];

/// Its routes.
pub(crate) fn routes() -> Routes {
    let mut all = Routes::new()
        .get("/leads/setup", "lead_rule.view", |visit: Visit| Box::pin(setup(visit)))
        .get(
            "/lead-rules/trial",
            "lead_rule.view",
            |visit: Visit, Query(q): Query| Box::pin(trial(visit, q)),
        )
        .post(
            "/lead-rules/{id}/share",
            "lead_rule.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(add_share(visit, id, f)),
        )
        .post(
            "/lead-rules/{id}/share/{share}/remove",
            "lead_rule.edit",
            |visit: Visit, Path((id, share)): Path<(i64, i64)>, Form(f): Form| {
                Box::pin(remove_share(visit, id, share, f))
            },
        );
    for (name, path) in CONDITIONED {
        all = all.and(condition_routes(name, path, |_| "lead"));
    }
    all
}

/// Where a condition is edited, by people and by programs; `about` gives the type it is about.
pub(crate) fn condition_routes(name: &'static str, path: &'static str, about: fn(&Record) -> &'static str) -> Routes {
    let permission = format!("{name}.edit");
    Routes::new()
        .post(
            &format!("{path}/{{id}}/set-condition"),
            &permission,
            move |visit: Visit, Path(id): Path<i64>, Query(q): Query, Form(f): Form| {
                Box::pin(async move {
                    let version = q.need_int("version")?;
                    change(&visit, name, id, version, about, |is, ty| is.edited(&visit, ty, &f)).await?;
                    answer::go(&visit, &format!("{path}/{id}/condition"))
                })
            },
        )
        .put(
            &format!("/api/v1{path}/{{id}}/condition"),
            &permission,
            move |visit: Visit, Path(id): Path<i64>, zhike_web::Json(body): zhike_web::Json<Json>| {
                Box::pin(async move {
                    let given =
                        Condition::from_json(&body).ok_or_else(|| Error::field("condition", "error-condition"))?;
                    let version = body.get("version").and_then(Json::as_i64);
                    let version = version.ok_or_else(|| Error::field("version", "error-required"))?;
                    let new = change(&visit, name, id, version, about, |_, _| Ok(given)).await?;
                    answer::json(StatusCode::OK, &json!({"id": id, "version": new}))
                })
            },
        )
}

async fn change(
    visit: &Visit,
    name: &str,
    id: i64,
    version: i64,
    about: fn(&Record) -> &'static str,
    edit: impl FnOnce(Condition, &zhike_store::RecordType) -> Result<Condition>,
) -> Result<i64> {
    let ty = visit.registry().get(name)?.clone();
    let tx = visit.ctx.begin().await?;
    let record = read::need(&visit.ctx, &tx, &ty, id).await?;
    let of = visit.registry().get(about(&record))?.clone();
    let new = edit(Condition::read(record.text("condition")), &of)?;
    new.check(visit, &of)?;
    let changes = Values::from([("condition".to_owned(), Value::Text(new.write()))]);
    let version = write::update_from(&visit.ctx, &tx, &ty, record, version, changes).await?;
    tx.commit().await?;
    Ok(version)
}

/// Tabs with conditions and territories.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("lead_rule", "condition", Place::Tab, 10, "lead_rule.view", |v, r| {
            Box::pin(condition_tab(v, r, "/lead-rules", "lead_rule", "lead"))
        }),
        Tab::new("lead_rule", "shares", Place::Tab, 20, "lead_rule.view", |v, r| {
            Box::pin(shares(v, r))
        }),
        Tab::new("lead_rule", "what", Place::Rail, 10, "lead_rule.view", |v, r| {
            Box::pin(in_words(v, r, "lead"))
        })
        .shows(&["condition"]),
        Tab::new(
            "lead_indicator",
            "condition",
            Place::Tab,
            10,
            "lead_indicator.view",
            |v, r| Box::pin(condition_tab(v, r, "/lead-indicators", "lead_indicator", "lead")),
        ),
        Tab::new(
            "lead_indicator",
            "what",
            Place::Rail,
            10,
            "lead_indicator.view",
            |v, r| Box::pin(in_words(v, r, "lead")),
        )
        .shows(&["condition"]),
    ]
}

/// The condition in words.
pub(crate) async fn in_words(visit: &Visit, record: &Record, about: &str) -> Result<Markup> {
    let of = visit.registry().get(about)?.clone();
    let words = Condition::read(record.text("condition")).words(visit, &of).await?;
    Ok(html! { (ui::card(visit.loc.t("condition-title")).body(html! { p { (words) } })) })
}

/// The editor of a condition.
pub(crate) async fn condition_tab(
    visit: &Visit,
    record: &Record,
    path: &str,
    name: &str,
    about: &str,
) -> Result<Markup> {
    let of = visit.registry().get(about)?.clone();
    let is = Condition::read(record.text("condition"));
    if !visit.may(&format!("{name}.edit")) || record.archived_at.is_some() {
        return Ok(html! { p style="padding:14px" { (is.words(visit, &of).await?) } });
    }
    let at = format!("{path}/{}", record.id);
    let action = format!("{at}/set-condition?version={}", record.version);
    let editor = condition::editor(visit, &of, &is, &action, &format!("{at}/condition")).await?;
    Ok(html! { div style="padding:14px" { p.sm.mut { (visit.loc.t("condition-text")) } (editor) } })
}

/// Who gets which region, or which product.
async fn shares(visit: &Visit, rule: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let by_product = rule.text("way") == "product";
    if !matches!(rule.text("way"), "territory" | "product") {
        return Ok(html! { p.mut style="padding:14px" { (loc.t("share-not-needed")) } });
    }
    let sql = "SELECT id, version, region, product_id, user_id FROM sales_lead_share WHERE rule_id = $1 AND archived_at IS NULL ORDER BY id";
    let rows = visit.db().all(sql, binds![rule.id]).await?;
    let users = visit.app.identity.users().await?;
    let name = |id: i64| users.iter().find(|u| u.id == id).map_or("—", |u| u.title(visit.latin));
    let mut lines = vec![];
    for row in &rows {
        let what = match row.opt_int(3)?.filter(|_| by_product) {
            Some(id) => read::titles(visit.db(), visit.registry(), "product", &[id], visit.latin)
                .await?
                .remove(&id)
                .unwrap_or_default(),
            None => row.opt_text(2)?.unwrap_or_default(),
        };
        lines.push((row.int(0)?, row.int(1)?, what, row.int(4)?));
    }
    let may = visit.may("lead_rule.edit") && rule.archived_at.is_none();
    let people: Vec<Choice> = users
        .iter()
        .filter(|u| u.active)
        .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr { th scope="col" { (loc.t(if by_product { "lead_share-product_id" } else { "lead_share-region" })) } th scope="col" { (loc.t("lead_share-user_id")) } th {} } }
            tbody {
                @for (id, version, what, user) in &lines { tr {
                    td { (what) } td { (name(*user)) }
                    td.r { @if may {
                        form method="post" action={ "/lead-rules/" (rule.id) "/share/" (id) "/remove" } style="margin:0" {
                            (ui::hidden("version", &version.to_string())) (ui::icon_btn("trash", loc.t("share-remove")).small().submit())
                        }
                    } }
                } }
                @if lines.is_empty() { tr { td.dim colspan="3" { (loc.t("share-none")) } } }
            }
        } }
        @if may {
            form.row.wrap method="post" action={ "/lead-rules/" (rule.id) "/share" } style="gap:10px;align-items:flex-end;padding:14px" {
                @if by_product { (Field::new("product_id", loc.t("lead_share-product_id")).combobox(loc, "/lookup/product", "", "")) }
                @else { (Field::new("region", loc.t("lead_share-region")).hint(loc.t("share-regions")).text("")) }
                (Field::new("user_id", loc.t("lead_share-user_id")).select(&people, "", None))
                (ui::btn(loc.t("share-add")).small().icon("plus").submit())
            }
        }
    })
}

async fn add_share(visit: Visit, id: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("lead_share")?.clone();
    let input: Vec<(String, String)> = ["region", "product_id", "user_id"]
        .iter()
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    let mut values = write::read_input(&visit.ctx, &ty, None, &input)?;
    values.insert("rule_id".into(), id.into());
    let tx = visit.ctx.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    answer::go(&visit, &format!("/lead-rules/{id}/shares"))
}

async fn remove_share(visit: Visit, id: i64, share: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("lead_share")?.clone();
    let tx = visit.ctx.begin().await?;
    write::archive(&visit.ctx, &tx, &ty, share, f.need_int("version")?, true).await?;
    tx.commit().await?;
    answer::go(&visit, &format!("/lead-rules/{id}/shares"))
}

/// What a trial is about: a lead that is there, or one made up in the address.
pub(crate) async fn subject(ctx: &Ctx, q: &Fields) -> Result<Values> {
    let ty = ctx.registry().get("lead")?.clone();
    if let Some(id) = q.int("lead") {
        return Ok(read::need(ctx, ctx.db(), &ty, id).await?.values);
    }
    let mut values = Values::new();
    let mut wrong = vec![];
    for name in [
        "name",
        "company",
        "region",
        "city",
        "source",
        "campaign",
        "product_id",
        "email",
        "phone",
        "message",
    ] {
        let Some(field) = ty.field(name) else { continue };
        match field.parse(q.get(name).unwrap_or(""), ctx.house.currency) {
            Ok(value) => {
                values.insert(name.to_owned(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    let text = |n: &str| values.get(n).and_then(Value::text).unwrap_or("").to_owned();
    let (email, message) = (text("email"), text("message"));
    values.insert("status".into(), "new".into());
    values.insert("free_mail".into(), score::is_free_mail(&email).into());
    values.insert(
        "message_length".into(),
        i64::try_from(message.chars().count()).unwrap_or(0).into(),
    );
    Ok(values)
}

/// A trial's answer for programs.
pub(crate) fn told(decision: &Decision, score: (i64, Vec<(i64, i64)>)) -> Json {
    let steps: Vec<Json> = decision
        .steps
        .iter()
        .map(|s| {
            let came = match s.came {
                Came::NoFit => "condition",
                Came::Nobody => "nobody",
                Came::Decides => "decides",
            };
            json!({"rule": s.rule, "came": came})
        })
        .collect();
    json!({
        "user": decision.user, "rule": decision.rule, "way": decision.rule.map(|_| &decision.way), "steps": steps,
        "score": score.0, "points": score.1.iter().map(|(i, p)| json!({"indicator": i, "points": p})).collect::<Vec<_>>(),
    })
}

/// `GET /lead-rules/trial`: who would get this lead, and why.
async fn trial(visit: Visit, q: Fields) -> Answer {
    let loc = &visit.loc;
    let asked = !q.0.is_empty();
    let (values, error) = match subject(&visit.ctx, &q).await {
        Ok(values) => (values, None),
        Err(e) if e.kind == zhike_kernel::Kind::Invalid => (Values::new(), Some(e)),
        Err(e) => return Err(e.into()),
    };
    let outcome = if asked && error.is_none() {
        Some(outcome(&visit, &values).await?)
    } else {
        None
    };
    let ty = visit.registry().get("lead")?.clone();
    let field = |name: &'static str| {
        let wrong = error
            .as_ref()
            .and_then(|e| e.fields.iter().find(|x| x.field == name))
            .map(|x| loc.field_error(x));
        let shown = match values.get(name) {
            Some(v) if !asked || q.int("lead").is_some() => v.text().unwrap_or("").to_owned(),
            _ => q.get(name).unwrap_or("").to_owned(),
        };
        let f = Field::new(name, loc.t(&format!("lead-{name}"))).error(wrong);
        match ty.field(name).map(|f| f.kind) {
            Some(FieldKind::Long) => f.textarea(&shown, 2),
            _ => f.text(&shown),
        }
    };
    let main = html! {
        form.card method="get" action="/lead-rules/trial" { div.card-b.stack.l {
            p.sm.mut { (loc.t("trial-text")) }
            div.form-grid style="display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(200px,1fr))" {
                @for name in ["company", "region", "city", "source", "campaign", "email", "phone", "message"] { (field(name)) }
                (Field::new("product_id", loc.t("lead-product_id")).combobox(loc, "/lookup/product", q.get("product_id").unwrap_or(""), ""))
            }
            div.btn-row { (ui::btn(loc.t("trial-ask")).primary().submit()) }
        } }
    };
    Screen::new(&visit, loc.t("trial-title"), "lead_setup")
        .crumb(loc.t("nav-lead_setup"), "/leads/setup")
        .show(ui::page_body(html! { @if let Some(o) = outcome { (o) } (main) }))
}

async fn outcome(visit: &Visit, values: &Values) -> Result<Markup> {
    let loc = &visit.loc;
    let decision = assign::decide(&visit.ctx, visit.db(), values).await?;
    let indicators = score::indicators(&visit.ctx, visit.db()).await?;
    let (sum, why) = score::score(&indicators, values);
    let ids: Vec<i64> = decision.steps.iter().map(|s| s.rule).collect();
    let rules = read::titles(visit.db(), visit.registry(), "lead_rule", &ids, visit.latin).await?;
    let names = visit.app.identity.names(visit.latin).await?;
    let points = super::pages::indicator_names(visit).await?;
    let who = decision.user.and_then(|u| names.get(&u));
    Ok(html! {
        (ui::card(loc.t("trial-result")).body(html! {
            @match who {
                Some(name) => (ui::callout(Tone::Good, loc.tv("trial-gets", &[("who", name.clone().into()), ("way", loc.t(&format!("lead_rule-way-{}", decision.way)).into())]))),
                None => (ui::callout(Tone::Warn, loc.t("trial-nobody"))),
            }
            ol.stack style="margin:10px 0;padding-left:20px" { @for step in &decision.steps { li {
                b { (rules.get(&step.rule).map_or("—", String::as_str)) } ": "
                (loc.t(match step.came { Came::NoFit => "trial-no-fit", Came::Nobody => "trial-no-one", Came::Decides => "trial-decides" }))
            } } }
            p { (loc.t("lead-score")) " " b { (loc.int(sum)) }
                @for (id, p) in &why { " · " (points.get(id).map_or("—", String::as_str)) " " @if *p > 0 { "+" } (loc.int(*p)) } }
        }))
    })
}

/// `GET /leads/setup`: the ways to what can be set.
async fn setup(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let mut items = vec![];
    for name in [
        "lead_form",
        "lead_rule",
        "lead_indicator",
        "reason",
        "pool",
        "pool_rule",
    ] {
        let ty = visit.registry().get(name)?.clone();
        if visit.may(&ty.permission("view")) {
            let sql = format!(
                "SELECT count(*) FROM {} WHERE archived_at IS NULL AND id > $1",
                ty.table
            );
            let n = visit.db().number(&sql, binds![0_i64]).await?;
            items.push(
                Kpi::new(loc.t(&format!("{name}-many")), loc.int(n))
                    .note(loc.t(&format!("setup-{name}")))
                    .href(ty.path),
            );
        }
    }
    Screen::new(&visit, loc.t("nav-lead_setup"), "lead_setup").show(ui::page_body(html! {
        (ui::kpis(&items))
        div.btn-row {
            (ui::btn(loc.t("trial-title")).icon("user-check").href("/lead-rules/trial"))
            (ui::btn(loc.t("sources-title")).icon("chart-bar").href("/leads/sources"))
        }
    }))
}
