//! The gate's reasons in the reader's words, for the pages and API of any area.

use crate::locale::Locale;
use serde_json::Value as Json;
use zhike_contract::gate::Reason;
use zhike_kernel::{Arg, Stamp};

/// One reason as a sentence.
pub fn sentence(loc: &Locale, reason: &Reason) -> String {
    let mut args: Vec<(&str, Arg)> = vec![];
    if let Json::Object(map) = &reason.args {
        for (name, value) in map {
            let shown: Arg = match (name.as_str(), value) {
                ("channel", Json::String(word)) => loc.t(&format!("channel-{word}")).into(),
                ("by", Json::String(word)) => loc.t(&format!("gate-by-{word}")).into(),
                ("since" | "at", Json::Number(n)) => loc.stamp(Stamp(n.as_i64().unwrap_or(0))).into(),
                ("hours", Json::Array(windows)) => spelled(loc, windows).into(),
                (_, Json::String(text)) => text.as_str().into(),
                (_, Json::Number(n)) => n.as_i64().unwrap_or(0).into(),
                _ => continue,
            };
            args.push((name, shown));
        }
    }
    loc.tv(&reason.rule, &args)
}

/// A week's windows as they come in a reason: days (bit 0 is Monday), first minute, last minute.
fn spelled(loc: &Locale, windows: &[Json]) -> String {
    let number = |w: &Json, i: usize| {
        w.get(i)
            .and_then(Json::as_u64)
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(0)
    };
    let all: Vec<(u8, u16, u16)> = windows
        .iter()
        .map(|w| (u8::try_from(number(w, 0)).unwrap_or(0), number(w, 1), number(w, 2)))
        .collect();
    hours(loc, &all)
}

/// Times of the week: `Tue, Thu 14:00–16:00`, `周二、周四 14:00–16:00`.
pub fn hours(loc: &Locale, windows: &[(u8, u16, u16)]) -> String {
    let all: Vec<String> = windows
        .iter()
        .map(|(mask, from, to)| {
            let time = |m: &u16| format!("{:02}:{:02}", m / 60, m % 60);
            format!("{} {}–{}", days(loc, *mask), time(from), time(to))
        })
        .collect();
    all.join(if loc.is_zh() { "；" } else { "; " })
}

/// Days of the week; three and more in a row are drawn together.
fn days(loc: &Locale, mask: u8) -> String {
    if mask & 0b111_1111 == 0b111_1111 {
        return loc.t("gate-days-all");
    }
    let name = |d: u8| loc.t(&format!("gate-day-{}", d + 1));
    let mut parts: Vec<String> = vec![];
    let mut day = 0_u8;
    while day < 7 {
        if mask & (1 << day) == 0 {
            day += 1;
            continue;
        }
        let mut last = day;
        while last < 6 && mask & (1 << (last + 1)) != 0 {
            last += 1;
        }
        match last - day {
            0 => parts.push(name(day)),
            1 => parts.extend([name(day), name(last)]),
            _ => parts.push(format!("{}–{}", name(day), name(last))),
        }
        day = last + 1;
    }
    parts.join(if loc.is_zh() { "、" } else { ", " })
}
