//! A call list as it is worked, by keys: one customer at a time, the call, what came of it, the next one.

use crate::{
    Ports,
    list_end::{self as end, Outcome},
    list_flow as flow,
    list_types::OUTCOMES,
    list_view::{counts, progress},
    ring::shown_number,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Kind, Result, Stamp, Value};
use zhike_store::{List, Query as _, Record, binds, list, read, sight::CONTACT};
use zhike_web::{
    Answer, Fields, Form, Query, Screen, Visit,
    answer::{go, go_saying},
    records, ui,
};

fn id(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::missing())
}

fn work(list: i64, item: Option<i64>) -> String {
    match item {
        Some(item) => format!("/call-lists/{list}/work?item={item}"),
        None => format!("/call-lists/{list}/work"),
    }
}

/// Goes to the next one; says how many were put off.
async fn onward(ports: &Ports, visit: &Visit, list: i64, said: Option<String>) -> Answer {
    let next = flow::next(&visit.ctx, ports, list).await?;
    let moved = (next.moved > 0).then(|| visit.loc.tv("call_list-moved", &[("n", next.moved.into())]));
    let words: Vec<String> = said.into_iter().chain(moved).collect();
    let to = work(list, next.item);
    if words.is_empty() {
        go(visit, &to)
    } else {
        go_saying(visit, &to, &words.join(" "), None)
    }
}

/// `POST /call-lists/{id}/next`.
pub(crate) async fn next(ports: Ports, visit: Visit, Path(list): Path<String>, Form(f): Form) -> Answer {
    let list = id(&list)?;
    if let Some(item) = f.int("skip") {
        flow::skip(&visit.ctx, list, item).await?;
    }
    onward(&ports, &visit, list, None).await
}

/// `POST /call-lists/{id}/items/{item}/call`.
pub(crate) async fn call(ports: Ports, visit: Visit, Path((list, item)): Path<(String, String)>) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    let (said, number) = flow::call(&visit.ctx, &ports, list, item).await?;
    if number.is_some() {
        return go(&visit, &work(list, Some(item)));
    }
    let why = said
        .reasons
        .first()
        .map(|r| zhike_web::gate::sentence(&visit.loc, r))
        .unwrap_or_default();
    onward(&ports, &visit, list, Some(why)).await
}

/// `POST /call-lists/{id}/items/{item}/outcome`.
pub(crate) async fn outcome(
    ports: Ports,
    visit: Visit,
    Path((list, item)): Path<(String, String)>,
    Form(f): Form,
) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    let told = Outcome {
        word: f.get("outcome").unwrap_or("").to_owned(),
        note: f.get("note").unwrap_or("").to_owned(),
        at: f.filled("at").map(str::to_owned),
        version: f.int("version"),
    };
    end::ended(&visit.ctx, &ports, list, item, &told).await?;
    onward(&ports, &visit, list, None).await
}

/// `POST /call-lists/{id}/items/{item}/undo`.
pub(crate) async fn undo(visit: Visit, Path((list, item)): Path<(String, String)>) -> Answer {
    let (list, item) = (id(&list)?, id(&item)?);
    end::take_back(&visit.ctx, list, item).await?;
    go_saying(&visit, &work(list, Some(item)), &visit.loc.t("web-undone"), None)
}

/// Customers chosen in a list of customers: a new call list with them.
pub(crate) async fn from_rows(visit: Visit, Form(f): Form) -> Answer {
    visit.require("call_list.create")?;
    let ids: Vec<i64> = f
        .get("ids")
        .unwrap_or("")
        .split(',')
        .filter_map(|i| i.trim().parse().ok())
        .take(5_000)
        .collect();
    if ids.is_empty() {
        return Err(Error::refused("error-call-list-nobody").into());
    }
    let ctx = &visit.ctx;
    let parties = ctx.registry().get("party")?.clone();
    let seen: Vec<i64> = read::find_many(ctx, ctx.db(), &parties, &ids)
        .await?
        .iter()
        .filter(|p| p.archived_at.is_none())
        .map(|p| p.id)
        .collect();
    let ty = ctx.registry().get("call_list")?.clone();
    let tx = ctx.begin().await?;
    let name = visit.loc.tv(
        "call_list-name-of",
        &[("day", visit.loc.date_iso(visit.today()).into())],
    );
    let values = zhike_kernel::Values::from([
        ("name".to_owned(), name.into()),
        ("owner_id".to_owned(), ctx.actor.user.into()),
    ]);
    let made = zhike_store::write::create(ctx, &tx, &ty, values).await?;
    let n = flow::add(ctx, &tx, made, &seen).await?;
    tx.commit().await?;
    go_saying(
        &visit,
        &format!("/call-lists/{made}"),
        &visit.loc.tv("call_list-added", &[("n", n.into())]),
        None,
    )
}

/// The customers of a saved view, so many of them.
pub(crate) async fn of_view(visit: &Visit, view: Option<&str>) -> Result<Vec<i64>> {
    let ty = visit.registry().get("party")?.clone();
    let pairs = view.map(|v| ("view".to_owned(), v.to_owned()));
    let mut ask: List = records::chosen(visit, &ty, &Fields(pairs.into_iter().collect())).await?;
    ask.limit = 1_000;
    ask.columns = vec![];
    ask.sort = "id".into();
    ask.descending = false;
    let most = usize::try_from(flow::MOST).unwrap_or(0);
    let mut out = vec![];
    loop {
        let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
        out.extend(page.lines.iter().map(|l| l.id));
        match page.next {
            Some(next) if out.len() <= most => ask.cursor = Some(next),
            _ => return Ok(out),
        }
    }
}

/// `POST /call-lists/{id}/add`: everybody in a saved view.
pub(crate) async fn add(visit: Visit, Path(list): Path<String>, Form(f): Form) -> Answer {
    let list = id(&list)?;
    flow::list(&visit.ctx, visit.db(), list).await?;
    let parties = of_view(&visit, f.filled("view")).await?;
    let tx = visit.ctx.begin().await?;
    let n = flow::add(&visit.ctx, &tx, list, &parties).await?;
    tx.commit().await?;
    go_saying(
        &visit,
        &format!("/call-lists/{list}"),
        &visit.loc.tv("call_list-added", &[("n", n.into())]),
        None,
    )
}

/// `GET /call-lists/{id}/work?item=`.
pub(crate) async fn page(visit: Visit, Path(list): Path<String>, Query(q): Query) -> Answer {
    let record = flow::list(&visit.ctx, visit.db(), id(&list)?).await?;
    let one = match q.int("item") {
        Some(item) => match flow::item(&visit.ctx, visit.db(), record.id, item).await {
            Err(e) if e.kind == Kind::Missing => None,
            other => Some(other?),
        },
        None => None,
    };
    let loc = &visit.loc;
    let all = progress(&visit, record.id).await?;
    let main = match &one {
        Some(item) => customer(&visit, &record, item).await?,
        None => nobody(&visit, &record).await?,
    };
    let rail = html! {
        (ui::card(loc.t("call_list-how-far")).body(counts(&visit, &all)))
        @if !record.text("script").is_empty() { (ui::card(loc.t("call_list-script")).body(html! { div style="white-space:pre-wrap" { (record.text("script")) } })) }
        (last(&visit, record.id).await?)
    };
    let body = ui::page_body(ui::two_columns(main, rail));
    Screen::new(&visit, loc.t("call_list-work"), "call_list")
        .crumb(record.text("name"), format!("/call-lists/{}", record.id))
        .show(body)
}

fn form(visit: &Visit, to: String, button: ui::Btn, more: Markup) -> Markup {
    html! { form method="post" action=(to) style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (more) (button) } }
}

/// Nobody may be called now: why, and when that changes.
async fn nobody(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT MIN(not_before) FROM voice_item WHERE list_id = $1 AND state = 'later' AND archived_at IS NULL";
    let first = visit
        .db()
        .one(sql, binds![record.id])
        .await?
        .map(|r| r.opt_int(0))
        .transpose()?
        .flatten();
    let text = match first.filter(|f| *f > visit.now().0) {
        Some(at) => loc.tv("call_list-next-at", &[("at", loc.stamp(Stamp(at)).into())]),
        None if record.int("left_count").unwrap_or(0) > 0 => loc.t("call_list-press-next"),
        None => loc.t("call_list-all-done"),
    };
    let next = form(
        visit,
        format!("/call-lists/{}/next", record.id),
        ui::btn(loc.t("call_list-next"))
            .icon("chevron-right")
            .primary()
            .submit()
            .attr("data-press", "n")
            .key("N"),
        html! {},
    );
    Ok(
        html! { (ui::card("").body(ui::empty("phone-call", &loc.t("call_list-nobody-now"), &text, html! { div.btn-row { (next) } }))) },
    )
}

/// Is the call under way (or just over)?
fn called(visit: &Visit, item: &Record) -> bool {
    item.int("called_at")
        .is_some_and(|c| c > visit.now().plus_seconds(-2 * 3_600).0)
        && ["open", "later"].contains(&item.text("state"))
}

async fn customer(visit: &Visit, record: &Record, item: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("party")?.clone();
    let party = read::need(&visit.ctx, visit.db(), &ty, item.int("party_id").unwrap_or(0)).await?;
    let name = records::show::title(visit, &ty, party.id, &party.values);
    let number = if party.text("phone").is_empty() {
        party.text("phone2")
    } else {
        party.text("phone")
    };
    let under_way = called(visit, item);
    let dialled: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let ended = ["done", "held"].contains(&item.text("state"));
    let facts = [
        (loc.t("party-city"), party.text("city").to_owned()),
        (loc.t("call_item-tries"), loc.int(item.int("tries").unwrap_or(0))),
        (loc.t("call_item-note"), item.text("note").to_owned()),
    ];
    let facts: Vec<(String, Markup)> = facts
        .into_iter()
        .filter(|f| !f.1.is_empty())
        .map(|(k, v)| (k, html! { (v) }))
        .collect();
    let contacts = records::related(
        visit,
        "interaction",
        Filter::is("party_id", party.id),
        &["subject", "channel", "user_id", "at"],
        4,
    )
    .await?;
    let head = html! {
        div.row.wrap style="gap:8px 12px" {
            a.link href={ "/parties/" (party.id) } { b style="font-size:18px" { (name) } }
            @if let Some(tier) = ui::Tier::parse(party.text("tier")) { (ui::tier(loc, tier)) }
            @if under_way && visit.may(CONTACT) { a.num.link.row style="gap:6px" href={ "tel:" (dialled) } data-press="d" { (ui::icon("phone")) " " (number) } }
            @else { span.num.mut { (shown_number(visit, number)) } }
        }
        (ui::kv(&facts))
    };
    let keys = html! {
        @if ended { (ui::callout(ui::Tone::Info, loc.t(&format!("call_item-state-{}", item.text("state"))))) }
        @else if under_way { (outcomes(visit, record, item)) }
        @else {
            div.btn-row {
                (form(visit, format!("/call-lists/{}/items/{}/call", record.id, item.id),
                    ui::btn(loc.t("call_list-call")).icon("phone-call").primary().large().submit().attr("data-press", "d").attr("id", "call-now").key("D"), html! {}))
            }
        }
        div.btn-row {
            (form(visit, format!("/call-lists/{}/next", record.id),
                ui::btn(loc.t(if ended { "call_list-next" } else { "call_list-skip" })).icon("chevron-right").submit().attr("data-press", "n").key("N"),
                html! { @if !ended { (ui::hidden("skip", &item.id.to_string())) } }))
        }
    };
    Ok(html! {
        (ui::card("").body(html! { div.stack style="padding-top:12px" { (head) (keys) } }))
        (ui::card(loc.t("interaction-many")).flush(contacts))
    })
}

/// What came of it: one key each; what is typed goes along.
fn outcomes(visit: &Visit, record: &Record, item: &Record) -> Markup {
    let loc = &visit.loc;
    let tomorrow = visit.today().tomorrow().unwrap_or(visit.today());
    html! {
        form.stack data-stay data-keys method="post" action={ "/call-lists/" (record.id) "/items/" (item.id) "/outcome" } {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &item.version.to_string()))
            (ui::Field::new("note", loc.t("call_list-note")).attr("data-press", "t").hint(loc.t("call_list-note-hint")).textarea("", 3))
            div style="max-width:260px" { (ui::Field::new("at", loc.t("call_list-back-at")).attr("data-press", "b").hint(loc.t("call_list-back-hint")).text(&format!("{tomorrow}T10:00"))) }
            div.btn-row.wrap {
                @for (i, word) in OUTCOMES.iter().enumerate() {
                    @let key = (i + 1).to_string();
                    (ui::btn(loc.t(&format!("call_item-outcome-{word}"))).submit().attr("name", "outcome").attr("value", *word).attr("data-press", key.clone()).key(&key))
                }
            }
        }
    }
}

/// What I wrote down last, and the way back.
async fn last(visit: &Visit, list: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT id, party_id, COALESCE(outcome, '') FROM voice_item WHERE list_id = $1 AND last_user = $2 AND last_batch IS NOT NULL \
               ORDER BY last_batch DESC LIMIT 1";
    let Some(row) = visit.db().one(sql, binds![list, visit.actor.user]).await? else {
        return Ok(html! {});
    };
    let (item, party, outcome) = (row.int(0)?, row.int(1)?, row.text(2)?);
    let names = read::titles(visit.db(), visit.registry(), "party", &[party], visit.latin).await?;
    let back = form(
        visit,
        format!("/call-lists/{list}/items/{item}/undo"),
        ui::btn(loc.t("web-undo"))
            .icon("arrow-back-up")
            .small()
            .submit()
            .attr("data-press", "u")
            .key("U"),
        html! {},
    );
    let words = if outcome.is_empty() {
        String::new()
    } else {
        loc.t(&format!("call_item-outcome-{outcome}"))
    };
    Ok(html! { (ui::card(loc.t("call_list-last")).actions(back).body(html! {
        p { b { (names.get(&party).map_or("—", String::as_str)) } " · " (words) }
    })) })
}

/// The value of a moment for programs.
pub(crate) fn stamp(value: &Value) -> Option<String> {
    value.int().map(|s| Stamp(s).rfc3339())
}
