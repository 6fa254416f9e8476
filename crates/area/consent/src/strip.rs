//! The strip on top of a party's page: may one call now, until when, and the rules that the customer set.

use crate::{
    gate,
    load::{Known, Loaded},
    rules::{Allow, Question, closes},
    wish::{self, Topic},
    words,
};
use maud::{Markup, html};
use zhike_contract::{
    Channel,
    gate::{Class, Verdict},
};
use zhike_kernel::{Arg, Error, Result, Stamp};
use zhike_store::Record;
use zhike_web::{Locale, Visit, ui};

/// How long in words: days and hours, hours and minutes.
pub(crate) fn span(loc: &Locale, from: Stamp, to: Stamp) -> String {
    let minutes = (to.0 - from.0).max(0) / 60_000_000;
    let (d, h, m) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let arg = |name: &'static str, n: i64| (name, Arg::Int(n));
    match (d, h) {
        (0, 0) => loc.tv("strip-m", &[arg("m", m)]),
        (0, _) => loc.tv("strip-hm", &[arg("h", h), arg("m", m)]),
        _ => loc.tv("strip-d", &[arg("d", d), arg("h", h)]),
    }
}

/// A moment on the customer's clock and, if that is another, on the reader's.
pub(crate) fn moment(visit: &Visit, loaded: &Loaded, known: &Known, at: Stamp) -> String {
    let mut theirs = visit.loc.clone();
    theirs.zone = loaded.zone(known);
    let (here, there) = (visit.loc.stamp(at), theirs.stamp(at));
    if here == there {
        here
    } else {
        format!("{here} ({there} {})", theirs.zone.iana_name().unwrap_or(""))
    }
}

fn icon(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "mail",
        Channel::Phone => "phone",
        Channel::Sms => "message",
        Channel::Chat => "messages",
        Channel::Fax => "printer",
        Channel::Letter => "file-text",
        Channel::Visit => "map-pin",
        Channel::Portal => "world",
    }
}

/// Draws it.
pub(crate) async fn draw(visit: &Visit, record: &Record) -> Result<Markup> {
    if record.archived_at.is_some() {
        return Ok(html! {});
    }
    let now = visit.now();
    let loaded = Loaded::read(&visit.ctx, visit.db(), &[record.id], now, &[]).await?;
    let known = loaded.of(record.id).ok_or_else(Error::missing)?;
    let topics = wish::topics(visit.db()).await?;
    let loc = &visit.loc;
    let own = known.wish.channels.is_some()
        || known.wish.hours.is_some()
        || known.wish.caps.is_some()
        || known.wish.wanted.is_some();
    let label = loc.t(if own { "strip-label" } else { "strip-label-house" });
    Ok(html! {
        section.voice.rulebar aria-label=(label) style="margin-bottom:12px" {
            (call(visit, &loaded, known, &topics, record.id))
            (rules(visit, &loaded, known, &topics, now))
        }
    })
}

/// May one call now?
fn call(visit: &Visit, loaded: &Loaded, known: &Known, topics: &[Topic], party: i64) -> Markup {
    let loc = &visit.loc;
    let now = visit.now();
    let q = Question {
        class: Class::Service,
        topic: "",
        channel: Channel::Phone,
        address: None,
        at: now,
        may_change: false,
        may_wait: true,
        agreed: false,
    };
    let said = gate::said(loaded, known, &q);
    let whys: Vec<String> = said
        .reasons
        .iter()
        .map(|w| words::sentence(visit, topics, &gate::reason(w)))
        .collect();
    let closed = loaded.shut(known, None);
    let case = gate::case(loaded, known, &closed);
    let (title, below) = match said.verdict {
        Verdict::Allowed => {
            let below = match closes(&case, Class::Service, Channel::Phone, now) {
                Some(at) => loc.tv("strip-closes", &[("in", span(loc, now, at).into())]),
                None => loc.t("strip-open"),
            };
            ("strip-now", below)
        }
        Verdict::Later(at) => (
            "strip-later",
            loc.tv("strip-from", &[("at", moment(visit, loaded, known, at).into())]),
        ),
        Verdict::Elsewhere(..) | Verdict::Withheld => ("strip-never", whys.first().cloned().unwrap_or_default()),
    };
    let open = said.verdict == Verdict::Allowed;
    let shade = (!open).then_some("background:var(--jade-soft);color:var(--jade-text)");
    html! {
        div.now style=[shade] {
            b { (ui::icon(if open { "phone" } else { "lock" })) (loc.t(title)) }
            small { (below) }
            span.row style="gap:8px;margin-top:4px" {
                @if !open && !whys.is_empty() {
                    button.btn.sm.ghost type="button" popovertarget="strip-why" { (loc.t("strip-why")) }
                    div.card.why popover id="strip-why" { div.card-h { h2 { (loc.t("strip-why")) } } div.card-b { ul.plain-list.stack.s { @for w in &whys { li.sm { (w) } } } } }
                }
                @if visit.may(super::contact::ASK) { a.btn.sm href={ "/party/" (party) "/contact" } { span { (loc.t("contact-do")) } } }
            }
        }
    }
}

fn rules(visit: &Visit, loaded: &Loaded, known: &Known, topics: &[Topic], now: Stamp) -> Markup {
    let loc = &visit.loc;
    let w = &known.wish;
    let any = || html! { span.mut { (loc.t("strip-any")) } };
    let house = |what: String| html! { span.mut { (loc.tv("strip-house", &[("what", what.into())])) } };
    let channels = match &w.channels {
        None => any(),
        Some(s) => html! { @for way in &s.value {
            @let name = loc.t(&format!("channel-{}", way.channel.0.word()));
            @match &way.allow {
                Allow::No => { span.ch.no title=(words::way(loc, way)) { (ui::icon(icon(way.channel.0))) (name) } }
                Allow::All => { span.ch { (ui::icon(icon(way.channel.0))) (name) } }
                Allow::Only(_) => { span.ch { (ui::icon(icon(way.channel.0))) (words::way(loc, way)) } }
            }
        } },
    };
    let hours = match &w.hours {
        Some(s) => html! { (words::hours(loc, &s.value)) },
        None => house(words::hours(loc, &loaded.manners.hours)),
    };
    let caps = match &w.caps {
        Some(s) => {
            let all: Vec<String> = s
                .value
                .iter()
                .map(|c| used(visit, loaded, known, topics, c, now))
                .collect();
            html! { (words::join(loc, &all)) }
        }
        None => {
            let all: Vec<String> = loaded
                .manners
                .caps
                .iter()
                .map(|c| used(visit, loaded, known, topics, c, now))
                .collect();
            house(words::join(loc, &all))
        }
    };
    let wanted = match &w.wanted {
        Some(s) if !s.value.is_empty() => {
            let all: Vec<String> = s.value.iter().map(|t| words::topic(visit, topics, t)).collect();
            html! { (all.join(" · ")) }
        }
        Some(_) => html! { (loc.t("wish-nothing")) },
        None => any(),
    };
    let level = match &w.level {
        Some(s) => html! { (loc.t(&format!("wish-level-{}", s.value))) },
        None => any(),
    };
    html! {
        dl {
            div { dt { (loc.t("strip-channels")) } dd { (channels) } }
            div { dt { (loc.t("strip-hours")) } dd { (hours) } }
            div { dt { (loc.t("strip-caps")) } dd { (caps) } }
            div { dt { (loc.t("strip-topics")) } dd { (wanted) } }
            div.hide-m { dt { (loc.t("strip-level")) } dd { (level) } }
        }
    }
}

/// A frequency with how much of it is used now.
fn used(
    visit: &Visit,
    loaded: &Loaded,
    known: &Known,
    topics: &[Topic],
    cap: &crate::rules::Cap,
    now: Stamp,
) -> String {
    let n = crate::rules::used(cap, &known.sent, loaded.calendar(known), now);
    let args = [
        ("cap", Arg::from(words::cap(visit, topics, cap))),
        ("used", i64::from(n).into()),
    ];
    visit.loc.tv("wish-cap-used", &args)
}
