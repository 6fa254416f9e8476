//! While it rings: who calls, in a corner of whatever page is open, for whoever's telephone it is. It never takes the focus.

use crate::{Ports, whose};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use zhike_contract::{
    Channel,
    gate::{Ask, Class, Verdict},
};
use zhike_kernel::{Door, Error, Filter, Op, Result, Stamp, Value};
use zhike_store::{Ctx, List, Query as _, Record, binds, list, read, sight::CONTACT};
use zhike_web::{Answer, Visit, answer::json as answer, records, ui};

/// Seconds until a page asks again: with a telephone, without one.
const SOON: i64 = 2;
const LATE: i64 = 60;
/// A telephone that rings for longer than this was forgotten by its switchboard.
const RINGS_SECONDS: i64 = 180;
/// A call that lasts longer than this, too.
const TALKS_SECONDS: i64 = 4 * 3_600;
/// Seconds for which a call that has just ended is offered for its note.
const AFTER_SECONDS: i64 = 90;

fn respond(code: StatusCode, again: i64, etag: &str, body: Markup) -> Response {
    let mut response = if code == StatusCode::OK {
        (code, body).into_response()
    } else {
        code.into_response()
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&again.to_string()) {
        headers.insert("x-again", value);
    }
    if let Ok(value) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, value);
    }
    response
}

/// The call that matters to this user just now: the one they talk on, the newest that rings for them, the one just ended.
async fn current(visit: &Visit, user: i64, extension: &str) -> Result<Option<Record>> {
    let now = visit.now();
    let ty = visit.registry().get("call")?.clone();
    let sql = "SELECT id, status, user_id, COALESCE(ringing, ''), started_at, ended_at FROM voice_call WHERE archived_at IS NULL AND \
               (status IN ('ringing', 'talking') AND started_at > $1 OR status = 'ended' AND user_id = $2 AND started_at > $3 AND outcome IS NULL) \
               ORDER BY started_at DESC, id DESC LIMIT 200";
    let since = now.plus_seconds(-TALKS_SECONDS).0;
    let rows = visit.db().all(sql, binds![since, user, since]).await?;
    let mut best: Option<(u8, i64)> = None;
    for row in &rows {
        let mine = row.opt_int(2)? == Some(user);
        let rank = match row.text(1)?.as_str() {
            "talking" if mine => 0,
            "ringing"
                if row.text(3)?.split(' ').any(|e| e == extension)
                    && row.int(4)? > now.plus_seconds(-RINGS_SECONDS).0 =>
            {
                1
            }
            "ended" if row.opt_int(5)?.is_some_and(|e| e > now.plus_seconds(-AFTER_SECONDS).0) => 2,
            _ => continue,
        };
        if best.is_none_or(|b| rank < b.0) {
            best = Some((rank, row.int(0)?));
        }
    }
    let Some((_, id)) = best else { return Ok(None) };
    // It rings on their desk: they may know of it, whosever customer it is.
    let system = Ctx::system(&visit.house, Door::Page);
    read::find(&system, visit.db(), &ty, id).await
}

async fn extension(visit: &Visit) -> Result<Option<(i64, String)>> {
    let user = visit.actor.user.ok_or_else(Error::unknown)?;
    Ok(whose::extension(visit.db(), user).await?.map(|e| (user, e)))
}

/// `GET /calls/ringing`: the corner, or nothing.
pub(crate) async fn corner(ports: Ports, visit: Visit, headers: HeaderMap) -> Answer {
    let Some((user, extension)) = extension(&visit).await? else {
        return Ok(respond(StatusCode::NO_CONTENT, LATE, "\"none\"", html! {}));
    };
    let Some(call) = current(&visit, user, &extension).await? else {
        return Ok(respond(StatusCode::NO_CONTENT, SOON, "\"quiet\"", html! {}));
    };
    let etag = format!("\"{}-{}\"", call.id, call.version);
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|v| v.as_bytes() == etag.as_bytes())
    {
        return Ok(respond(StatusCode::NOT_MODIFIED, SOON, &etag, html! {}));
    }
    let body = draw(&ports, &visit, &call).await?;
    Ok(respond(StatusCode::OK, SOON, &etag, body))
}

/// `GET /api/v1/calls/ringing`: the same for programs on a desk.
pub(crate) async fn api(visit: Visit) -> Answer {
    let call = match extension(&visit).await? {
        Some((user, extension)) => current(&visit, user, &extension).await?,
        None => None,
    };
    let told = call.map(|c| {
        let shown = |n: &str| c.get(n).json();
        let number = if visit.may(CONTACT) { c.text("address").to_owned() } else { zhike_kernel::text::mask_phone(c.text("address")) };
        serde_json::json!({"id": c.id, "number": shown("number"), "status": shown("status"), "direction": shown("direction"), "address": number,
            "party_id": shown("party_id"), "started_at": c.int("started_at").map(|s| Stamp(s).rfc3339())})
    });
    answer(StatusCode::OK, &serde_json::json!({"call": told}))
}

/// A number as this reader may see it.
pub(crate) fn shown_number(visit: &Visit, number: &str) -> String {
    if number.is_empty() {
        visit.loc.t("call-number-withheld")
    } else if visit.may(CONTACT) {
        number.to_owned()
    } else {
        zhike_kernel::text::mask_phone(number)
    }
}

/// Open records of a customer: how many (up to nine), and the newest.
async fn open(visit: &Visit, ty: &str, party: i64, words: &[&str]) -> Result<Option<(usize, Vec<(String, String)>)>> {
    let Ok(ty) = visit.registry().get(ty).cloned() else {
        return Ok(None);
    };
    if !visit.may(&ty.permission("view")) {
        return Ok(None);
    }
    let among = Filter::Field {
        field: "status".into(),
        op: Op::In,
        values: words.iter().map(|w| Value::from(*w)).collect(),
    };
    let ask = List {
        filter: Filter::is("party_id", party).and(among),
        columns: ["number", ty.title].map(str::to_owned).to_vec(),
        limit: 9,
        sort: "id".into(),
        descending: true,
        ..List::of(&ty)
    };
    let page = list::page(&visit.ctx, visit.db(), &ty, &ask).await?;
    let newest = page.lines.iter().take(2).map(|l| {
        let text = |n: &str| l.values.get(n).and_then(Value::text).unwrap_or("").to_owned();
        let title = if ty.title == "number" {
            text("number")
        } else {
            format!("{} {}", text("number"), text(ty.title))
        };
        (ty.url(l.id), title)
    });
    Ok(Some((page.lines.len(), newest.collect())))
}

/// What may be offered on the telephone now.
async fn offers(ports: &Ports, visit: &Visit, party: i64) -> Result<Markup> {
    if !visit.may("gate.view") {
        return Ok(html! {});
    }
    let ask = Ask {
        party,
        class: Class::Promotion,
        topic: String::new(),
        channel: Channel::Phone,
        address: None,
        at: visit.now(),
        may_change: false,
        may_wait: true,
        // They are on the line, whatever the hour.
        agreed: true,
    };
    let said = ports.gate.ask(&visit.ctx, &ask).await?;
    let loc = &visit.loc;
    let why = said
        .reasons
        .first()
        .map(|r| zhike_web::gate::sentence(loc, r))
        .unwrap_or_default();
    Ok(match said.verdict {
        Verdict::Allowed => html! { (ui::badge_icon(ui::Hue::Jade, "check", &loc.t("ring-offers-yes"))) },
        _ => html! { span title=(why) { (ui::badge_icon(ui::Hue::Grey, "lock", &loc.t("ring-offers-no"))) } },
    })
}

async fn customer(ports: &Ports, visit: &Visit, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("party")?.clone();
    let Some(record) = read::find(&visit.ctx, visit.db(), &ty, party).await? else {
        let owner = visit
            .db()
            .one("SELECT owner_id FROM party_party WHERE id = $1", binds![party])
            .await?;
        let owner = owner.map(|r| r.opt_int(0)).transpose()?.flatten();
        let users = visit.app.identity.users().await?;
        let name = users
            .iter()
            .find(|u| Some(u.id) == owner)
            .map_or("", |u| u.title(visit.latin));
        let words = if name.is_empty() {
            loc.t("ring-unseen")
        } else {
            loc.tv("ring-unseen-of", &[("name", name.to_owned().into())])
        };
        return Ok(html! { p.sm { (words) } });
    };
    let name = records::show::title(visit, &ty, record.id, &record.values);
    let cases = open(visit, "case", party, &["new", "working", "told"]).await?;
    let orders = open(visit, "order", party, &["draft", "confirmed", "shipped"]).await?;
    let line = |key: &str, found: &Option<(usize, Vec<(String, String)>)>| {
        html! {
            @if let Some((n, newest)) = found {
                div.ring-line {
                    span.mut { (loc.t(key)) } b.num { (if *n >= 9 { "9+".to_owned() } else { n.to_string() }) }
                    @if let Some((url, words)) = newest.first() { a.link.ell href=(url) { (words) } }
                }
            }
        }
    };
    Ok(html! {
        div.row.wrap style="gap:6px" {
            a.link.ring-who href={ "/parties/" (party) } id="ring-who" { b { (name) } }
            @if let Some(tier) = ui::Tier::parse(record.text("tier")) { (ui::tier(loc, tier)) }
            (offers(ports, visit, party).await?)
        }
        (line("ring-cases", &cases))
        (line("ring-orders", &orders))
    })
}

async fn draw(ports: &Ports, visit: &Visit, call: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let out = call.text("direction") == "out";
    let key = match call.text("status") {
        "ringing" if out => "ring-calling",
        "ringing" => "ring-incoming",
        "talking" => "ring-talking",
        _ => "ring-ended",
    };
    let who = match call.int("party_id") {
        Some(party) => customer(ports, visit, party).await?,
        None => html! { p.sm { (loc.t("ring-unknown")) } },
    };
    let title = loc.t(key);
    Ok(html! {
        section.ring.(call.text("status")) data-call=(call.id) aria-label=(title) {
            div.ring-h {
                (ui::icon(if out { "phone-call" } else { "phone-incoming" }))
                b { (title) }
                span.num { (shown_number(visit, call.text("address"))) }
                span.sp {}
                (ui::icon_btn("x", loc.t("ring-hide")).small().ghost().attr("id", "ring-hide").flag("data-corner-hide"))
            }
            (who)
            div.btn-row {
                (ui::btn(loc.t("ring-note")).icon("note").small().primary().href(format!("/calls/{}#note", call.id)).attr("id", "ring-note").attr("data-press", "n").key("N"))
            }
        }
    })
}
