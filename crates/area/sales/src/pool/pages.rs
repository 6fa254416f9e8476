//! A pool's records with their claim buttons, its teams, the dry run of its rules; on a customer's page the history of
//! owners, the warning, and the button that gives it back.

use super::{
    flow, limits, reconcile,
    record::{owners, release_button, warning},
    teams::{team, teams},
};
use crate::lead::{condition_routes, condition_tab, in_words, members};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{
    Error, Result, Value, Values,
    text::{mask_email, mask_phone},
};
use zhike_store::{Record, RecordType, list, list::Line, tally};
use zhike_web::{
    Answer, Fields, Form, Place, Routes, Tab, Visit, answer,
    records::{self, show},
    ui::{self, Choice, Field, Kpi, Tone},
};

/// Rows of a pool a page.
const ROWS: usize = 50;

/// What a rule of pools is about: the tab finds the pool's kind, the condition's route too.
fn about(record: &Record) -> &'static str {
    if record.text("subject") == "lead" {
        "lead"
    } else {
        "party"
    }
}

/// Its routes.
pub(crate) fn routes() -> Routes {
    let mut all = Routes::new()
        .post(
            "/pools/{id}/claim",
            "pool.claim",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(claim(visit, id, f)),
        )
        .post(
            "/pools/{id}/assign",
            "pool.assign",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(assign(visit, id, f)),
        )
        .post(
            "/pools/{id}/team",
            "pool.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(team(visit, id, f)),
        )
        .post("/pool-rules/run", "pool_rule.edit", |visit: Visit| {
            Box::pin(run_now(visit))
        })
        .and(condition_routes("pool_rule", "/pool-rules", about));
    for (what, path) in [("party", "/parties/{id}/release"), ("lead", "/leads/{id}/release")] {
        all = all.post(
            path,
            "pool.claim",
            move |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(release(visit, what, id, f)),
        );
    }
    all
}

/// Pieces of record pages.
pub(crate) fn tabs() -> Vec<Tab> {
    let mut all = vec![
        Tab::new("pool", "records", Place::Tab, 5, "pool.view", |v, r| {
            Box::pin(records_tab(v, r))
        }),
        Tab::new("pool", "teams", Place::Tab, 20, "pool.edit", |v, r| {
            Box::pin(teams(v, r))
        }),
        Tab::new("pool_rule", "condition", Place::Tab, 10, "pool_rule.view", |v, r| {
            Box::pin(async move { condition_tab(v, r, "/pool-rules", "pool_rule", about(r)).await })
        }),
        Tab::new("pool_rule", "preview", Place::Tab, 20, "pool_rule.view", |v, r| {
            Box::pin(preview(v, r))
        }),
        Tab::new("pool_rule", "what", Place::Rail, 10, "pool_rule.view", |v, r| {
            Box::pin(async move { in_words(v, r, about(r)).await })
        })
        .shows(&["condition"]),
    ];
    for of in ["party", "lead"] {
        all.push(Tab::new(of, "owners", Place::Tab, 80, "pool.view", move |v, r| {
            Box::pin(owners(v, r, of))
        }));
        all.push(Tab::new(of, "release", Place::Action, 30, "pool.claim", move |v, r| {
            Box::pin(release_button(v, r, of))
        }));
        all.push(Tab::new(of, "returning", Place::Head, 40, "pool.view", move |v, r| {
            Box::pin(warning(v, r, of))
        }));
    }
    all
}

fn back_to(id: i64) -> String {
    format!("/pools/{id}/records")
}

async fn claim(visit: Visit, id: i64, f: Fields) -> Answer {
    let record = f.need_int("record")?;
    let pool = flow::find(&visit.ctx, visit.db(), id).await?;
    match flow::claim(&visit.ctx, id, record).await {
        Ok(()) => {
            let ty = visit.registry().get(pool.subject)?.clone();
            answer::go_saying(&visit, &ty.url(record), &visit.loc.t("pool-said-claimed"), None)
        }
        // The list comes back and says why not.
        Err(e) if e.kind == zhike_kernel::Kind::Refused => {
            let words = visit.loc.error(&e);
            answer::go_saying(&visit, &back_to(id), &words, None)
        }
        Err(e) => Err(e.into()),
    }
}

async fn assign(visit: Visit, id: i64, f: Fields) -> Answer {
    flow::assign(&visit.ctx, id, f.need_int("record")?, f.need_int("user_id")?).await?;
    answer::go_saying(&visit, &back_to(id), &visit.loc.t("pool-said-assigned"), None)
}

async fn release(visit: Visit, what: &'static str, id: i64, f: Fields) -> Answer {
    let note = f.filled("note").map(str::to_owned);
    flow::release(&visit.ctx, what, id, f.int("pool"), note).await?;
    let path = if what == "lead" { "/leads" } else { "/parties" };
    answer::go_saying(&visit, path, &visit.loc.t("pool-said-released"), None)
}

async fn run_now(visit: Visit) -> Answer {
    let all = zhike_store::Ctx::system(&visit.house, zhike_kernel::Door::Job);
    let done = reconcile::night(&all, None).await?;
    let said = visit.loc.tv(
        "pool-said-run",
        &[
            ("warned", done.warned.into()),
            ("recycled", done.recycled.into()),
            ("eased", done.eased.into()),
        ],
    );
    answer::go_saying(&visit, "/pool-rules", &said, None)
}

/// The columns shown of a record in a pool, those that the type has.
pub(crate) fn columns(ty: &RecordType) -> Vec<&'static str> {
    let wanted: &[&'static str] = if ty.name == "lead" {
        &["company", "region", "source", "score", "received_on", "phone", "email"]
    } else {
        &[
            "industry",
            "city",
            "tier",
            "last_order_on",
            "last_contact_at",
            "phone",
            "email",
        ]
    };
    wanted.iter().copied().filter(|c| ty.field(c).is_some()).collect()
}

/// A page of a pool's records, telephone and mail masked.
pub(crate) async fn page(visit: &Visit, pool: &flow::Pool, cursor: Option<String>) -> Result<(RecordType, list::Page)> {
    if !flow::member(&visit.ctx, visit.db(), pool.id).await? {
        return Err(Error::missing());
    }
    let all = flow::sighted(&visit.ctx);
    let ty = (*visit.registry().get(pool.subject)?.clone()).clone();
    let mut ask = flow::list_of(&ty, pool, ROWS, cursor);
    ask.columns = vec![ty.title.to_owned(), "number".into()];
    ask.columns.extend(ty.latin().map(str::to_owned));
    ask.columns.extend(columns(&ty).into_iter().map(str::to_owned));
    ask.sort = if ty.name == "lead" { "received_on" } else { "id" }.into();
    ask.descending = true;
    let mut page = list::page(&all, visit.db(), &ty, &ask).await?;
    for line in &mut page.lines {
        hide(&mut line.values);
    }
    Ok((ty, page))
}

fn hide(values: &mut Values) {
    for (field, mask) in [("phone", mask_phone as fn(&str) -> String), ("email", mask_email)] {
        if let Some(Value::Text(text)) = values.get(field) {
            let masked = mask(text);
            values.insert(field.to_owned(), masked.into());
        }
    }
}

async fn records_tab(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let Ok(pool) = flow::find(&visit.ctx, visit.db(), record.id).await else {
        return Ok(html! { div style="padding:14px" { (ui::callout(Tone::Warn, loc.t("pool-not-active"))) } });
    };
    if !flow::member(&visit.ctx, visit.db(), pool.id).await? {
        return Ok(html! { div style="padding:14px" { (ui::callout(Tone::Warn, loc.t("pool-not-member"))) } });
    }
    let query = Fields::parse(visit.uri.split_once('?').map_or("", |u| u.1));
    let (ty, page) = page(visit, &pool, query.filled("cursor").map(str::to_owned)).await?;
    let total = tally::shown(
        &flow::sighted(&visit.ctx),
        &ty,
        &flow::list_of(&ty, &pool, 1, None),
        1_000,
    )
    .await?;
    let room = limits::room(&visit.ctx, visit.db(), &pool).await?;
    let of = |most: Option<i64>, now: i64| match most {
        Some(most) => format!("{} / {}", loc.int(now), loc.int(most)),
        None => loc.int(now),
    };
    let people: Vec<Choice> = if visit.may("pool.assign") {
        let users = visit.app.identity.users().await?;
        let active = members(&visit.ctx, visit.db(), None).await?;
        users
            .iter()
            .filter(|u| active.contains(&u.id))
            .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
            .collect()
    } else {
        vec![]
    };
    let kpis = [
        Kpi::new(loc.t("pool-inside"), loc.int(total)),
        Kpi::new(loc.t("pool-held"), of(pool.held, room.held)),
        Kpi::new(loc.t("pool-today"), of(pool.day, room.today)),
    ];
    let link = |cursor: &Option<String>| cursor.as_ref().map(|c| format!("{}?cursor={c}", back_to(pool.id)));
    Ok(html! {
        div.stack.l style="padding:14px" {
            (ui::kpis(&kpis))
            @if page.lines.is_empty() { (ui::empty("inbox", &loc.t("pool-empty"), &loc.t("pool-empty-text"), html! {})) }
            @else {
                p.xs.dim { (loc.t("pool-masked")) }
                (rows(visit, &ty, &pool, &page.lines, &people).await?)
                div.btn-row {
                    @if let Some(href) = link(&page.previous) { (ui::btn(loc.t("web-previous")).small().href(href)) }
                    @if let Some(href) = link(&page.next) { (ui::btn(loc.t("web-next")).small().href(href)) }
                }
            }
        }
    })
}

async fn rows(visit: &Visit, ty: &RecordType, pool: &flow::Pool, lines: &[Line], people: &[Choice]) -> Result<Markup> {
    let loc = &visit.loc;
    let fields: Vec<_> = columns(ty).into_iter().filter_map(|c| show::field_of(ty, c)).collect();
    let values: Vec<&Values> = lines.iter().map(|l| &l.values).collect();
    let names = records::names(visit, ty, &values).await?;
    Ok(html! {
        div.tbl-wrap { table.tbl.plain {
            thead { tr {
                th { span.vh { (loc.t("pool-claim")) } }
                th scope="col" { (show::label(visit, ty, ty.title)) }
                @for f in &fields { th.r[show::is_number(f)] scope="col" { (show::label(visit, ty, f.name)) } }
            } }
            tbody { @for line in lines { tr {
                td { div.row style="gap:6px" {
                    @if visit.may("pool.claim") {
                        form method="post" action={ "/pools/" (pool.id) "/claim" } style="margin:0" {
                            (ui::hidden("record", &line.id.to_string())) (ui::btn(loc.t("pool-claim")).small().icon("hand-stop").submit())
                        }
                    }
                    @if !people.is_empty() {
                        details.menu.left {
                            summary.btn.sm aria-label=(loc.t("pool-assign")) title=(loc.t("pool-assign")) { (ui::icon("user-check")) }
                            form.menu-pop method="post" action={ "/pools/" (pool.id) "/assign" } style="padding:10px" {
                                (ui::hidden("record", &line.id.to_string()))
                                (Field::new("user_id", loc.t("pool-assign")).id(format!("to-{}", line.id)).select(people, "", None))
                                (ui::btn(loc.t("pool-assign")).small().primary().submit())
                            }
                        }
                    }
                } }
                td { b { (show::title(visit, ty, line.id, &line.values)) } " " span.xs.dim { (line.values.get("number").and_then(Value::text).unwrap_or("")) } }
                @for f in &fields { td.r[show::is_number(f)] {
                    @if matches!(f.name, "phone" | "email") { span.num { (line.values.get(f.name).and_then(Value::text).unwrap_or("—")) } }
                    @else { (records::cell(visit, ty, f, &line.values, &names)) }
                } }
            } } }
        } }
    })
}

/// The dry run: how many records the rule is about now, and which.
async fn preview(visit: &Visit, rule: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(rule) = reconcile::rules(&visit.ctx, visit.db(), Some(rule.id))
        .await?
        .into_iter()
        .next()
    else {
        return Ok(html! { div style="padding:14px" { (ui::callout(Tone::Info, loc.t("pool-rule-does-nothing"))) } });
    };
    let ty = visit.registry().get(rule.pool.subject)?.clone();
    let ask = reconcile::about(&ty, &rule, 1);
    let n = list::count(&visit.ctx, visit.db(), &ty, &ask, 10_001).await?;
    let columns: Vec<&str> = [
        "name",
        "number",
        "owner_id",
        "tier",
        "last_order_on",
        "last_contact_at",
        "score",
        "received_on",
        "recycle_on",
    ]
    .into_iter()
    .filter(|c| ty.field(c).is_some())
    .collect();
    let words = if n > 10_000 {
        loc.t("pool-preview-many")
    } else {
        loc.tv("pool-preview", &[("n", n.into()), ("days", rule.warn.into())])
    };
    Ok(html! { div.stack.l style="padding:14px" {
        p { b { (words) } }
        (records::related(visit, rule.pool.subject, rule.filter.clone(), &columns, 50).await?)
        @if visit.may("pool_rule.edit") {
            form method="post" action="/pool-rules/run" { (ui::btn(loc.t("pool-run")).icon("player-play").submit()) p.xs.dim { (loc.t("pool-run-text")) } }
        }
    } })
}
