//! The tab “Wishes” on a party's page: what is stated and by whom, consents, closed addresses, the own page, history.

use crate::{
    form::Look,
    gate, link,
    load::{Known, Loaded},
    wish::{self, Topic},
    words,
};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_contract::Channel;
use zhike_kernel::{Error, Filter, Result};
use zhike_store::{Query, Record, binds, event, read, sight::CONTACT};
use zhike_web::{Visit, records, ui};

/// Who sees wishes, who writes them down.
pub(crate) const VIEW: &str = "preference.view";
pub(crate) const EDIT: &str = "preference.edit";

/// A party in the visitor's sight.
pub(crate) async fn party(visit: &Visit, id: &str) -> Result<Record> {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ty = visit.registry().get("party")?.clone();
    read::need(&visit.ctx, visit.db(), &ty, id).await
}

/// Draws the tab.
pub(crate) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let loaded = Loaded::read(&visit.ctx, visit.db(), &[record.id], visit.now(), &[]).await?;
    let known = loaded.of(record.id).ok_or_else(Error::missing)?;
    let topics = wish::topics(visit.db()).await?;
    let edit = html! {
        @if visit.may(EDIT) && record.archived_at.is_none() {
            (ui::btn(loc.t("wish-edit")).small().icon("pencil").href(format!("/party/{}/wishes", record.id)))
        }
    };
    let stated = stated(visit, known, &topics).await?;
    let consents = records::related(
        visit,
        "consent",
        Filter::is("party_id", record.id),
        &[
            "number",
            "purpose",
            "channel",
            "given_on",
            "until_on",
            "source",
            "withdrawn_on",
        ],
        50,
    )
    .await?;
    let add = html! { @if visit.may("consent.create") && record.archived_at.is_none() {
        (ui::btn(loc.t("wish-add-consent")).small().icon("plus").href(format!("/consents/new?party_id={}", record.id)))
    } };
    Ok(html! {
        (ui::card(loc.t("wish-title")).actions(edit).flush(stated))
        @if visit.may("consent.view") { (ui::card(loc.t("wish-consents")).actions(add).flush(consents)) }
        (opt_outs(visit, &loaded, known, record).await?)
        (own_page(visit, record).await?)
        (ui::card(loc.t("wish-decisions")).flush(decisions(visit, record.id, &topics).await?))
        (ui::card(loc.t("wish-history")).flush(history(visit, record.id, &topics).await?))
    })
}

async fn stated(visit: &Visit, known: &Known, topics: &[Topic]) -> Result<Markup> {
    let loc = &visit.loc;
    let parts = words::parts(visit, topics, &known.wish);
    if parts.is_empty() {
        return Ok(ui::empty(
            "user-heart",
            &loc.t("wish-none"),
            &loc.t("wish-none-text"),
            html! {},
        ));
    }
    let own: Vec<&str> = words::parts(visit, topics, &known.own).iter().map(|p| p.0).collect();
    let users = visit.app.identity.names(visit.latin).await?;
    Ok(html! {
        table.tbl.plain {
            thead { tr {
                th scope="col" { (loc.t("wish-col-part")) } th scope="col" { (loc.t("wish-col-words")) }
                th scope="col" { (loc.t("wish-col-by")) } th scope="col" { (loc.t("wish-col-at")) } th scope="col" { (loc.t("wish-col-proof")) }
            } }
            tbody data-rows { @for (part, text, meta) in &parts { tr {
                td { (loc.t(&format!("wish-part-{part}"))) }
                td style="white-space:normal" { b { (text) } @if !own.contains(part) { div.xs.mut { (loc.t("wish-above")) } } }
                td {
                    @let hue = match meta.by { "customer" => ui::Hue::Jade, "employee" => ui::Hue::Blue, _ => ui::Hue::Grey };
                    (ui::badge(hue, &loc.t(&format!("wish-by-{}", meta.by))))
                    @if let Some(name) = meta.user.and_then(|u| users.get(&u)) { " " span.xs.mut { (name) } }
                }
                td.num title=(loc.stamp(meta.at)) { (loc.date_short(loc.day_of(meta.at), visit.today())) }
                td.sm.mut style="white-space:normal" { (meta.proof) }
            } } }
        }
    })
}

/// Closed addresses that this party has, whoever's record they were entered on.
async fn opt_outs(visit: &Visit, loaded: &Loaded, known: &Known, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may("opt_out.view") {
        return Ok(html! {});
    }
    let all = loaded.shut(known, None);
    let add = html! { @if visit.may("opt_out.create") && record.archived_at.is_none() {
        (ui::btn(loc.t("wish-add-opt-out")).small().icon("message-off").href(format!("/opt-outs/new?party_id={}", record.id)))
    } };
    if all.is_empty() {
        return Ok(html! { @if visit.may("opt_out.create") { div.btn-row { (add) } } });
    }
    let own = |channel: Channel, key: &str| {
        let found = known.reach.iter().map(|r| (r.channel, r.address.as_str()));
        let ways = known.wish.channels.iter().flat_map(|c| &c.value);
        let ways = ways.filter_map(|w| Some((w.channel.0, w.address.as_deref()?)));
        let hit = found
            .chain(ways)
            .find(|(c, a)| *c == channel && crate::address::key(*c, a).as_deref() == Some(key));
        hit.map(|(c, a)| {
            if visit.may(CONTACT) {
                a.to_owned()
            } else {
                crate::address::masked(c, a)
            }
        })
    };
    let table = html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("opt_out-channel")) } th scope="col" { (loc.t("opt_out-address")) } th scope="col" { (loc.t("opt_out-scope")) } th scope="col" { (loc.t("opt_out-since_on")) } } }
            tbody data-rows { @for c in &all { tr {
                td { (loc.t(&format!("channel-{}", c.channel.word()))) }
                td { (own(c.channel, &c.key).unwrap_or_else(|| "—".into())) }
                td { (loc.t(match c.shut { crate::rules::Shut::All => "opt_out-scope-all", crate::rules::Shut::Promotion => "opt_out-scope-promotion" })) }
                td.num { (c.since) }
            } } }
        }
    };
    Ok(html! { (ui::card(loc.t("wish-opt-outs")).actions(add).flush(table)) })
}

async fn own_page(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if !visit.may(EDIT) || record.archived_at.is_some() {
        return Ok(html! {});
    }
    let found = link::of_party(visit.db(), record.id, visit.now()).await?;
    let post = |what: &str, button: ui::Btn| {
        html! { form data-stay method="post" action={ "/party/" (record.id) "/wishes/link" } style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (ui::hidden("what", what)) (button) } }
    };
    let body = html! {
        @match &found {
            Some(l) => {
                @let day = loc.date_iso(loc.day_of(l.ends_at));
                p.sm { (loc.tv("wish-link-text", &[("day", day.into())])) }
                p { a.link href=(l.address(&visit.app.secret)) style="overflow-wrap:anywhere" { (l.address(&visit.app.secret)) } }
                div.btn-row { (post("end", ui::btn(loc.t("wish-link-end")).small().ghost().submit())) }
            }
            None => {
                p.mut { (loc.t("wish-link-none")) }
                div.btn-row { (post("make", ui::btn(loc.t("wish-link-make")).small().icon("link").submit())) }
            }
        }
    };
    Ok(html! { (ui::card(loc.t("wish-link")).body(body)) })
}

/// So many decisions and changes are shown.
const MOST: i64 = 20;

async fn decisions(visit: &Visit, party: i64, topics: &[Topic]) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT at, class, channel, verdict, via, moment, reasons, message_id, why FROM consent_decision WHERE party_id = $1 \
               ORDER BY id DESC LIMIT $2";
    let rows = visit.db().all(sql, binds![party, MOST]).await?;
    if rows.is_empty() {
        return Ok(html! { p.mut style="padding:14px 18px" { (loc.t("wish-decisions-none")) } });
    }
    let mut lines = vec![];
    for r in &rows {
        let at = zhike_kernel::Stamp(r.int(0)?);
        let asked = format!(
            "{} · {}",
            loc.t(&format!("class-{}", r.text(1)?)),
            loc.t(&format!("channel-{}", r.text(2)?))
        );
        let verdict = r.text(3)?;
        let moment = r.opt_int(5)?.map(zhike_kernel::Stamp).filter(|m| *m > at);
        let via = r.opt_text(4)?.filter(|_| verdict == "elsewhere");
        let reasons: Vec<String> = gate::unkept(&r.text(6)?)
            .iter()
            .map(|x| words::sentence(visit, topics, x))
            .collect();
        lines.push((at, asked, verdict, moment, via, reasons, r.opt_int(7)?, r.opt_text(8)?));
    }
    Ok(html! {
        table.tbl.plain {
            thead { tr { th scope="col" { (loc.t("wish-col-at")) } th scope="col" { (loc.t("wish-col-asked")) } th scope="col" { (loc.t("wish-col-verdict")) } th scope="col" { (loc.t("wish-col-why")) } } }
            tbody data-rows { @for (at, asked, verdict, moment, via, reasons, message, why) in &lines { tr {
                td.num { (loc.stamp(*at)) }
                td { @match message { Some(id) => { a.link href={ "/messages/" (id) } { (asked) } } None => { (asked) } } }
                td {
                    (verdict_badge(loc, verdict))
                    @if let Some(c) = via { " " (loc.t(&format!("channel-{c}"))) }
                    @if let Some(m) = moment { div.xs.mut.num { (loc.stamp(*m)) } }
                }
                td.sm style="white-space:normal" { @for r in reasons.iter().take(3) { div { (r) } } @if let Some(w) = why { div { i { (w) } } } }
            } } }
        }
    })
}

/// A verdict as a badge.
pub(crate) fn verdict_badge(loc: &zhike_web::Locale, verdict: &str) -> Markup {
    let hue = match verdict {
        "allowed" => ui::Hue::Green,
        "later" => ui::Hue::Blue,
        "elsewhere" => ui::Hue::Jade,
        _ => ui::Hue::Amber,
    };
    ui::badge(hue, &loc.t(&format!("verdict-{verdict}")))
}

async fn history(visit: &Visit, party: i64, topics: &[Topic]) -> Result<Markup> {
    let loc = &visit.loc;
    let all = event::of_record(visit.db(), "preference", party, MOST).await?;
    if all.is_empty() {
        return Ok(html! { p.mut style="padding:14px 18px" { (loc.t("wish-history-none")) } });
    }
    let text = |v: &zhike_kernel::Value| v.text().unwrap_or("").to_owned();
    let note = |note: &Option<String>| -> (String, String) {
        let note = note.clone().unwrap_or_default();
        match note.split_once(": ") {
            Some((by, proof)) => (by.to_owned(), proof.to_owned()),
            None => (note, String::new()),
        }
    };
    let mut days: Vec<(String, Vec<ui::Entry>)> = vec![];
    for e in &all {
        let (by, proof) = note(&e.note);
        let by_words: HashMap<&str, String> = ["customer", "employee", "import", "inferred"]
            .map(|b| (b, loc.t(&format!("wish-by-{b}"))))
            .into();
        let body = html! {
            dl.kv { @for (part, change) in &e.changes {
                dt { (loc.t(&format!("wish-part-{part}"))) }
                dd { span.dim { (words::past(visit, topics, part, &text(&change.from))) } " → " (words::past(visit, topics, part, &text(&change.to))) }
            } }
            @if !proof.is_empty() { p.sm.mut { (proof) } }
        };
        let day = loc.date(loc.day_of(e.at), visit.today());
        let entry = ui::Entry {
            icon: "user-heart".into(),
            hue: if by == "customer" { ui::Hue::Jade } else { ui::Hue::Blue },
            time: loc.time(e.at),
            exact: loc.stamp(e.at),
            title: html! { b { (by_words.get(by.as_str()).cloned().unwrap_or_default()) } @if !e.actor.is_empty() { " · " (e.actor) } " · " (records::history::sentence(visit, &e.kind, "")) },
            body: Some(body),
        };
        match days.last_mut().filter(|(d, _)| *d == day) {
            Some((_, list)) => list.push(entry),
            None => days.push((day, vec![entry])),
        }
    }
    Ok(html! { div style="padding:14px 18px" { (ui::timeline(&days)) } })
}

/// The edit form of a party, filled with what is stated or was sent.
pub(crate) fn edit(visit: &Visit, record: &Record, version: i64, look: &Look<'_>) -> Markup {
    let loc = &visit.loc;
    let back = format!("/parties/{}/wishes", record.id);
    html! {
        form.stack.l method="post" action={ "/party/" (record.id) "/wishes" } novalidate {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &version.to_string()))
            (look.draw())
            (ui::submit_row(loc, Some(&back), &loc.t("web-save")))
        }
    }
}

/// How the form looks for an employee.
pub(crate) fn look<'a>(
    visit: &'a Visit,
    topics: &'a [Topic],
    values: std::collections::BTreeMap<String, Vec<String>>,
    error: Option<&'a Error>,
) -> Look<'a> {
    Look {
        visit,
        topics: topics.iter().collect(),
        values,
        error,
        channels: Channel::ALL.to_vec(),
        addresses: visit.may(CONTACT),
        own: false,
    }
}
