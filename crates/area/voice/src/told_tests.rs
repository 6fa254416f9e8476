//! The call that follows does not depend on how its story is told.

use super::*;
use proptest::prelude::*;

fn told(kind: Kind, at: i64, extension: &str) -> Told {
    Told {
        kind,
        at: at * 1_000_000,
        extension: extension.into(),
        direction: String::new(),
        number: "13800001111".into(),
        line: String::new(),
        result: String::new(),
        cost: None,
    }
}

#[test]
fn a_call_is_told_from_ring_to_end() {
    let ring = [told(Kind::Ring, 10, "801"), told(Kind::Ring, 10, "802")];
    let facts = derive(&ring).unwrap();
    assert_eq!((facts.status(), facts.ringing.len()), ("ringing", 2));
    let talk = [ring.to_vec(), vec![told(Kind::Answer, 15, "802")]].concat();
    let facts = derive(&talk).unwrap();
    assert_eq!((facts.status(), facts.extension.as_str()), ("talking", "802"));
    let all = [talk, vec![told(Kind::End, 75, "")]].concat();
    let facts = derive(&all).unwrap();
    assert_eq!(
        (facts.status(), facts.seconds, facts.result),
        ("ended", Some(60), Some("answered"))
    );
    assert_eq!(facts.started, Stamp(10_000_000));
    assert_eq!(derive(&[]), None);
}

#[test]
fn nobody_took_it() {
    let facts = derive(&[told(Kind::Ring, 10, "801"), told(Kind::End, 40, "")]).unwrap();
    assert_eq!((facts.seconds, facts.result), (None, Some("missed")));
}

#[test]
fn bad_words_are_refused_by_their_field() {
    let now = Stamp(1_800_000_000_000_000);
    let field = |s: &Sent| {
        s.read(now, zhike_kernel::Currency::CNY).unwrap_err().fields[0]
            .field
            .clone()
    };
    let good = Sent {
        call: "1".into(),
        event: "ring".into(),
        ..Sent::default()
    };
    assert!(good.read(now, zhike_kernel::Currency::CNY).is_ok());
    assert_eq!(
        field(&Sent {
            event: "rings".into(),
            ..good.clone()
        }),
        "event"
    );
    assert_eq!(
        field(&Sent {
            number: Some("abc".into()),
            ..good.clone()
        }),
        "number"
    );
    assert_eq!(
        field(&Sent {
            extension: Some("8 01; rm".into()),
            ..good.clone()
        }),
        "extension"
    );
    assert_eq!(
        field(&Sent {
            at: Some("2100-01-01T00:00:00Z".into()),
            ..good.clone()
        }),
        "at"
    );
    assert_eq!(
        field(&Sent {
            cost: Some("-1".into()),
            ..good.clone()
        }),
        "cost"
    );
    assert_eq!(number("Anonymous", "number").unwrap(), "");
    assert_eq!(number("＋86 138 0000 1111", "number").unwrap(), "+86 138 0000 1111");
}

fn any_told() -> impl Strategy<Value = Told> {
    let kinds = prop_oneof![Just(Kind::Ring), Just(Kind::Answer), Just(Kind::End)];
    let words = |all: &'static [&'static str]| prop::sample::select(all).prop_map(str::to_owned);
    (
        kinds,
        0_i64..50,
        words(&["", "801", "802"]),
        words(&["", "in", "out"]),
        words(&["", "1380000", "1390000"]),
        words(&["", "busy", "answered"]),
    )
        .prop_map(|(kind, at, extension, direction, number, result)| Told {
            kind,
            at: at * 500_000,
            extension,
            direction,
            number,
            line: String::new(),
            result,
            cost: (at % 3 == 0).then_some(at),
        })
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(all in prop::collection::vec(any_told(), 1..12), seed in any::<u64>()) {
        let expected = derive(&all);
        let mut other: Vec<Told> = all.iter().chain(all.iter().take(3)).cloned().collect();
        let mut state = seed;
        for i in (1..other.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            other.swap(i, usize::try_from(state >> 33).unwrap() % (i + 1));
        }
        prop_assert_eq!(derive(&other), expected.clone());
        let facts = expected.unwrap();
        prop_assert!(facts.seconds.is_none_or(|s| s >= 0));
        prop_assert_eq!(facts.status() == "ended", facts.result.is_some());
    }
}
