//! A conversation on its page: what was said, in order; the answer; the steps; whose it is. A customer's contacts. A mailbox's
//! folders and passwords.

use crate::{Ports, advice, desk, fetch, mailbox, reply, steps};
use maud::{Markup, PreEscaped, html};
use zhike_contract::UserLine;
use zhike_kernel::{Filter, Result, Stamp};
use zhike_store::{
    Query as _, Record,
    attachment::{self, Attachment},
    binds,
};
use zhike_web::{Place, Tab, Visit, files::along, records, ui};

/// Contacts shown of a conversation, the newest ones.
const MOST: i64 = 200;

/// The pieces.
pub(crate) fn tabs(ports: &Ports) -> Vec<Tab> {
    let ports = ports.clone();
    vec![
        Tab::new(
            "conversation",
            "thread",
            Place::Tab,
            -10,
            "conversation.view",
            move |v, r| {
                let ports = ports.clone();
                Box::pin(async move { thread(&ports, v, r).await })
            },
        ),
        Tab::new(
            "conversation",
            "steps",
            Place::Action,
            10,
            "conversation.edit",
            |v, r| Box::pin(actions(v, r)),
        ),
        Tab::new("conversation", "whose", Place::Rail, 10, "conversation.view", |v, r| {
            Box::pin(whose(v, r))
        }),
        Tab::new("party", "contacts", Place::Tab, 15, "interaction.view", |v, r| {
            Box::pin(of_party(v, r))
        }),
        Tab::new("mailbox", "state", Place::Rail, 10, "mailbox.view", |v, r| {
            Box::pin(state(v, r))
        }),
        Tab::new("mailbox", "dns", Place::Rail, 20, "mailbox.view", |v, r| {
            Box::pin(async move { Ok(advice::card(v, r)) })
        }),
        Tab::new("mailbox", "secrets", Place::Action, 10, "mailbox.edit", |v, r| {
            Box::pin(async move { Ok(secrets(v, r)) })
        }),
    ]
}

struct Said {
    id: i64,
    outgoing: bool,
    at: Stamp,
    subject: String,
    body: String,
    address: String,
    user: Option<i64>,
    channel: String,
    state: String,
    trouble: String,
    machine: bool,
    html: Option<String>,
    dropped: Vec<(String, String)>,
}

async fn said(visit: &Visit, talk: i64) -> Result<Vec<Said>> {
    let sql = "SELECT i.id, i.direction, i.at, i.subject, COALESCE(i.body,''), COALESCE(i.address,''), i.user_id, i.channel, i.state, \
               COALESCE(i.trouble,''), i.machine, l.html, COALESCE(l.dropped,'') FROM inbox_interaction i \
               LEFT JOIN inbox_letter l ON l.interaction_id = i.id \
               WHERE i.conversation_id = $1 AND i.archived_at IS NULL ORDER BY i.at DESC, i.id DESC LIMIT $2";
    let rows = visit.db().all(sql, binds![talk, MOST]).await?;
    let mut out = vec![];
    for r in rows.iter().rev() {
        let dropped: serde_json::Value = serde_json::from_str(&r.text(12)?).unwrap_or_default();
        let word = |v: &serde_json::Value, k: &str| v.get(k).and_then(|t| t.as_str()).unwrap_or("").to_owned();
        out.push(Said {
            id: r.int(0)?,
            outgoing: r.text(1)? == "out",
            at: Stamp(r.int(2)?),
            subject: r.text(3)?,
            body: r.text(4)?,
            address: r.text(5)?,
            user: r.opt_int(6)?,
            channel: r.text(7)?,
            state: r.text(8)?,
            trouble: r.text(9)?,
            machine: r.bool(10)?,
            html: r.opt_text(11)?,
            dropped: dropped
                .as_array()
                .map(|a| a.iter().map(|v| (word(v, "name"), word(v, "why"))).collect())
                .unwrap_or_default(),
        });
    }
    Ok(out)
}

fn one(visit: &Visit, s: &Said, users: &[UserLine], files: &[Attachment]) -> Markup {
    let loc = &visit.loc;
    let files: Vec<&Attachment> = files.iter().filter(|f| f.record == s.id).collect();
    let who = match s.user.and_then(|u| users.iter().find(|x| x.id == u)) {
        Some(u) => u.title(visit.latin).to_owned(),
        None if s.outgoing => visit.app.company.clone(),
        None => s.address.clone(),
    };
    // What was written now is shown; what it quotes can be opened.
    let fresh = zhike_mail::fresh(&s.body);
    let rest = s.body.get(fresh.len()..).map(str::trim).unwrap_or("");
    let quoted = s.body.starts_with(fresh) && !rest.is_empty();
    html! {
        article id={ "said-" (s.id) } style=(if s.outgoing { "margin-left:clamp(12px,4vw,48px)" } else { "margin-right:clamp(12px,4vw,48px)" }) { (ui::card("").body(html! {
            div.stack style="padding-top:12px" {
                div.row.wrap style="gap:4px 10px" {
                    span.mut title=(loc.t(&format!("channel-{}", s.channel))) { (ui::icon(desk::icon(&s.channel))) }
                    b { (who) }
                    @if s.machine { (ui::badge(ui::Hue::Grey, &loc.t("inbox-machine"))) }
                    @if s.state == "bounced" { (ui::badge(ui::Hue::Red, &loc.t("interaction-state-bounced"))) }
                    time.xs.mut.num title=(loc.stamp(s.at)) { (loc.relative(s.at, visit.now())) }
                    a.xs.link href={ "/interactions/" (s.id) } { (s.subject) }
                }
                @if !s.trouble.is_empty() { (ui::callout(ui::Tone::Bad, html! { (loc.t("inbox-not-delivered")) " " span.mono { (s.trouble) } })) }
                div style="white-space:pre-wrap;overflow-wrap:anywhere" { (fresh) }
                @if quoted { details { summary.xs.mut { (loc.t("inbox-quoted")) } div.sm.mut style="white-space:pre-wrap;overflow-wrap:anywhere" { (rest) } } }
                @if let Some(marks) = s.html.as_deref().filter(|h| !h.is_empty()) {
                    // Cleaned when it came in: no script, no picture, no style.
                    details { summary.xs.mut { (loc.t("inbox-formatted")) } div.sm style="overflow:auto;max-height:60vh" { (PreEscaped(marks)) } p.xs.dim { (loc.t("inbox-no-pictures")) } }
                }
                (along::chips(&files))
                @for (name, why) in &s.dropped {
                    p.xs.mut { (loc.tv(&format!("inbox-dropped-{why}"), &[("name", name.clone().into())])) }
                }
            }
        })) }
    }
}

async fn thread(ports: &Ports, visit: &Visit, talk: &Record) -> Result<Markup> {
    let all = said(visit, talk.id).await?;
    let ids: Vec<i64> = all.iter().map(|s| s.id).collect();
    let files = attachment::of_records(visit.db(), "interaction", &ids).await?;
    let users = visit.app.identity.users().await?;
    Ok(html! {
        @for s in &all { (one(visit, s, &users, &files)) }
        (reply::others(visit, talk.id).await?)
        (reply::form(ports, visit, talk).await?)
    })
}

async fn actions(visit: &Visit, talk: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if talk.archived_at.is_some() {
        return Ok(html! {});
    }
    let closed = talk.text("state") == "closed";
    let asleep = talk.int("snoozed_until").is_some_and(|s| s > visit.now().0);
    let users = visit.app.identity.users().await?;
    let people: Vec<ui::Choice> = users
        .iter()
        .filter(|u| u.active)
        .map(|u| ui::Choice::new(u.id.to_string(), u.title(visit.latin)))
        .collect();
    let hours: Vec<ui::Choice> = [4, 24, 72, 168]
        .iter()
        .map(|h: &i64| ui::Choice::new(h.to_string(), loc.tv("inbox-hours", &[("hours", (*h).into())])))
        .collect();
    let dialog = |to: &str, field: Markup| {
        let words = loc.t(&format!("inbox-step-{to}"));
        ui::dialog(
            &format!("inbox-{to}"),
            &words,
            html! {
                form.stack data-stay method="post" action={ "/conversations/" (talk.id) "/step" } {
                    (ui::hidden("to", to)) (ui::hidden("version", &talk.version.to_string()))
                    (field)
                    div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(&words).primary().submit()) }
                }
            },
        )
    };
    let mine = talk.int("assignee_id") == visit.actor.user;
    let assign = ui::Field::new("assignee", loc.t("conversation-assignee_id"))
        .required(true)
        .select(&people, "", Some(""));
    let snooze = ui::Field::new("hours", loc.t("inbox-until")).select(&hours, "24", None);
    Ok(html! {
        @if closed { (steps::quick(visit, talk.id, talk.version, "reopen")) } @else {
            @if talk.int("assignee_id").is_none() { (steps::quick(visit, talk.id, talk.version, "claim")) }
            @if asleep { (steps::quick(visit, talk.id, talk.version, "wake")) } @else { (ui::btn(loc.t("inbox-step-snooze")).icon(steps::icon("snooze")).small().opens("inbox-snooze")) }
            (ui::btn(loc.t(if mine { "inbox-pass-on" } else { "inbox-step-assign" })).icon(steps::icon("assign")).small().opens("inbox-assign"))
            (steps::quick(visit, talk.id, talk.version, "close"))
            (dialog("assign", assign)) (dialog("snooze", snooze))
        }
    })
}

/// Whose conversation it is; of an unknown sender, whose it could be.
async fn whose(visit: &Visit, talk: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    if talk.int("party_id").is_some() {
        return Ok(html! {});
    }
    let make = format!(
        "/parties/new?kind=person&email={}",
        zhike_web::input::percent_encode(talk.text("address"))
    );
    Ok(html! { (ui::card(loc.t("inbox-whose")).body(html! {
        p.sm.mut { (loc.tv("inbox-whose-text", &[("address", talk.text("address").to_owned().into())])) }
        @if visit.may("conversation.edit") {
            form.stack data-stay method="post" action={ "/conversations/" (talk.id) "/step" } {
                (ui::hidden("to", "party")) (ui::hidden("version", &talk.version.to_string()))
                (ui::Field::new("party", loc.t("conversation-party_id")).combobox(loc, "/lookup/party", "", ""))
                div.btn-row { (ui::btn(loc.t("inbox-step-party")).primary().submit()) }
            }
        }
        @if visit.may("party.create") { div.btn-row { (ui::btn(loc.t("inbox-new-party")).icon("user-plus").small().href(make)) } }
    })) })
}

async fn of_party(visit: &Visit, party: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let new = html! {
        @if visit.may("conversation.edit") && party.archived_at.is_none() { (ui::btn(loc.t("inbox-write")).icon("mail").small().href(format!("/inbox/new?party={}", party.id))) }
        @if visit.may("interaction.create") { (ui::btn(loc.t("interaction-note-down")).icon("plus").small().href(format!("/interactions/new?party_id={}", party.id))) }
    };
    let whose = || Filter::is("party_id", party.id);
    let talks = records::related(
        visit,
        "conversation",
        whose(),
        &["subject", "channel", "state", "assignee_id", "last_at"],
        20,
    )
    .await?;
    let contacts = records::related(
        visit,
        "interaction",
        whose(),
        &["subject", "channel", "direction", "user_id", "at"],
        50,
    )
    .await?;
    Ok(html! {
        (counts(visit, party.id).await?)
        (ui::card(loc.t("conversation-many")).flush(talks))
        (ui::card(loc.t("interaction-many")).actions(new).flush(contacts))
    })
}

/// How often, and by which channel, in the last ninety days (V: frequency and number of contacts).
async fn counts(visit: &Visit, party: i64) -> Result<Markup> {
    let since = visit.now().plus_seconds(-90 * 86_400).0;
    let sql = "SELECT channel, direction, count(*) FROM inbox_interaction WHERE party_id = $1 AND at >= $2 AND archived_at IS NULL \
               AND NOT machine GROUP BY channel, direction ORDER BY channel, direction";
    let rows = visit.db().all(sql, binds![party, since]).await?;
    let loc = &visit.loc;
    let mut tiles = vec![];
    for row in &rows {
        let label = format!(
            "{} · {}",
            loc.t(&format!("channel-{}", row.text(0)?)),
            loc.t(&format!("interaction-direction-{}", row.text(1)?))
        );
        let n = row.int(2)?;
        tiles.push(ui::Kpi::new(label, html! { (loc.int(n)) }).note(loc.t("inbox-ninety-days")));
    }
    Ok(html! { @if !tiles.is_empty() { (ui::kpis(&tiles)) } })
}

async fn state(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let folders = mailbox::folders(visit.db(), record.id).await?;
    let when = |at: Option<Stamp>| match at {
        Some(at) => html! { time.num title=(loc.stamp(at)) { (loc.relative(at, visit.now())) } },
        None => html! { "—" },
    };
    let fetch = html! {
        @if visit.may("mailbox.edit") { (ui::btn(loc.t("mail-listener")).small().icon("settings").href("/settings/mail")) }
        @if visit.may("mailbox.edit") && !record.text("imap_host").is_empty() {
            form data-stay method="post" action={ "/mailboxes/" (record.id) "/fetch" } style="margin:0" {
                (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("mailbox-fetch")).small().icon("refresh").submit())
            }
        }
    };
    let body = html! {
        @if folders.is_empty() { p.sm.mut { (loc.t("mailbox-never")) } }
        @for f in &folders {
            div.stack {
                div.row.wrap {
                    b { (f.name) }
                    @if f.trouble.is_empty() { (ui::badge(ui::Hue::Green, &loc.t("mailbox-good"))) } @else { (ui::badge(ui::Hue::Red, &loc.t(&format!("mail-trouble-{}", f.trouble)))) }
                }
                (ui::kv(&[
                    (loc.t("mailbox-letters"), html! { span.num { (loc.int(f.letters)) } }),
                    (loc.t("mailbox-good-at"), when(f.good_at)),
                    (loc.t("mailbox-looked-at"), when(f.looked_at)),
                ]))
                @if !f.trouble.is_empty() { p.xs.mut { (loc.t(&format!("mail-mend-{}", f.trouble))) " " span.mono { (f.words) } } }
            }
        }
        @if let Some(last) = fetch::last_word(&folders) { p.xs.mut { (loc.t("mailbox-last")) " " (when(Some(last))) } }
    };
    Ok(html! { (ui::card(loc.t("mailbox-state")).actions(fetch).body(body)) })
}

fn secrets(visit: &Visit, record: &Record) -> Markup {
    let loc = &visit.loc;
    let form = html! {
        form.stack data-stay method="post" action={ "/mailboxes/" (record.id) "/secrets" } autocomplete="off" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string()))
            p.sm.mut { (loc.t("mailbox-secrets-text")) }
            (ui::Field::new("imap", loc.t("mailbox-imap-password")).password("new-password"))
            (ui::Field::new("smtp", loc.t("mailbox-smtp-password")).password("new-password"))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    };
    html! {
        (ui::btn(loc.t("mailbox-secrets")).icon("key").opens("mailbox-secrets"))
        (ui::dialog("mailbox-secrets", &loc.t("mailbox-secrets"), form))
    }
}
