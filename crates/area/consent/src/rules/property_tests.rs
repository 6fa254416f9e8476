//! Random wishes, zones, changes of clocks, consents and histories: the gate never lets anything go outside of the wish, gives
//! a reason for whatever it holds, and the moment that it names is the first one.

use super::{
    naive::{Asked, World},
    *,
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use zhike_contract::gate::{Channel, Class, Verdict};
use zhike_kernel::{Date, Stamp};

/// With leaps of an hour, of half an hour, at midnight, twice a year, never, and a day left out.
const ZONES: [&str; 11] = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
    "America/St_Johns",
    "Asia/Beirut",
];
const TOPICS: [&str; 4] = ["news", "price", "training", ""];
const MINUTE: i64 = 60_000_000;

fn stated<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<Stated<T>>> {
    proptest::option::of(value.prop_map(|value| Stated {
        value,
        by: By::Customer,
        at: Stamp(0),
        user: None,
        proof: String::new(),
    }))
}

fn channel() -> impl Strategy<Value = Channel> {
    (0..Channel::ALL.len()).prop_map(|i| Channel::ALL[i])
}
fn class() -> impl Strategy<Value = Class> {
    prop_oneof![1 => Just(Class::Law), 1 => Just(Class::Safety), 2 => Just(Class::Contract), 3 => Just(Class::Service), 6 => Just(Class::Promotion)]
}
fn topic() -> impl Strategy<Value = String> {
    (0..TOPICS.len()).prop_map(|i| TOPICS[i].to_owned())
}

fn way() -> impl Strategy<Value = Way> {
    let allow = prop_oneof![
        4 => Just(Allow::All),
        2 => Just(Allow::No),
        2 => proptest::collection::vec(class(), 1..3).prop_map(|c| Allow::Only(c.into_iter().map(Word).collect())),
    ];
    let address = proptest::option::of((0..3u8).prop_map(|n| format!("other{n}@example.com")));
    (channel(), allow, address).prop_map(|(c, allow, address)| Way {
        channel: Word(c),
        allow,
        address: address.map(|a| {
            if c == Channel::Email {
                a
            } else {
                format!("1380000{}", a.len() * 1000)
            }
        }),
    })
}

fn window() -> impl Strategy<Value = Window> {
    // Around the hours at which clocks are changed as well as in the day, down to a quarter of an hour.
    let from = prop_oneof![0..96u16, 0..14u16];
    (1..128u8, from, 1..40u16, proptest::option::weighted(0.25, channel())).prop_map(|(days, from, long, c)| Window {
        days,
        from: (from * 15).min(1_425),
        to: (from * 15 + long * 15).clamp(from * 15 + 15, 1_440),
        channel: c.map(Word),
    })
}

fn cap() -> impl Strategy<Value = Cap> {
    let per = prop_oneof![Just(Per::Day), Just(Per::Week), Just(Per::Month)];
    (
        proptest::option::of(topic()),
        proptest::option::of(channel()),
        0..4u32,
        per,
    )
        .prop_map(|(topic, c, most, per)| Cap {
            topic: topic.filter(|t| !t.is_empty()),
            channel: c.map(Word),
            most,
            per,
        })
}

/// Days around the moment asked about.
fn near(at: Stamp, days: i64) -> Date {
    at.plus_seconds(days * 86_400).date(&TimeZone::UTC)
}

fn wish(at: Stamp) -> impl Strategy<Value = Wish> {
    let pause = (-20..20i64, proptest::option::weighted(0.9, 0..25i64)).prop_map(move |(from, long)| Pause {
        from: near(at, from),
        until: long.map(|l| near(at, from + l)),
    });
    let mut ways = proptest::collection::vec(way(), 1..5)
        .prop_map(|all| {
            let mut seen = vec![];
            all.into_iter()
                .filter(|w| {
                    let new = !seen.contains(&w.channel);
                    seen.push(w.channel);
                    new
                })
                .collect::<Vec<_>>()
        })
        .boxed();
    let ways2 = std::mem::replace(&mut ways, Just(vec![]).boxed());
    (
        stated(ways2),
        stated(proptest::collection::vec(window(), 1..4)),
        stated(proptest::collection::vec(cap(), 1..3)),
        stated(proptest::collection::vec(topic(), 0..4)),
        stated(proptest::collection::vec(topic(), 0..2)),
        stated(proptest::collection::vec(pause, 0..2)),
    )
        .prop_map(|(channels, hours, caps, wanted, unwanted, pauses)| Wish {
            channels,
            hours,
            caps,
            wanted,
            unwanted,
            pauses,
            ..Wish::default()
        })
}

fn consent(at: Stamp) -> impl Strategy<Value = Vec<Consent>> {
    let one = (
        proptest::option::weighted(0.3, channel()),
        proptest::option::weighted(0.2, topic()),
        -60..10i64,
        proptest::option::weighted(0.3, 0..90i64),
        proptest::option::weighted(0.2, 0..80i64),
    );
    proptest::collection::vec(one, 0..4).prop_map(move |all| {
        all.into_iter()
            .enumerate()
            .map(|(i, (channel, topic, given, until, withdrawn))| Consent {
                id: i64::try_from(i).unwrap() + 1,
                channel,
                topic: topic.filter(|t| !t.is_empty()),
                given: near(at, given),
                until: until.map(|u| near(at, given + u)),
                withdrawn: withdrawn.map(|w| near(at, given + w)),
            })
            .collect()
    })
}

#[derive(Debug)]
struct Trial {
    zone: &'static str,
    at: Stamp,
    wish: Wish,
    consents: Vec<Consent>,
    closed: Vec<Closed>,
    sent: Vec<Sent>,
    reach: Vec<Reachable>,
    holidays: Vec<Date>,
    class: Class,
    topic: String,
    channel: Channel,
    flags: (bool, bool, bool),
}

/// Moments of 2024 to 2027, often the days on which clocks are changed somewhere.
fn moment() -> impl Strategy<Value = Stamp> {
    let days = prop_oneof![
        3 => Just("2025-03-08T20:00:00Z"), 2 => Just("2025-03-29T20:00:00Z"), 2 => Just("2025-10-25T20:00:00Z"),
        2 => Just("2025-11-01T20:00:00Z"), 2 => Just("2025-04-24T18:00:00Z"), 2 => Just("2025-10-30T18:00:00Z"),
        2 => Just("2025-04-05T10:00:00Z"), 2 => Just("2025-10-04T10:00:00Z"), 4 => Just("2024-01-01T00:00:00Z"),
    ];
    (days, 0..86_400i64 * 2, 0..1_200i64).prop_map(|(from, seconds, days)| {
        let start: jiff::Timestamp = from.parse().unwrap();
        let far = if from.starts_with("2024") { days * 86_400 } else { 0 };
        Stamp(start.as_microsecond()).plus_seconds(seconds + far)
    })
}

fn trial() -> impl Strategy<Value = Trial> {
    moment().prop_flat_map(|at| {
        let sent = (-40 * 86_400..0i64, topic(), channel(), class());
        let own = [
            (Channel::Email, "a@example.com"),
            (Channel::Phone, "051266887700"),
            (Channel::Sms, "13800001234"),
            (Channel::Letter, "3 Harbour Road"),
            (Channel::Visit, "3 Harbour Road"),
            (Channel::Chat, "wx_a"),
        ];
        let shut = (channel(), any::<bool>());
        (
            (0..ZONES.len()).prop_map(|i| ZONES[i]),
            (wish(at), consent(at)),
            proptest::collection::vec(shut, 0..2),
            proptest::collection::vec(sent, 0..8),
            proptest::collection::vec(any::<bool>(), 6),
            proptest::collection::vec(-3..12i64, 0..3),
            (class(), topic(), channel()),
            (
                proptest::bool::weighted(0.6),
                proptest::bool::weighted(0.8),
                proptest::bool::weighted(0.1),
            ),
        )
            .prop_map(
                move |(zone, (wish, consents), shut, sent, has, holidays, (class, topic, channel), flags)| {
                    let reach: Vec<Reachable> = own
                        .iter()
                        .zip(has)
                        .filter(|(_, has)| *has)
                        .map(|((channel, address), _)| Reachable {
                            channel: *channel,
                            address: (*address).to_owned(),
                        })
                        .collect();
                    let closed = shut
                        .into_iter()
                        .filter_map(|(channel, all)| {
                            let own = own.iter().find(|o| o.0 == channel)?;
                            Some(Closed {
                                channel,
                                key: crate::address::key(channel, own.1)?,
                                shut: if all { Shut::All } else { Shut::Promotion },
                                since: near(at, -5),
                            })
                        })
                        .collect();
                    Trial {
                        zone,
                        at,
                        wish,
                        consents,
                        closed,
                        sent: sent
                            .into_iter()
                            .map(|(ago, topic, channel, class)| Sent {
                                at: at.plus_seconds(ago),
                                class,
                                topic,
                                channel,
                            })
                            .collect(),
                        reach,
                        holidays: holidays.into_iter().map(|d| near(at, d)).collect(),
                        class,
                        topic,
                        channel,
                        flags,
                    }
                },
            )
    })
}

fn world(t: &Trial) -> (World, Calendar) {
    let zone = TimeZone::get(t.zone).unwrap();
    let calendar = Calendar::new(&zone, t.at.plus_seconds(-33 * 86_400), 33 + HORIZON_DAYS + 20);
    let world = World {
        wish: t.wish.clone(),
        consents: t.consents.clone(),
        closed: t.closed.clone(),
        sent: t.sent.clone(),
        reach: t.reach.clone(),
        manners: Manners {
            holidays: t.holidays.clone(),
            ..Manners::default()
        },
        zone,
    };
    (world, calendar)
}

fn ask(t: &Trial, world: &World, calendar: &Calendar) -> Said {
    let case = Case {
        wish: &world.wish,
        consents: &world.consents,
        closed: &world.closed,
        sent: &world.sent,
        reach: &world.reach,
        manners: &world.manners,
        calendar,
    };
    let (may_change, may_wait, agreed) = t.flags;
    decide(
        &case,
        &Question {
            class: t.class,
            topic: &t.topic,
            channel: t.channel,
            address: None,
            at: t.at,
            may_change,
            may_wait,
            agreed,
        },
    )
}

/// The moment itself, and the full minutes after it, up to another moment.
fn minutes(from: Stamp, to: Stamp) -> impl Iterator<Item = Stamp> {
    let next = (from.0.div_euclid(MINUTE) + 1) * MINUTE;
    // Far ahead only the last three days and each quarter of an hour: windows begin and end with quarters.
    let close = to.0 - 3 * 86_400 * 1_000_000;
    std::iter::once(from)
        .chain((0..).map(move |i| Stamp(next + i * MINUTE)))
        .take_while(move |s| *s < to)
        .filter(move |s| s.0 > close || s.0 < from.0 + 2 * 86_400 * 1_000_000 || s.0.div_euclid(MINUTE) % 15 == 0)
}

fn check(t: &Trial) -> Result<(), TestCaseError> {
    let (world, calendar) = world(t);
    let said = ask(t, &world, &calendar);
    let q = Asked {
        class: t.class,
        topic: t.topic.clone(),
        may_wait: t.flags.1,
        agreed: t.flags.2,
    };
    let refusable = matches!(t.class, Class::Service | Class::Promotion);
    let first = |channel: Channel, at: Stamp| -> Result<(), TestCaseError> {
        prop_assert!(
            world.open(&q, channel, at),
            "{channel:?} is not open at {}",
            at.rfc3339()
        );
        for earlier in minutes(t.at, at) {
            prop_assert!(
                !world.open(&q, channel, earlier),
                "{channel:?} was open before, at {}",
                earlier.rfc3339()
            );
        }
        prop_assert!(!(refusable && world.shut(t.class, channel)), "{channel:?} is closed");
        Ok(())
    };
    prop_assert!(!said.reasons.is_empty(), "no reason");
    match said.verdict {
        Verdict::Allowed => first(t.channel, t.at)?,
        Verdict::Later(at) => {
            prop_assert!(t.flags.1 && at > t.at);
            first(t.channel, at)?;
            // Asked again at that moment, it goes.
            let then = Trial {
                at,
                wish: t.wish.clone(),
                consents: t.consents.clone(),
                closed: t.closed.clone(),
                sent: t.sent.clone(),
                reach: t.reach.clone(),
                holidays: t.holidays.clone(),
                topic: t.topic.clone(),
                ..*t
            };
            prop_assert_eq!(ask(&then, &world, &calendar).verdict, Verdict::Allowed);
        }
        Verdict::Elsewhere(channel, at) => {
            prop_assert!(t.flags.0 && channel != t.channel && (t.flags.1 || at == t.at));
            let ways = &t.wish.channels.as_ref().unwrap().value;
            prop_assert!(
                ways.iter().any(|w| w.channel.0 == channel && w.allow.covers(t.class)),
                "not named"
            );
            prop_assert!(!world.shut(t.class, channel), "closed");
            first(channel, at)?;
        }
        Verdict::Withheld => {
            let end = if t.flags.1 {
                t.at.plus_seconds(30 * 86_400)
            } else {
                Stamp(t.at.0 + 1)
            };
            let stays = refusable || !matches!(t.class, Class::Law | Class::Safety);
            if !(stays && world.shut(t.class, t.channel)) {
                for m in minutes(t.at, end) {
                    prop_assert!(
                        !world.open(&q, t.channel, m),
                        "{:?} is open at {}",
                        t.channel,
                        m.rfc3339()
                    );
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_goes_outside_of_the_wish_and_the_first_moment_is_the_first(t in trial()) {
        check(&t)?;
    }

    #[test]
    fn what_two_wished_is_kept_when_they_become_one(t in trial(), u in trial()) {
        // Asked of the joined wish, whatever goes now would have gone for each of the two.
        let joined = join(t.wish.clone(), u.wish.clone(), Stamp(1));
        let (mut world, calendar) = world(&t);
        world.wish = joined;
        let both = ask(&t, &world, &calendar);
        if both.verdict == Verdict::Allowed && t.class == Class::Promotion && !t.flags.2 {
            for wish in [&t.wish, &u.wish] {
                let topics = wish.unwanted.as_ref().is_none_or(|n| !n.value.contains(&t.topic));
                prop_assert!(topics);
                let ways = wish.channels.as_ref().and_then(|c| c.value.iter().find(|w| w.channel.0 == t.channel));
                prop_assert!(ways.is_none_or(|w| w.allow.covers(t.class)));
                let today = calendar.today(t.at);
                let pauses = wish.pauses.iter().flat_map(|p| &p.value);
                prop_assert!(!pauses.clone().any(|p| p.from <= today && p.until.is_none_or(|u| today <= u)));
            }
        }
    }
}
