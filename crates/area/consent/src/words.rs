//! Wishes in the reader's words.

use crate::{
    address::masked,
    rules::{Allow, Cap, Pause, Stated, Way, Window, Wish},
    wish::Topic,
};
use serde_json::Value as Json;
use zhike_contract::gate::{Class, Reason};
use zhike_kernel::Arg;
use zhike_store::sight::CONTACT;
use zhike_web::{Locale, Visit, gate as spoken};

/// How a channel may be used, as one word of a form.
pub(crate) fn allow_word(allow: &Allow) -> &'static str {
    match allow {
        Allow::All => "all",
        Allow::No => "no",
        Allow::Only(classes) => {
            let has = |c: Class| classes.iter().any(|x| x.0 == c);
            match (has(Class::Contract), has(Class::Service), has(Class::Promotion)) {
                (true, false, false) => "contract",
                (true, true, false) => "service",
                _ => "some",
            }
        }
    }
}

/// A channel with what it may be used for.
pub(crate) fn way(loc: &Locale, way: &Way) -> String {
    let channel = loc.t(&format!("channel-{}", way.channel.0.word()));
    match &way.allow {
        Allow::All => channel,
        Allow::No => loc.tv("wish-way-no", &[("channel", channel.into())]),
        Allow::Only(classes) => {
            let names: Vec<String> = classes
                .iter()
                .map(|c| loc.t(&format!("class-{}", c.0.word())))
                .collect();
            let args = [("channel", Arg::from(channel)), ("classes", join(loc, &names).into())];
            loc.tv("wish-way-only", &args)
        }
    }
}

/// A list of words.
pub(crate) fn join(loc: &Locale, all: &[String]) -> String {
    all.join(if loc.is_zh() { "、" } else { ", " })
}

/// Times of the week; those for one channel say so.
pub(crate) fn hours(loc: &Locale, windows: &[Window]) -> String {
    let all: Vec<String> = windows
        .iter()
        .map(|w| {
            let time = spoken::hours(loc, &[(w.days, w.from, w.to)]);
            match w.channel {
                Some(c) => format!("{} ({})", time, loc.t(&format!("channel-{}", c.0.word()))),
                None => time,
            }
        })
        .collect();
    all.join(if loc.is_zh() { "；" } else { "; " })
}

/// A topic's name; its code when the house does not know it.
pub(crate) fn topic(visit: &Visit, topics: &[Topic], code: &str) -> String {
    let found = topics.iter().find(|t| t.code == code);
    found.map_or_else(|| code.to_owned(), |t| t.title(visit.latin).to_owned())
}

/// A frequency.
pub(crate) fn cap(visit: &Visit, topics: &[Topic], cap: &Cap) -> String {
    let loc = &visit.loc;
    let about: Vec<String> = cap
        .topic
        .iter()
        .map(|t| topic(visit, topics, t))
        .chain(cap.channel.iter().map(|c| loc.t(&format!("channel-{}", c.0.word()))))
        .collect();
    let about = if about.is_empty() {
        loc.t("class-promotion")
    } else {
        join(loc, &about)
    };
    let args = [("what", Arg::from(about)), ("most", i64::from(cap.most).into())];
    loc.tv(&format!("wish-cap-{}", cap.per.word()), &args)
}

fn pause(loc: &Locale, p: &Pause) -> String {
    match p.until {
        Some(until) => format!("{} – {until}", p.from),
        None => loc.tv("wish-pause-open", &[("day", p.from.to_string().into())]),
    }
}

/// The parts that are stated: name of the part, words, and how it was stated.
pub(crate) fn parts(visit: &Visit, topics: &[Topic], w: &Wish) -> Vec<(&'static str, String, Meta)> {
    let loc = &visit.loc;
    let mut out = vec![];
    fn of<T>(s: &Stated<T>) -> Meta {
        Meta {
            by: s.by.word(),
            at: s.at,
            user: s.user,
            proof: s.proof.clone(),
        }
    }
    if let Some(s) = &w.channels {
        let contact = visit.may(CONTACT);
        let all: Vec<String> = s
            .value
            .iter()
            .map(|w| match &w.address {
                Some(a) if contact => format!("{} {a}", way(loc, w)),
                Some(a) => format!("{} {}", way(loc, w), masked(w.channel.0, a)),
                None => way(loc, w),
            })
            .collect();
        out.push(("channels", join(loc, &all), of(s)));
    }
    if let Some(s) = &w.hours {
        out.push(("hours", hours(loc, &s.value), of(s)));
    }
    if let Some(s) = &w.caps {
        let all: Vec<String> = s.value.iter().map(|c| cap(visit, topics, c)).collect();
        out.push(("caps", join(loc, &all), of(s)));
    }
    for (name, part) in [("wanted", &w.wanted), ("unwanted", &w.unwanted)] {
        if let Some(s) = part {
            let all: Vec<String> = s.value.iter().map(|t| topic(visit, topics, t)).collect();
            let words = if all.is_empty() {
                loc.t("wish-nothing")
            } else {
                join(loc, &all)
            };
            out.push((name, words, of(s)));
        }
    }
    if let Some(s) = &w.pauses {
        let all: Vec<String> = s.value.iter().map(|p| pause(loc, p)).collect();
        out.push(("pauses", join(loc, &all), of(s)));
    }
    if let Some(s) = &w.language {
        out.push(("language", loc.t(&format!("wish-language-{}", s.value)), of(s)));
    }
    if let Some(s) = &w.zone {
        out.push(("zone", s.value.clone(), of(s)));
    }
    if let Some(s) = &w.level {
        out.push(("level", loc.t(&format!("wish-level-{}", s.value)), of(s)));
    }
    for (name, part) in [("places", &w.places), ("interests", &w.interests)] {
        if let Some(s) = part {
            out.push((name, s.value.clone(), of(s)));
        }
    }
    out
}

/// How a part was stated.
pub(crate) struct Meta {
    pub by: &'static str,
    pub at: zhike_kernel::Stamp,
    pub user: Option<i64>,
    pub proof: String,
}

/// A value of the history, as JSON text or words, said again.
pub(crate) fn past(visit: &Visit, topics: &[Topic], part: &str, text: &str) -> String {
    if text.is_empty() {
        return "—".into();
    }
    let loc = &visit.loc;
    let contact = visit.may(CONTACT);
    let fits = |s: Option<String>| s.unwrap_or_else(|| text.to_owned());
    match part {
        "channels" => fits(serde_json::from_str::<Vec<Way>>(text).ok().map(|all| {
            let words = all.iter().map(|w| match &w.address {
                Some(a) if contact => format!("{} {a}", way(loc, w)),
                Some(a) => format!("{} {}", way(loc, w), masked(w.channel.0, a)),
                None => way(loc, w),
            });
            join(loc, &words.collect::<Vec<_>>())
        })),
        "hours" => fits(serde_json::from_str::<Vec<Window>>(text).ok().map(|w| hours(loc, &w))),
        "caps" => fits(serde_json::from_str::<Vec<Cap>>(text).ok().map(|all| {
            let words: Vec<String> = all.iter().map(|c| cap(visit, topics, c)).collect();
            join(loc, &words)
        })),
        "wanted" | "unwanted" => fits(serde_json::from_str::<Vec<String>>(text).ok().map(|all| {
            let words: Vec<String> = all.iter().map(|t| topic(visit, topics, t)).collect();
            if words.is_empty() {
                loc.t("wish-nothing")
            } else {
                join(loc, &words)
            }
        })),
        "pauses" => fits(serde_json::from_str::<Vec<Pause>>(text).ok().map(|all| {
            let words: Vec<String> = all.iter().map(|p| pause(loc, p)).collect();
            join(loc, &words)
        })),
        "language" | "level" if loc.has(&format!("wish-{part}-{text}")) => loc.t(&format!("wish-{part}-{text}")),
        _ => text.to_owned(),
    }
}

/// A reason in words, its topic by name.
pub(crate) fn sentence(visit: &Visit, topics: &[Topic], reason: &Reason) -> String {
    let mut named = reason.clone();
    if let Some(Json::String(code)) = named.args.get_mut("topic") {
        *code = topic(visit, topics, code);
    }
    spoken::sentence(&visit.loc, &named)
}
