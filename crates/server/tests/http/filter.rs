//! The filter language means the same in memory and in SQL, and lists walk every record once.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use zhike_kernel::{Filter, Op, Value, Values};
use zhike_store::{List, list, read};
use zhike_testkit::TestApp;

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        prop::sample::select(vec!["acme", "Acme", "青禾", "青禾乳业", "50%_off", "a!b", "Ünal", "z"])
            .prop_map(Value::from)
    ]
}

fn int() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), (0_i64..4).prop_map(Value::from)]
}

fn record() -> impl Strategy<Value = Values> {
    (text(), int(), prop::sample::select(vec!["active", "lost"]), text()).prop_map(
        |(city, employees, status, industry)| {
            [
                ("city", city),
                ("employees", employees),
                ("status", status.into()),
                ("industry", industry),
                ("name", "某某".into()),
            ]
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect()
        },
    )
}

fn leaf() -> impl Strategy<Value = Filter> {
    let on_text = (
        prop::sample::select(vec!["city", "industry", "status"]),
        prop::sample::select(Op::ALL.to_vec()),
        prop::collection::vec(text(), 0..3),
    );
    let numeric = prop::sample::select(vec![
        Op::Is,
        Op::Not,
        Op::In,
        Op::Lt,
        Op::Le,
        Op::Gt,
        Op::Ge,
        Op::Empty,
        Op::Filled,
    ]);
    let on_int = (Just("employees"), numeric, prop::collection::vec(int(), 0..3));
    prop_oneof![on_text.boxed(), on_int.boxed()].prop_map(|(field, op, mut values)| {
        values.retain(|v| *v != Value::Null);
        // Only the list and the two questions about nothing live without a value.
        if values.is_empty() && !matches!(op, Op::In | Op::Empty | Op::Filled) {
            values.push(if field == "employees" { 1.into() } else { "acme".into() });
        }
        Filter::Field {
            field: field.into(),
            op,
            values,
        }
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::Any),
            inner.prop_map(|f| Filter::None(Box::new(f))),
        ]
    })
}

#[tokio::test]
async fn a_filter_means_the_same_in_memory_and_in_the_database() {
    let app = TestApp::boot().await;
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(7),
        ..Config::default()
    });
    for _ in 0..60 {
        let values = record().new_tree(&mut runner).unwrap().current();
        let pairs: Vec<(&str, Value)> = values.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        app.make("party", &pairs).await;
    }
    let ctx = app.ctx();
    let ty = ctx.registry().get("party").unwrap().clone();
    let all = list::page(
        &ctx,
        ctx.db(),
        &ty,
        &List {
            limit: 200,
            ..List::of(&ty)
        },
    )
    .await
    .unwrap();
    let ids: Vec<i64> = all.lines.iter().map(|l| l.id).collect();
    assert_eq!(ids.len(), 60);
    let records = read::find_many(&ctx, ctx.db(), &ty, &ids).await.unwrap();
    let mut hits = 0;
    for round in 0..300 {
        let filter = filter().new_tree(&mut runner).unwrap().current();
        let mut expected: Vec<i64> = records
            .iter()
            .filter(|r| filter.holds(&r.values, &|_| vec![]))
            .map(|r| r.id)
            .collect();
        expected.sort_unstable();
        let list = List {
            filter: filter.clone(),
            limit: 200,
            ..List::of(&ty)
        };
        let page = list::page(&ctx, ctx.db(), &ty, &list)
            .await
            .unwrap_or_else(|e| panic!("{e} in {filter:?}"));
        let mut got: Vec<i64> = page.lines.iter().map(|l| l.id).collect();
        got.sort_unstable();
        assert_eq!(got, expected, "round {round}: {}", filter.json());
        assert_eq!(
            list::count(&ctx, ctx.db(), &ty, &list, 1_000).await.unwrap(),
            i64::try_from(expected.len()).unwrap()
        );
        hits += expected.len();
    }
    assert!(hits > 1_000, "the filters found almost nothing ({hits})");
    app.stop().await;
}

#[tokio::test]
async fn a_list_walked_in_both_directions_shows_each_record_once() {
    let app = TestApp::boot().await;
    for i in 0..47_i64 {
        // Many equal and many empty values.
        let region: Value = if i % 3 == 0 {
            Value::Null
        } else {
            ["north", "south"][usize::try_from(i % 2).unwrap()].into()
        };
        let city: Value = if i % 4 == 0 {
            Value::Null
        } else {
            ["上海", "苏州", "Berlin"][usize::try_from(i % 3).unwrap()].into()
        };
        app.make(
            "party",
            &[("name", format!("客户 {i}").into()), ("region", region), ("city", city)],
        )
        .await;
    }
    let ctx = app.ctx();
    let ty = ctx.registry().get("party").unwrap().clone();
    for sort in ["region", "city", "name", "id", "updated_at", "profit"] {
        for descending in [false, true] {
            let mut list = List {
                sort: sort.into(),
                descending,
                limit: 10,
                ..List::of(&ty)
            };
            let (mut forward, mut pages) = (vec![], vec![]);
            let mut last_previous;
            loop {
                let page = list::page(&ctx, ctx.db(), &ty, &list).await.unwrap();
                let ids: Vec<i64> = page.lines.iter().map(|l| l.id).collect();
                forward.extend(ids.clone());
                pages.push(ids);
                last_previous = page.previous;
                match page.next {
                    Some(next) => list.cursor = Some(next),
                    None => break,
                }
            }
            let mut once = forward.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!((forward.len(), once.len()), (47, 47), "{sort} {descending}: forwards");
            // And back again, page by page.
            let mut at = pages.len() - 1;
            while let Some(cursor) = last_previous {
                at -= 1;
                list.cursor = Some(cursor);
                let page = list::page(&ctx, ctx.db(), &ty, &list).await.unwrap();
                assert_eq!(
                    page.lines.iter().map(|l| l.id).collect::<Vec<_>>(),
                    pages[at],
                    "{sort} {descending}: back to page {at}"
                );
                last_previous = page.previous;
            }
            assert_eq!(at, 0, "{sort} {descending}: backwards");
        }
    }
    app.stop().await;
}
