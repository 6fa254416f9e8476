//! What a customer had to bear, judged from their contacts alone: answered late or not at all, had to ask again.

use crate::case::related::pieces;
use zhike_kernel::{Stamp, WorkCalendar};

/// Pieces of a text that are compared, at most.
const MOST: usize = 80;
/// Earlier questions with which a new one is compared.
const BACK: usize = 20;
/// Business minutes after which asking again in one conversation counts; sooner it is an afterthought.
const AFTERTHOUGHT: i64 = 120;

/// A contact in writing, no machine's.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub id: i64,
    pub talk: Option<i64>,
    /// Is the conversation still to be answered, as the inbox has it?
    pub open: bool,
    pub at: Stamp,
    pub incoming: bool,
    pub subject: String,
    pub text: String,
    /// Who wrote, or whose conversation it is.
    pub user: Option<i64>,
}

/// Something bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub kind: &'static str,
    /// What makes it the same: found again with the same key, it is the same.
    pub key: String,
    pub at: Stamp,
    /// Business minutes that it took, where that is the matter.
    pub minutes: Option<i64>,
    pub subject: String,
    pub record: (&'static str, i64),
    pub user: Option<i64>,
}

/// From when on it is bad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Business minutes until an answer is late.
    pub late: i64,
    /// Business minutes until it is missing.
    pub missing: i64,
    /// Days within which the same question is asked again.
    pub days: i64,
}

fn words(c: &Contact) -> Vec<String> {
    let mut all = pieces(&format!("{} {}", c.subject, c.text));
    all.truncate(MOST);
    all
}

/// Do two texts share half of all their pieces (Jaccard)? Texts of few words say nothing.
fn same(a: &[String], b: &[String]) -> bool {
    if a.len() < 4 || b.len() < 4 {
        return false;
    }
    let shared = a.iter().filter(|w| b.contains(w)).count();
    2 * shared >= a.len() + b.len() - shared
}

/// Judges the contacts of one customer, in their order.
pub(crate) fn contacts(all: &[Contact], calendar: &WorkCalendar, now: Stamp, l: Limits) -> Vec<Found> {
    let mut out = vec![];
    let mut talks: Vec<i64> = all.iter().filter_map(|c| c.talk).collect();
    talks.sort_unstable();
    talks.dedup();
    for talk in talks {
        let own: Vec<&Contact> = all.iter().filter(|c| c.talk == Some(talk)).collect();
        one_talk(talk, &own, calendar, now, l, &mut out);
    }
    again(all, l, &mut out);
    out
}

fn one_talk(talk: i64, own: &[&Contact], calendar: &WorkCalendar, now: Stamp, l: Limits, out: &mut Vec<Found>) {
    // The first question that waits, and whether it was asked again.
    let mut waits: Option<(&Contact, bool)> = None;
    let found = |kind, asked: &Contact, key: String, minutes, user| Found {
        kind,
        key,
        at: asked.at,
        minutes,
        subject: asked.subject.clone(),
        record: ("conversation", talk),
        user,
    };
    for c in own {
        match (c.incoming, waits) {
            (true, None) => waits = Some((c, false)),
            (true, Some((first, false))) if calendar.between(first.at, c.at) >= AFTERTHOUGHT => {
                let key = format!("again:{}", c.id);
                out.push(found("repeated_question", c, key, None, first.user));
                waits = Some((first, true));
            }
            (true, Some(_)) => {}
            (false, Some((first, _))) => {
                let minutes = calendar.between(first.at, c.at);
                if minutes > l.late {
                    let key = format!("answer:{}", first.id);
                    out.push(found("late_answer", first, key, Some(minutes), c.user));
                }
                waits = None;
            }
            (false, None) => {}
        }
    }
    // Whoever closed it without an answer found that it needs none.
    if let Some((first, _)) = waits.filter(|(first, _)| first.open) {
        let minutes = calendar.between(first.at, now);
        if minutes > l.missing {
            let key = format!("answer:{}", first.id);
            out.push(found("missing_answer", first, key, Some(minutes), first.user));
        }
    }
}

/// The same question in another conversation.
fn again(all: &[Contact], l: Limits, out: &mut Vec<Found>) {
    let asked: Vec<(&Contact, Vec<String>)> = all.iter().filter(|c| c.incoming).map(|c| (c, words(c))).collect();
    for (i, (c, said)) in asked.iter().enumerate() {
        let since = c.at.plus_seconds(-l.days * 86_400);
        let before = asked.iter().take(i).rev().take(BACK);
        let repeats = before
            .into_iter()
            .any(|(b, words)| b.talk != c.talk && b.at >= since && same(words, said));
        let key = format!("again:{}", c.id);
        if repeats && out.iter().all(|f| f.key != key) {
            out.push(Found {
                kind: "repeated_question",
                key,
                at: c.at,
                minutes: None,
                subject: c.subject.clone(),
                record: c.talk.map_or(("interaction", c.id), |t| ("conversation", t)),
                user: c.user,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use zhike_kernel::Hours;

    fn calendar() -> WorkCalendar {
        let day = |i: usize| {
            if i < 5 {
                Hours::parse_day("09:00-17:00").unwrap()
            } else {
                vec![]
            }
        };
        WorkCalendar::new(TimeZone::UTC, std::array::from_fn(day))
    }
    /// Monday is the 2nd of November 2026.
    fn at(day: i8, hour: i8) -> Stamp {
        let z = jiff::civil::date(2026, 11, day)
            .at(hour, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap();
        Stamp(z.timestamp().as_microsecond())
    }
    fn said(id: i64, talk: i64, at: Stamp, incoming: bool, text: &str) -> Contact {
        Contact {
            id,
            talk: Some(talk),
            open: true,
            at,
            incoming,
            subject: String::new(),
            text: text.into(),
            user: None,
        }
    }
    const LIMITS: Limits = Limits {
        late: 480,
        missing: 1_440,
        days: 14,
    };
    fn kinds(all: &[Contact], now: Stamp) -> Vec<(&'static str, String, Option<i64>)> {
        contacts(all, &calendar(), now, LIMITS)
            .into_iter()
            .map(|f| (f.kind, f.key, f.minutes))
            .collect()
    }

    #[test]
    fn an_answer_is_late_in_business_time_only() {
        // Friday 16:00 to Monday 10:00 are two hours of work.
        let quick = [said(1, 1, at(6, 16), true, "a"), said(2, 1, at(9, 10), false, "b")];
        assert!(kinds(&quick, at(20, 9)).is_empty());
        let slow = [said(1, 1, at(2, 9), true, "a"), said(2, 1, at(3, 10), false, "b")];
        assert_eq!(kinds(&slow, at(20, 9)), [("late_answer", "answer:1".into(), Some(540))]);
        // Ours without a question before it answers nothing, late or not.
        assert!(kinds(&[said(1, 1, at(2, 9), false, "a")], at(20, 9)).is_empty());
    }

    #[test]
    fn what_nobody_answers_is_missing_until_somebody_does() {
        let asked = said(1, 1, at(2, 9), true, "a");
        assert!(
            kinds(std::slice::from_ref(&asked), at(4, 16)).is_empty(),
            "within three days"
        );
        assert_eq!(
            kinds(std::slice::from_ref(&asked), at(5, 10)),
            [("missing_answer", "answer:1".into(), Some(1_500))]
        );
        // Answered after all, it is the same one, late.
        let all = [asked.clone(), said(2, 1, at(5, 11), false, "b")];
        assert_eq!(kinds(&all, at(9, 9)), [("late_answer", "answer:1".into(), Some(1_560))]);
        let closed = Contact { open: false, ..asked };
        assert!(kinds(&[closed], at(30, 9)).is_empty(), "closed without an answer");
    }

    #[test]
    fn asking_again_counts_and_an_afterthought_does_not() {
        let all = [
            said(1, 1, at(2, 9), true, "a"),
            said(2, 1, at(2, 10), true, "one more thing"),
            said(3, 1, at(2, 14), true, "hello?"),
            said(4, 1, at(2, 15), true, "hello??"),
            said(5, 1, at(2, 16), false, "b"),
        ];
        assert_eq!(
            kinds(&all, at(20, 9)),
            [("repeated_question", "again:3".into(), None)],
            "once a wait"
        );
    }

    #[test]
    fn the_same_words_elsewhere_are_the_same_question() {
        let zh = "流量计显示屏没有读数，请尽快派人来看一下";
        let ask = |id, talk, day, text: &str| said(id, talk, at(day, 9), true, text);
        let done = |id, talk, day| said(id, talk, at(day, 10), false, "ok");
        let all = [
            ask(1, 1, 2, zh),
            done(2, 1, 2),
            ask(3, 2, 5, "流量计显示屏还是没有读数，请尽快派人看一下"),
            done(4, 2, 5),
        ];
        assert_eq!(kinds(&all, at(6, 9)), [("repeated_question", "again:3".into(), None)]);
        let other = [
            ask(1, 1, 2, zh),
            done(2, 1, 2),
            ask(3, 2, 5, "请把上个月的发票再寄一份到财务部"),
            done(4, 2, 5),
        ];
        assert!(kinds(&other, at(6, 9)).is_empty());
        let later = [ask(1, 1, 2, zh), done(2, 1, 2), ask(3, 2, 30, zh), done(4, 2, 30)];
        assert!(kinds(&later, at(30, 12)).is_empty(), "after the days");
        let short = [ask(1, 1, 2, "谢谢"), done(2, 1, 2), ask(3, 2, 3, "谢谢"), done(4, 2, 3)];
        assert!(kinds(&short, at(6, 9)).is_empty(), "few words");
    }
}
