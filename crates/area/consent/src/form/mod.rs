//! The form of wishes, for employees and, on their own page, for customers: what is sent, read and drawn again.

mod look;

pub(crate) use look::Look;

use crate::{
    rules::{Allow, Cap, Pause, Per, Way, Window, Wish, Word},
    wish::{Topic, Values},
    words,
};
use std::collections::BTreeMap;
use zhike_contract::{Channel, gate::Class};
use zhike_kernel::{Error, FieldError, Result};
use zhike_web::Fields;

/// So many windows, frequencies and pauses are offered at least; one more than there are, to be added.
const ROWS: [(&str, usize); 3] = [("w", 2), ("c", 1), ("p", 1)];
/// At most so many are read.
const MOST: usize = 20;

/// What the form says, part by part. Every part that the form holds is given; an empty one takes the statement back.
pub(crate) fn read(f: &Fields, old: &Wish, topics: &[Topic]) -> Result<Values> {
    let mut wrong: Vec<FieldError> = vec![];
    let channels = ways(f, old);
    let hours = windows(f, &mut wrong);
    let caps = caps(f, &mut wrong);
    let pauses = pauses(f, &mut wrong);
    let picked = |word: &str| -> Vec<String> {
        let offered = topics.iter().filter(|t| f.get(&format!("t_{}", t.code)) == Some(word));
        let mut all: Vec<String> = offered.map(|t| t.code.clone()).collect();
        // Topics that the form does not show keep what was said of them.
        let hidden = match word {
            "yes" => &old.wanted,
            _ => &old.unwanted,
        };
        let hidden = hidden.iter().flat_map(|s| &s.value);
        all.extend(
            hidden
                .filter(|c| f.get(&format!("t_{c}")).is_none() && !all.contains(c))
                .cloned()
                .collect::<Vec<_>>(),
        );
        all
    };
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    fn some<T>(list: Vec<T>) -> Option<Option<Vec<T>>> {
        Some((!list.is_empty()).then_some(list))
    }
    let text = |name: &str| f.get(name).map(|_| f.filled(name).map(str::to_owned));
    Ok(Values {
        channels: some(channels),
        hours: some(hours),
        caps: some(caps),
        wanted: some(picked("yes")),
        unwanted: some(picked("no")),
        pauses: some(pauses),
        language: text("language"),
        zone: text("zone"),
        level: text("level"),
        places: text("places"),
        interests: text("interests"),
    })
}

fn ways(f: &Fields, old: &Wish) -> Vec<Way> {
    let was = |c: Channel| old.channels.iter().flat_map(|s| &s.value).find(|w| w.channel.0 == c);
    let mut all: Vec<(i64, Way)> = vec![];
    for (i, channel) in Channel::ALL.into_iter().enumerate() {
        let word = channel.word();
        let only = |classes: &[Class]| Allow::Only(classes.iter().map(|c| Word(*c)).collect());
        let allow = match f.get(&format!("ch_{word}")) {
            // A form that does not speak of a channel leaves it as it is.
            None => match was(channel) {
                Some(way) => way.allow.clone(),
                None => continue,
            },
            Some("all") => Allow::All,
            Some("no") => Allow::No,
            Some("contract") => only(&[Class::Contract]),
            Some("service") => only(&[Class::Contract, Class::Service]),
            Some("some") => match was(channel) {
                Some(way) => way.allow.clone(),
                None => continue,
            },
            Some(_) => continue,
        };
        let name = format!("address_{word}");
        let address = match f.get(&name) {
            // Masked for who may not see it whole: then it stays.
            None => was(channel).and_then(|w| w.address.clone()),
            Some(_) => f.filled(&name).map(str::to_owned),
        };
        let place = f.int(&format!("rank_{word}")).unwrap_or(9) * 10 + i64::try_from(i).unwrap_or(0);
        let way = Way {
            channel: Word(channel),
            allow,
            address,
        };
        all.push((place, way));
    }
    all.sort_by_key(|w| w.0);
    all.into_iter().map(|w| w.1).collect()
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// `14:00` as minutes of the day.
fn minute(text: &str) -> Option<u16> {
    let (h, m) = text.trim().split_once(':')?;
    let (h, m): (u16, u16) = (h.parse().ok()?, m.get(..2)?.parse().ok()?);
    (h <= 24 && m < 60 && h * 60 + m <= 1_440).then_some(h * 60 + m)
}

fn channel_of(f: &Fields, name: &str) -> Option<Word<Channel>> {
    f.filled(name).and_then(Channel::of).map(Word)
}

pub(crate) fn windows(f: &Fields, wrongs: &mut Vec<FieldError>) -> Vec<Window> {
    let mut out = vec![];
    for i in 0..MOST {
        let name = |part: &str| format!("w{i}_{part}");
        let days: u8 = f
            .all(&name("day"))
            .filter_map(|d| d.parse::<u8>().ok())
            .filter(|d| *d < 7)
            .fold(0, |all, d| all | (1 << d));
        let (from, to) = (f.filled(&name("from")), f.filled(&name("to")));
        if days == 0 && from.is_none() && to.is_none() {
            continue;
        }
        // The end of a day is written as its last minute or as midnight.
        let end = to
            .and_then(minute)
            .map(|m| if m == 0 || m == 1_439 { 1_440 } else { m });
        match (days, from.and_then(minute), end) {
            (1.., Some(from), Some(to)) if from < to => out.push(Window {
                days,
                from,
                to,
                channel: channel_of(f, &name("channel")),
            }),
            _ => wrongs.push(wrong("hours", "error-wish-hours")),
        }
    }
    out
}

pub(crate) fn caps(f: &Fields, wrongs: &mut Vec<FieldError>) -> Vec<Cap> {
    let mut out = vec![];
    for i in 0..MOST {
        let name = |part: &str| format!("c{i}_{part}");
        let Some(most) = f.filled(&name("most")) else { continue };
        match (most.parse::<u32>(), Per::of(f.get(&name("per")).unwrap_or("month"))) {
            (Ok(most), Some(per)) if most <= 1_000 => out.push(Cap {
                topic: f.filled(&name("topic")).map(str::to_owned),
                channel: channel_of(f, &name("channel")),
                most,
                per,
            }),
            _ => wrongs.push(wrong("caps", "error-wish-caps")),
        }
    }
    out
}

fn pauses(f: &Fields, wrongs: &mut Vec<FieldError>) -> Vec<Pause> {
    let mut out = vec![];
    for i in 0..MOST {
        let name = |part: &str| format!("p{i}_{part}");
        let Some(from) = f.filled(&name("from")) else {
            if f.filled(&name("until")).is_some() {
                wrongs.push(wrong("pauses", "error-wish-pause"));
            }
            continue;
        };
        let until = f.filled(&name("until")).map(str::parse);
        match (from.parse(), until.transpose()) {
            (Ok(from), Ok(until)) => out.push(Pause { from, until }),
            _ => wrongs.push(wrong("pauses", "error-wish-pause")),
        }
    }
    out
}

/// What fills the form: what is stated, or what was just sent and refused.
pub(crate) fn fill(w: &Wish) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |name: String, value: String| out.entry(name).or_default().push(value);
    for (i, way) in w.channels.iter().flat_map(|s| &s.value).enumerate() {
        let word = way.channel.0.word();
        put(format!("ch_{word}"), words::allow_word(&way.allow).into());
        put(format!("rank_{word}"), (i + 1).to_string());
        put(format!("address_{word}"), way.address.clone().unwrap_or_default());
    }
    let time = |m: u16| {
        if m == 1_440 {
            "23:59".to_owned()
        } else {
            format!("{:02}:{:02}", m / 60, m % 60)
        }
    };
    for (i, x) in w.hours.iter().flat_map(|s| &s.value).enumerate() {
        for d in (0..7_u8).filter(|d| x.days & (1 << d) != 0) {
            put(format!("w{i}_day"), d.to_string());
        }
        put(format!("w{i}_from"), time(x.from));
        put(format!("w{i}_to"), time(x.to));
        put(
            format!("w{i}_channel"),
            x.channel.map(|c| c.0.word().to_owned()).unwrap_or_default(),
        );
    }
    for (i, c) in w.caps.iter().flat_map(|s| &s.value).enumerate() {
        put(format!("c{i}_most"), c.most.to_string());
        put(format!("c{i}_per"), c.per.word().into());
        put(format!("c{i}_topic"), c.topic.clone().unwrap_or_default());
        put(
            format!("c{i}_channel"),
            c.channel.map(|c| c.0.word().to_owned()).unwrap_or_default(),
        );
    }
    for (word, part) in [("yes", &w.wanted), ("no", &w.unwanted)] {
        for code in part.iter().flat_map(|s| &s.value) {
            put(format!("t_{code}"), word.into());
        }
    }
    for (i, p) in w.pauses.iter().flat_map(|s| &s.value).enumerate() {
        put(format!("p{i}_from"), p.from.to_string());
        put(
            format!("p{i}_until"),
            p.until.map(|u| u.to_string()).unwrap_or_default(),
        );
    }
    for (name, part) in [
        ("language", &w.language),
        ("zone", &w.zone),
        ("level", &w.level),
        ("places", &w.places),
        ("interests", &w.interests),
    ] {
        put(name.into(), part.as_ref().map(|s| s.value.clone()).unwrap_or_default());
    }
    out
}

/// The same from what was sent.
pub(crate) fn sent(f: &Fields) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &f.0 {
        out.entry(name.clone()).or_default().push(value.clone());
    }
    out
}
