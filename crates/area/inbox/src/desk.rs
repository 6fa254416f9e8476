//! The inbox: conversations of the team, the longest unanswered first.

use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Op, Result, Stamp, Value, Values};
use zhike_store::{List, Query as _, list, list::Line};
use zhike_web::{
    Answer, Query, Screen, Visit,
    answer::json as answer,
    records::{self, Names},
    ui,
};

/// Conversations on one page.
const MOST: usize = 50;

/// A drawer of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drawer {
    /// The customer waits.
    Unanswered,
    /// I took it.
    Mine,
    /// Nobody took it.
    Unassigned,
    /// Put off to a later moment.
    Snoozed,
    /// It is their turn.
    Waiting,
    /// Over.
    Closed,
}

impl Drawer {
    const ALL: [Drawer; 6] = [
        Drawer::Unanswered,
        Drawer::Mine,
        Drawer::Unassigned,
        Drawer::Snoozed,
        Drawer::Waiting,
        Drawer::Closed,
    ];
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Drawer::Unanswered => "unanswered",
            Drawer::Mine => "mine",
            Drawer::Unassigned => "unassigned",
            Drawer::Snoozed => "snoozed",
            Drawer::Waiting => "waiting",
            Drawer::Closed => "closed",
        }
    }
    pub(crate) fn parse(word: &str) -> Drawer {
        Drawer::ALL
            .into_iter()
            .find(|d| d.name() == word)
            .unwrap_or(Drawer::Unanswered)
    }
    fn filter(self, me: Option<i64>, now: Stamp) -> Filter {
        let blank = |field: &str, op| Filter::Field {
            field: field.to_owned(),
            op,
            values: vec![],
        };
        let open = || Filter::field("state", Op::Not, "closed");
        let asleep = || Filter::field("snoozed_until", Op::Gt, now);
        let awake = || {
            Filter::Any(vec![
                blank("snoozed_until", Op::Empty),
                Filter::field("snoozed_until", Op::Le, now),
            ])
        };
        match self {
            Drawer::Unanswered => open().and(blank("unanswered_since", Op::Filled)).and(awake()),
            Drawer::Mine => open().and(Filter::is("assignee_id", me.unwrap_or(0))).and(awake()),
            Drawer::Unassigned => open().and(blank("assignee_id", Op::Empty)).and(awake()),
            Drawer::Snoozed => open().and(asleep()),
            Drawer::Waiting => Filter::is("state", "waiting").and(awake()),
            Drawer::Closed => Filter::is("state", "closed"),
        }
    }
}

/// Columns that rows need.
const COLUMNS: [&str; 9] = [
    "number",
    "subject",
    "party_id",
    "channel",
    "state",
    "assignee_id",
    "unanswered_since",
    "last_at",
    "address",
];

async fn read(visit: &Visit, drawer: Drawer, cursor: Option<String>, limit: usize) -> Result<list::Page> {
    let ty = visit.registry().get("conversation")?.clone();
    let unanswered = drawer == Drawer::Unanswered;
    let ask = List {
        filter: drawer.filter(visit.actor.user, visit.now()),
        sort: if unanswered { "unanswered_since" } else { "last_at" }.into(),
        descending: !unanswered,
        columns: COLUMNS.iter().map(|c| (*c).to_owned()).collect(),
        limit,
        cursor,
        ..List::of(&ty)
    };
    list::page(&visit.ctx, visit.db(), &ty, &ask).await
}

fn text<'a>(row: &'a Values, name: &str) -> &'a str {
    row.get(name).and_then(Value::text).unwrap_or("")
}

/// The icon of a channel.
pub(crate) fn icon(channel: &str) -> &'static str {
    match channel {
        "email" => "mail",
        "phone" => "phone",
        "sms" => "message",
        "chat" => "brand-wechat",
        "fax" => "printer",
        "letter" => "mail-opened",
        "visit" => "map-pin",
        _ => "world",
    }
}

/// How long somebody has waited: minutes, hours or days.
fn waits(visit: &Visit, since: Stamp) -> String {
    let minutes = (visit.now().0 - since.0) / 60_000_000;
    let (key, n) = match minutes {
        m if m < 60 => ("inbox-waits-minutes", m.max(0)),
        m if m < 48 * 60 => ("inbox-waits-hours", m / 60),
        m => ("inbox-waits-days", m / 1_440),
    };
    visit.loc.tv(key, &[("n", n.into())])
}

fn line(visit: &Visit, line: &Line, names: &Names) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get("conversation")?;
    let row = &line.values;
    let shown = |name: &str| {
        ty.field(name)
            .filter(|f| !row.get(f.name).is_none_or(Value::is_empty))
            .map(|f| records::cell(visit, ty, f, row, names))
    };
    let since = row.get("unanswered_since").and_then(Value::int).map(Stamp);
    let last = row.get("last_at").and_then(Value::int).map(Stamp);
    let channel = text(row, "channel");
    // A day without an answer is late for anybody.
    let late = since.is_some_and(|s| s.plus_seconds(86_400) < visit.now());
    Ok(html! {
        li.row.wrap style="gap:8px 12px;padding:10px 14px;border-bottom:1px solid var(--line);align-items:center" {
            span.mut title=(loc.t(&format!("channel-{channel}"))) { (ui::icon(icon(channel))) }
            div style="flex:1 1 240px;min-width:0" {
                a.link href={ "/conversations/" (line.id) } { b { (text(row, "subject")) } }
                div.xs.mut.row.wrap style="gap:4px 10px" {
                    @match shown("party_id") {
                        Some(party) => { (party) }
                        None => { span { (loc.t("inbox-unknown")) " " (shown("address").unwrap_or_default()) } }
                    }
                    span { (text(row, "number")) }
                    @if let Some(who) = shown("assignee_id") { span { (who) } }
                }
            }
            @if let Some(since) = since {
                span title=(loc.stamp(since)) {
                    (ui::badge(if late { ui::Hue::Red } else { ui::Hue::Amber }, &waits(visit, since)))
                }
            } @else if let Some(last) = last {
                time.xs.mut.num title=(loc.stamp(last)) { (loc.relative(last, visit.now())) }
            }
            @if row.get("assignee_id").is_none_or(Value::is_empty) && visit.may("conversation.edit") {
                (crate::steps::quick(visit, line.id, line.version, "claim"))
            }
        }
    })
}

/// `GET /inbox?box=`.
pub(crate) async fn page(visit: Visit, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let drawer = Drawer::parse(q.get("box").unwrap_or(""));
    let found = read(&visit, drawer, q.filled("cursor").map(str::to_owned), MOST).await?;
    let ty = visit.registry().get("conversation")?.clone();
    let rows: Vec<&Values> = found.lines.iter().map(|l| &l.values).collect();
    let names = records::names(&visit, &ty, &rows).await?;
    let tabs: Vec<ui::Tab> = Drawer::ALL
        .iter()
        .map(|d| ui::Tab {
            href: format!("/inbox?box={}", d.name()),
            label: loc.t(&format!("inbox-box-{}", d.name())),
            count: None,
            active: *d == drawer,
        })
        .collect();
    let mut drawn = vec![];
    for one in &found.lines {
        drawn.push(line(&visit, one, &names)?);
    }
    let any = visit
        .db()
        .number(
            "SELECT count(*) FROM inbox_mailbox WHERE active AND archived_at IS NULL",
            vec![],
        )
        .await?
        > 0;
    let set_up = html! {
        @if !any && visit.may("mailbox.create") { (ui::btn(loc.t("inbox-set-up")).primary().href("/mailboxes/new")) }
    };
    let main = html! {
        (ui::tabs(loc, &loc.t("nav-inbox"), &tabs))
        (ui::page_body(html! {
            @if drawn.is_empty() {
                (ui::empty("inbox", &loc.t(&format!("inbox-none-{}", drawer.name())), &loc.t(if any { "inbox-none-text" } else { "inbox-no-mailbox" }), set_up))
            } @else {
                (ui::card(loc.t(&format!("inbox-box-{}", drawer.name()))).flush(html! {
                    ul data-rows style="list-style:none;margin:0;padding:0" { @for row in &drawn { (row) } }
                }))
            }
            @if let Some(next) = &found.next {
                div.row { (ui::btn(loc.t("web-next")).small().href(format!("/inbox?box={}&cursor={next}", drawer.name()))) }
            }
        }))
    };
    let note = html! {
        @if visit.may("conversation.edit") { (ui::btn(loc.t("inbox-write")).icon("mail").href("/inbox/new")) }
        @if visit.may("interaction.create") { (ui::btn(loc.t("interaction-note-down")).icon("plus").href("/interactions/new")) }
    };
    Screen::new(&visit, loc.t("nav-inbox"), "inbox")
        .actions(note)
        .show(main)
}

/// `GET /api/v1/inbox?box=`.
pub(crate) async fn api(visit: Visit, Query(q): Query) -> Answer {
    let drawer = Drawer::parse(q.get("box").unwrap_or(""));
    let limit = usize::try_from(q.int("limit").unwrap_or(50).clamp(1, 200)).map_err(Error::broken)?;
    let found = read(&visit, drawer, q.filled("cursor").map(str::to_owned), limit).await?;
    let items: Vec<_> = found
        .lines
        .iter()
        .map(|l| {
            let mut one = serde_json::json!({"id": l.id, "version": l.version});
            for name in COLUMNS {
                one[name] = l.values.get(name).map_or(serde_json::Value::Null, Value::json);
            }
            one
        })
        .collect();
    answer(
        axum::http::StatusCode::OK,
        &serde_json::json!({"data": items, "next": found.next}),
    )
}
