//! What may hold a message back on one channel: each rule says whether it is open at an instant and, if not, the first
//! instant from then on at which it is.

use super::{
    Calendar, Cap, Case, Consent, Per, Question, Sent, Shut, Way, Why, Window,
    calendar::{Wall, date, number, weekday},
    needs_address, silent,
};
use crate::address;
use zhike_contract::gate::{Channel, Class};
use zhike_kernel::{Date, Stamp};

/// A rule that is closed now: until when (none: for good), and why.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub until: Option<Stamp>,
    pub why: Why,
}

/// Open again some day, but later than anybody looks.
fn beyond(most: Stamp) -> Option<Stamp> {
    Some(most.plus_seconds(1))
}

impl Hold {
    fn never(why: Why) -> Hold {
        Hold { until: None, why }
    }
}

/// The address that a message on this channel would go to.
pub(super) fn address_of<'a>(case: &Case<'a>, q: &Question<'a>, channel: Channel) -> Option<&'a str> {
    if channel == q.channel
        && let Some(asked) = q.address.filter(|a| !a.trim().is_empty())
    {
        return Some(asked);
    }
    let stated = way(case, channel).and_then(|w| w.address.as_deref());
    let own = || {
        let found = case.reach.iter().find(|r| r.channel == channel);
        found.map(|r| r.address.as_str())
    };
    stated.filter(|a| !a.trim().is_empty()).or_else(own)
}

/// What the customer said about a channel.
pub(super) fn way<'a>(case: &Case<'a>, channel: Channel) -> Option<&'a Way> {
    let channels = &case.wish.channels.as_ref()?.value;
    channels.iter().find(|w| w.channel.0 == channel)
}

/// Did the customer, or the holder of the address, close this way to messages of this class?
pub(super) fn closure(case: &Case<'_>, class: Class, channel: Channel, to: Option<&str>) -> Option<Why> {
    if let Some(stated) = &case.wish.channels {
        let told = |rule| {
            Why::new(rule)
                .with("channel", channel.word())
                .with("by", stated.by.word())
                .with("since", stated.at.0)
        };
        match way(case, channel) {
            Some(way) if way.allow.covers(class) => {}
            Some(way) if way.allow == super::Allow::No => return Some(told("gate-channel-closed")),
            Some(_) => return Some(told("gate-channel-only")),
            // To sell something one uses the ways that were named.
            None if class == Class::Promotion => return Some(told("gate-channel-unnamed")),
            None => {}
        }
    }
    if case.closed.is_empty() {
        return None;
    }
    let key = address::key(channel, to?)?;
    let shut = case
        .closed
        .iter()
        .find(|c| c.channel == channel && c.key == key && (c.shut == Shut::All || class == Class::Promotion))?;
    Some(
        Why::new("gate-address-closed")
            .with("channel", channel.word())
            .with("day", shut.since.to_string()),
    )
}

/// All rules that are closed at `t` for a message on `channel`, but for closed ways.
pub(super) fn holds(
    case: &Case<'_>,
    q: &Question<'_>,
    channel: Channel,
    to: Option<&str>,
    t: Stamp,
    most: Stamp,
) -> Vec<Hold> {
    let mut out = vec![];
    if needs_address(channel) && to.is_none() {
        out.push(Hold::never(Why::new("gate-no-address").with("channel", channel.word())));
    }
    let promotion = q.class == Class::Promotion;
    if promotion {
        out.extend(topic(case, q.topic));
        out.extend(consent(case, q.topic, channel, t, most));
        if !q.agreed {
            out.extend(frequency(case, q.topic, channel, t, most));
        }
    }
    if !q.agreed && matches!(q.class, Class::Service | Class::Promotion) {
        out.extend(pause(case, t, most));
    }
    let urgent = matches!(q.class, Class::Law | Class::Safety) && !q.may_wait;
    if !q.agreed && !urgent {
        out.extend(hours(case, channel, t, most));
    }
    out
}

fn topic(case: &Case<'_>, topic: &str) -> Option<Hold> {
    let told = |rule, by: super::By| Some(Hold::never(Why::new(rule).with("topic", topic).with("by", by.word())));
    if let Some(no) = case
        .wish
        .unwanted
        .as_ref()
        .filter(|u| u.value.iter().any(|t| t == topic))
    {
        return told("gate-topic-unwanted", no.by);
    }
    match &case.wish.wanted {
        Some(wanted) if topic.is_empty() => told("gate-topic-unnamed", wanted.by),
        Some(wanted) if !wanted.value.iter().any(|t| t == topic) => told("gate-topic-other", wanted.by),
        _ => None,
    }
}

/// Does a consent, or its withdrawal, speak of this topic on this channel?
fn about(c: &Consent, topic: &str, channel: Channel) -> bool {
    c.channel.is_none_or(|c| c == channel) && c.topic.as_deref().is_none_or(|t| t == topic)
}

/// The consent that counts on a day: given, not ended, and nothing withdrawn since that speaks of the same.
pub(super) fn valid<'a>(case: &Case<'a>, topic: &str, channel: Channel, day: Date) -> Option<&'a Consent> {
    let all = || case.consents.iter().filter(|c| about(c, topic, channel));
    all().find(|c| {
        c.given <= day
            && c.until.is_none_or(|u| u >= day)
            && !all().any(|w| {
                w.withdrawn
                    .is_some_and(|on| on <= day && (c.given < on || (c.given == on && c.id <= w.id)))
            })
    })
}

fn consent(case: &Case<'_>, topic: &str, channel: Channel, t: Stamp, most: Stamp) -> Option<Hold> {
    let day = case.calendar.wall(t).day();
    let today = date(day);
    if valid(case, topic, channel, today).is_some() {
        return None;
    }
    let all = || case.consents.iter().filter(|c| about(c, topic, channel));
    let told = |rule| Why::new(rule).with("channel", channel.word());
    let mut coming: Vec<Date> = all().map(|c| c.given).filter(|g| *g > today).collect();
    coming.sort_unstable();
    let next = coming.into_iter().find(|d| valid(case, topic, channel, *d).is_some());
    if let Some(from) = next {
        let first = number(from);
        let until = case.calendar.first_day(t, most, |d| d >= first).or(beyond(most));
        let why = told("gate-consent-later").with("day", from.to_string());
        return Some(Hold { until, why });
    }
    let withdrawn = all().filter_map(|c| c.withdrawn).filter(|w| *w <= today).max();
    let ended = all().filter_map(|c| c.until).filter(|u| *u < today).max();
    Some(Hold::never(match (withdrawn, ended) {
        (Some(on), _) => told("gate-consent-withdrawn").with("day", on.to_string()),
        (None, Some(on)) => told("gate-consent-ended").with("day", on.to_string()),
        (None, None) => told("gate-no-consent"),
    }))
}

/// Which day, week or month a day belongs to.
pub(super) fn period(per: Per, day: i64) -> i64 {
    match per {
        Per::Day => day,
        Per::Week => (day + 3).div_euclid(7),
        Per::Month => {
            let d = date(day);
            i64::from(d.year()) * 12 + i64::from(d.month())
        }
    }
}

/// The frequencies that count for a message, and whether the customer set them.
pub(super) fn caps<'a>(case: &Case<'a>, topic: &str, channel: Channel) -> (Vec<&'a Cap>, Option<super::By>) {
    let stated = case.wish.caps.as_ref();
    let own: Vec<&Cap> = stated.map_or(vec![], |s| s.value.iter().filter(|c| c.about(topic, channel)).collect());
    if !own.is_empty() {
        return (own, stated.map(|s| s.by));
    }
    let house = case.manners.caps.iter().filter(|c| c.about(topic, channel));
    (house.collect(), None)
}

/// How many of a frequency are used at a moment.
pub(crate) fn used(cap: &Cap, sent: &[Sent], calendar: &Calendar, at: Stamp) -> u32 {
    let here = period(cap.per, calendar.wall(at).day());
    let of = sent
        .iter()
        .filter(|s| s.class == Class::Promotion && cap.about(&s.topic, s.channel))
        .filter(|s| period(cap.per, calendar.wall(s.at).day()) == here);
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}

fn frequency(case: &Case<'_>, topic: &str, channel: Channel, t: Stamp, most: Stamp) -> Option<Hold> {
    let (caps, by) = caps(case, topic, channel);
    let mut worst: Option<Hold> = None;
    for cap in caps {
        let days: Vec<i64> = case
            .sent
            .iter()
            .filter(|s| s.class == Class::Promotion && cap.about(&s.topic, s.channel))
            .map(|s| case.calendar.wall(s.at).day())
            .collect();
        let used = |day: i64| {
            let here = period(cap.per, day);
            u32::try_from(days.iter().filter(|d| period(cap.per, **d) == here).count()).unwrap_or(u32::MAX)
        };
        let day = case.calendar.wall(t).day();
        if used(day) < cap.most {
            continue;
        }
        let why = Why::new(if by.is_some() {
            "gate-frequency"
        } else {
            "gate-frequency-house"
        })
        .with("most", cap.most)
        .with("per", cap.per.word())
        .with("used", used(day))
        .with("topic", cap.topic.clone().unwrap_or_default())
        .with("by", by.map_or("house", super::By::word));
        let until = match cap.most {
            0 => None,
            _ => case
                .calendar
                .first_day(t, most, |d| used(d) < cap.most)
                .or(beyond(most)),
        };
        let hold = Hold { until, why };
        let later = match (&worst, hold.until) {
            (None, _) => true,
            (Some(w), None) => w.until.is_some(),
            (Some(w), Some(u)) => w.until.is_some_and(|x| x < u),
        };
        if later {
            worst = Some(hold);
        }
    }
    worst
}

fn pause(case: &Case<'_>, t: Stamp, most: Stamp) -> Option<Hold> {
    let stated = case.wish.pauses.as_ref()?;
    let paused = |day: Date| {
        stated
            .value
            .iter()
            .find(|p| p.from <= day && p.until.is_none_or(|u| u >= day))
    };
    let hit = paused(case.calendar.today(t))?;
    let why = match hit.until {
        Some(until) => Why::new("gate-pause").with("day", until.to_string()),
        None => Why::new("gate-pause-open").with("day", hit.from.to_string()),
    }
    .with("by", stated.by.word());
    let until = match hit.until {
        None => None,
        Some(_) => case
            .calendar
            .first_day(t, most, |d| paused(date(d)).is_none())
            .or(beyond(most)),
    };
    Some(Hold { until, why })
}

/// The times of the week that count for a channel: the customer's for it, the customer's for all, the house's; with whose
/// they are. None: any time.
pub(super) fn windows<'a>(case: &Case<'a>, channel: Channel) -> Option<(Vec<&'a Window>, Option<super::By>)> {
    fn of(all: &[Window], channel: Channel) -> Vec<&Window> {
        let special: Vec<&Window> = all
            .iter()
            .filter(|w| w.channel.is_some_and(|c| c.0 == channel))
            .collect();
        if !special.is_empty() {
            return special;
        }
        match silent(channel) {
            true => vec![],
            false => all.iter().filter(|w| w.channel.is_none()).collect(),
        }
    }
    if let Some(stated) = &case.wish.hours {
        let own = of(&stated.value, channel);
        if !own.is_empty() {
            return Some((own, Some(stated.by)));
        }
    }
    let house = of(&case.manners.hours, channel);
    (!house.is_empty()).then_some((house, None))
}

/// Is the window open on this wall?
fn inside(w: &Window, wall: Wall) -> bool {
    w.days & (1 << wall.weekday()) != 0 && (i64::from(w.from)..i64::from(w.to)).contains(&wall.minute())
}

fn hours(case: &Case<'_>, channel: Channel, t: Stamp, most: Stamp) -> Option<Hold> {
    let (windows, by) = windows(case, channel)?;
    // Only the house keeps holidays: whoever names times of his own means them.
    let free =
        |day: i64| by.is_none() && !case.manners.holidays.is_empty() && case.manners.holidays.contains(&date(day));
    let wall = case.calendar.wall(t);
    if !free(wall.day()) && windows.iter().any(|w| inside(w, wall)) {
        return None;
    }
    let mut until = None;
    let mut at = t;
    while at <= most && until.is_none() {
        let wall = case.calendar.wall(at);
        let today = wall.day();
        for day in today..=today + 8 {
            if free(day) {
                continue;
            }
            let on = 1 << weekday(day);
            let open = windows.iter().filter(|w| w.days & on != 0);
            let open = open.filter(|w| day > today || wall.minute() < i64::from(w.to));
            until = open.filter_map(|w| wall.at(day, i64::from(w.from))).min();
            if until.is_some() {
                break;
            }
        }
        at = wall.at(today + 9, 0).unwrap_or(wall.ends);
    }
    let rule = if by.is_some() { "gate-hours" } else { "gate-hours-house" };
    let why = Why::new(rule)
        .with("hours", spell(&windows))
        .with("by", by.map_or("house", super::By::word));
    Some(Hold {
        until: until.or(beyond(most)),
        why,
    })
}

/// Windows as the reasons keep them: days, from, to.
pub(crate) fn spell(windows: &[&Window]) -> serde_json::Value {
    windows
        .iter()
        .map(|w| serde_json::json!([w.days, w.from, w.to]))
        .collect()
}

/// When what is open at `t` closes by the clock: the end of the hours, or the beginning of a pause. None within two weeks.
pub(crate) fn closes(case: &Case<'_>, class: Class, channel: Channel, t: Stamp) -> Option<Stamp> {
    let most = t.plus_seconds(15 * 86_400);
    let mut end = None;
    if let Some((windows, by)) = windows(case, channel) {
        let free = |day: i64| by.is_none() && case.manners.holidays.contains(&date(day));
        let mut at = t;
        while at <= most {
            let wall = case.calendar.wall(at);
            let open = windows.iter().filter(|w| !free(wall.day()) && inside(w, wall));
            let Some(last) = open.map(|w| i64::from(w.to)).max() else {
                end = Some(at);
                break;
            };
            // Past the last minute of the day the next begins.
            at = wall.at(wall.day() + last / 1_440, last % 1_440).unwrap_or(wall.ends);
        }
    }
    let paused = match (&case.wish.pauses, class) {
        (Some(stated), Class::Service | Class::Promotion) => {
            let on = |d: i64| {
                let day = date(d);
                stated
                    .value
                    .iter()
                    .any(|p| p.from <= day && p.until.is_none_or(|u| u >= day))
            };
            case.calendar.first_day(t, most, on)
        }
        _ => None,
    };
    [end, paused].into_iter().flatten().min()
}
