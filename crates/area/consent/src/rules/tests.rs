//! The rules by example.

use super::*;
use jiff::tz::TimeZone;
use zhike_contract::gate::{Channel, Class, Verdict};
use zhike_kernel::Stamp;

fn at(text: &str) -> Stamp {
    Stamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn said<T>(value: T) -> Option<Stated<T>> {
    Some(Stated {
        value,
        by: By::Customer,
        at: at("2026-01-01T00:00:00Z"),
        user: None,
        proof: String::new(),
    })
}

struct Desk {
    wish: Wish,
    consents: Vec<Consent>,
    closed: Vec<Closed>,
    sent: Vec<Sent>,
    zone: &'static str,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            wish: Wish::default(),
            consents: vec![Consent {
                id: 1,
                channel: None,
                topic: None,
                given: "2026-01-01".parse().unwrap(),
                until: None,
                withdrawn: None,
            }],
            closed: vec![],
            sent: vec![],
            zone: "Asia/Shanghai",
        }
    }
    fn ask(&self, class: Class, channel: Channel, topic: &str, when: &str, change: bool, wait: bool) -> Said {
        let zone = TimeZone::get(self.zone).unwrap();
        let when = at(when);
        let calendar = Calendar::new(&zone, when.plus_seconds(-33 * 86_400), 460);
        let reach = [
            (Channel::Email, "a@example.com"),
            (Channel::Phone, "051266887700"),
            (Channel::Sms, "13800001234"),
        ];
        let reach: Vec<Reachable> = reach
            .iter()
            .map(|(c, a)| Reachable {
                channel: *c,
                address: (*a).into(),
            })
            .collect();
        let manners = Manners::default();
        let case = Case {
            wish: &self.wish,
            consents: &self.consents,
            closed: &self.closed,
            sent: &self.sent,
            reach: &reach,
            manners: &manners,
            calendar: &calendar,
        };
        let q = Question {
            class,
            topic,
            channel,
            address: None,
            at: when,
            may_change: change,
            may_wait: wait,
            agreed: false,
        };
        decide(&case, &q)
    }
}

fn window(days: u8, from: u16, to: u16) -> Window {
    Window {
        days,
        from: from * 60,
        to: to * 60,
        channel: None,
    }
}

#[test]
fn tuesday_and_thursday_from_two_to_four() {
    let mut d = Desk::new();
    d.wish.hours = said(vec![window(0b1010, 14, 16)]);
    // Tuesday 2026-11-24, 14:52 in Shanghai.
    let now = d.ask(Class::Service, Channel::Phone, "", "2026-11-24T06:52:00Z", false, true);
    assert_eq!(now.verdict, Verdict::Allowed);
    let evening = d.ask(Class::Service, Channel::Phone, "", "2026-11-24T08:00:00Z", false, true);
    assert_eq!(evening.verdict, Verdict::Later(at("2026-11-26T06:00:00Z")));
    assert_eq!(evening.rule(), "gate-hours");
    let urgent = d.ask(Class::Service, Channel::Phone, "", "2026-11-24T08:00:00Z", false, false);
    assert_eq!((urgent.verdict, urgent.rule()), (Verdict::Withheld, "gate-hours"));
    assert!(urgent.reasons.iter().any(|r| r.rule == "gate-may-not-wait"));
    // Safety does not wait for Thursday.
    let recall = d.ask(Class::Safety, Channel::Phone, "", "2026-11-24T08:00:00Z", false, false);
    assert_eq!(recall.verdict, Verdict::Allowed);
}

#[test]
fn the_hour_that_is_left_out_and_the_one_that_comes_twice() {
    let mut d = Desk::new();
    d.zone = "Europe/Berlin";
    // 29 March 2026: 02:00 becomes 03:00. A window from half past two opens at three.
    d.wish.hours = said(vec![Window {
        days: 127,
        from: 150,
        to: 240,
        channel: None,
    }]);
    let spring = d.ask(Class::Service, Channel::Phone, "", "2026-03-29T00:30:00Z", false, true);
    assert_eq!(spring.verdict, Verdict::Later(at("2026-03-29T01:00:00Z")));
    // 25 October 2026: 03:00 becomes 02:00. A window from 02:30 to 02:45 opens twice that night.
    d.wish.hours = said(vec![Window {
        days: 127,
        from: 150,
        to: 165,
        channel: None,
    }]);
    let once = d.ask(Class::Service, Channel::Phone, "", "2026-10-25T00:00:00Z", false, true);
    assert_eq!(once.verdict, Verdict::Later(at("2026-10-25T00:30:00Z")));
    let twice = d.ask(Class::Service, Channel::Phone, "", "2026-10-25T00:50:00Z", false, true);
    assert_eq!(twice.verdict, Verdict::Later(at("2026-10-25T01:30:00Z")));
}

#[test]
fn promotion_needs_a_consent_and_a_withdrawal_covers_what_was_given_before() {
    let mut d = Desk::new();
    let noon = "2026-06-30T04:00:00Z";
    let mail = |d: &Desk| d.ask(Class::Promotion, Channel::Email, "news", noon, false, true);
    assert_eq!(mail(&d).verdict, Verdict::Allowed);
    d.consents.push(Consent {
        id: 2,
        channel: Some(Channel::Email),
        topic: None,
        given: "2026-02-01".parse().unwrap(),
        until: None,
        withdrawn: Some("2026-05-01".parse().unwrap()),
    });
    assert_eq!(
        (mail(&d).verdict, mail(&d).rule()),
        (Verdict::Withheld, "gate-consent-withdrawn")
    );
    // What was withdrawn for mail stands for text messages.
    assert_eq!(
        d.ask(Class::Promotion, Channel::Sms, "news", noon, false, true).verdict,
        Verdict::Allowed
    );
    d.consents.push(Consent {
        id: 3,
        channel: Some(Channel::Email),
        topic: None,
        given: "2026-06-01".parse().unwrap(),
        until: None,
        withdrawn: None,
    });
    assert_eq!(mail(&d).verdict, Verdict::Allowed);
    d.consents.clear();
    assert_eq!(mail(&d).rule(), "gate-no-consent");
    // An invoice needs none.
    assert_eq!(
        d.ask(Class::Contract, Channel::Email, "", noon, false, true).verdict,
        Verdict::Allowed
    );
}

#[test]
fn two_a_month_and_then_the_first() {
    let mut d = Desk::new();
    d.wish.caps = said(vec![Cap {
        topic: None,
        channel: None,
        most: 2,
        per: Per::Month,
    }]);
    let sent = |when| Sent {
        at: at(when),
        class: Class::Promotion,
        topic: "news".into(),
        channel: Channel::Email,
    };
    // The first of the two went in May by the customer's clock.
    d.sent = vec![sent("2026-05-31T15:59:00Z"), sent("2026-05-31T16:01:00Z")];
    let ask = |d: &Desk| {
        d.ask(
            Class::Promotion,
            Channel::Email,
            "news",
            "2026-06-15T04:00:00Z",
            false,
            true,
        )
    };
    assert_eq!(ask(&d).verdict, Verdict::Allowed);
    d.sent.push(sent("2026-06-10T04:00:00Z"));
    assert_eq!(ask(&d).verdict, Verdict::Later(at("2026-07-01T01:00:00Z")));
    assert_eq!(ask(&d).rule(), "gate-frequency");
}

#[test]
fn another_channel_only_if_the_customer_named_it() {
    let mut d = Desk::new();
    let way = |channel, allow| Way {
        channel: Word(channel),
        allow,
        address: None,
    };
    let noon = "2026-06-30T04:00:00Z";
    d.wish.channels = said(vec![way(Channel::Sms, Allow::No), way(Channel::Phone, Allow::All)]);
    let moved = d.ask(Class::Service, Channel::Sms, "", noon, true, true);
    assert_eq!(moved.verdict, Verdict::Elsewhere(Channel::Phone, at(noon)));
    assert_eq!(moved.address.as_deref(), Some("051266887700"));
    assert_eq!(
        d.ask(Class::Service, Channel::Sms, "", noon, false, true).rule(),
        "gate-channel-closed"
    );
    d.wish.channels = said(vec![way(Channel::Sms, Allow::No)]);
    assert_eq!(
        d.ask(Class::Service, Channel::Sms, "", noon, true, true).verdict,
        Verdict::Withheld
    );
    // What is owed by contract gets through when no other way is left, and says so.
    let due = d.ask(Class::Contract, Channel::Sms, "", noon, true, true);
    assert_eq!(due.verdict, Verdict::Allowed);
    assert!(due.reasons.iter().any(|r| r.rule == "gate-closed-but-due"));
    // Mail for bills only.
    d.wish.channels = said(vec![
        way(Channel::Email, Allow::Only(vec![Word(Class::Contract)])),
        way(Channel::Phone, Allow::All),
    ]);
    assert_eq!(
        d.ask(Class::Contract, Channel::Email, "", noon, true, true).verdict,
        Verdict::Allowed
    );
    assert_eq!(
        d.ask(Class::Service, Channel::Email, "", noon, false, true).rule(),
        "gate-channel-only"
    );
}

#[test]
fn a_closed_address_is_closed_whoever_has_it() {
    let mut d = Desk::new();
    d.closed = vec![Closed {
        channel: Channel::Sms,
        key: crate::address::key(Channel::Sms, "+86 13800001234").unwrap(),
        shut: Shut::Promotion,
        since: "2026-06-01".parse().unwrap(),
    }];
    let noon = "2026-06-30T04:00:00Z";
    assert_eq!(
        d.ask(Class::Promotion, Channel::Sms, "", noon, false, true).rule(),
        "gate-address-closed"
    );
    assert_eq!(
        d.ask(Class::Service, Channel::Sms, "", noon, false, true).verdict,
        Verdict::Allowed
    );
    d.closed[0].shut = Shut::All;
    assert_eq!(
        d.ask(Class::Service, Channel::Sms, "", noon, false, true).verdict,
        Verdict::Withheld
    );
    assert_eq!(
        d.ask(Class::Law, Channel::Sms, "", noon, false, true).verdict,
        Verdict::Allowed
    );
}

#[test]
fn a_search_without_an_end_ends() {
    let mut d = Desk::new();
    d.wish.pauses = said(vec![Pause {
        from: "2026-01-01".parse().unwrap(),
        until: Some("2028-01-01".parse().unwrap()),
    }]);
    let never = d.ask(Class::Service, Channel::Email, "", "2026-06-30T04:00:00Z", false, true);
    assert_eq!((never.verdict, never.rule()), (Verdict::Withheld, "gate-no-time"));
    assert!(never.reasons.iter().any(|r| r.rule == "gate-pause"));
}

#[test]
fn an_inference_never_overrules_a_statement() {
    let by = |by| Stated {
        value: 1,
        by,
        at: Stamp(0),
        user: None,
        proof: String::new(),
    };
    let may = |old, new| may_set(Some(&by(old)), new);
    assert!(may_set::<i32>(None, By::Inferred) && may(By::Inferred, By::Inferred) && may(By::Inferred, By::Import));
    assert!(!may(By::Import, By::Inferred) && !may(By::Employee, By::Inferred) && !may(By::Customer, By::Inferred));
    assert!(!may(By::Employee, By::Import) && !may(By::Customer, By::Import));
    assert!(may(By::Customer, By::Employee) && may(By::Employee, By::Customer));
}

#[test]
fn a_person_without_wishes_has_those_of_the_organisation() {
    let mut house = Wish {
        hours: said(vec![window(1, 9, 10)]),
        language: said("en".into()),
        ..Wish::default()
    };
    house.channels = said(vec![Way {
        channel: Word(Channel::Email),
        allow: Allow::All,
        address: Some("info@example.com".into()),
    }]);
    let own = Wish {
        language: said("zh-CN".into()),
        ..Wish::default()
    };
    let both = inherit(own, house);
    assert_eq!(both.language.unwrap().value, "zh-CN");
    assert_eq!(both.hours.unwrap().value, [window(1, 9, 10)]);
    // Not their address.
    assert_eq!(both.channels.unwrap().value[0].address, None);
}

#[test]
fn when_an_open_hour_closes() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let now = at("2026-11-24T06:52:00Z");
    let calendar = Calendar::new(&zone, now.plus_seconds(-86_400), 60);
    let mut wish = Wish {
        hours: said(vec![window(0b1010, 14, 16), window(0b10, 16, 17)]),
        ..Wish::default()
    };
    let manners = Manners::default();
    let close = |wish: &Wish| {
        let case = Case {
            wish,
            consents: &[],
            closed: &[],
            sent: &[],
            reach: &[],
            manners: &manners,
            calendar: &calendar,
        };
        closes(&case, Class::Service, Channel::Phone, now)
    };
    // Two windows that touch are one.
    assert_eq!(close(&wish), Some(at("2026-11-24T09:00:00Z")));
    wish.hours = said(vec![Window {
        days: 127,
        from: 0,
        to: 1_440,
        channel: None,
    }]);
    assert_eq!(close(&wish), None);
    wish.pauses = said(vec![Pause {
        from: "2026-11-26".parse().unwrap(),
        until: None,
    }]);
    assert_eq!(close(&wish), Some(at("2026-11-25T16:00:00Z")));
}
