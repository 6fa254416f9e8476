//! The filter language means the same in memory, in SQL and over facts, and lists walk every record once.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};
use zhike_kernel::{Filter, Op, Value, Values};
use zhike_lake::filter::Records;
use zhike_store::{Bind, Field, List, binds, list, read};
use zhike_testkit::TestApp;

/// A kind of field, with the values that records and conditions take.
type Choose = fn() -> BoxedStrategy<Value>;

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    prop_oneof![
        1 => Just(Value::Null),
        4 => prop::sample::select(words).prop_map(Value::from)
    ]
    .boxed()
}

fn text() -> BoxedStrategy<Value> {
    one_of(&[
        "acme",
        "Acme",
        "青禾",
        "青禾乳业",
        "50%_off",
        "a!b",
        "Ünal",
        "ÜNAL",
        "z",
        "",
    ])
}

fn day() -> BoxedStrategy<Value> {
    one_of(&["2025-12-31", "2026-01-01", "2026-02-28", "1969-07-20"])
}

/// What people write who look for days: also parts of days and what is none.
fn day_asked() -> BoxedStrategy<Value> {
    one_of(&[
        "2026-01-01",
        "2026-02-28",
        "1969-07-20",
        "2026",
        "2026-02",
        "-02-",
        "",
        "soon",
    ])
}

fn number() -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 4 => (0_i64..4).prop_map(Value::from)].boxed()
}

fn money() -> BoxedStrategy<Value> {
    prop_oneof![
        1 => Just(Value::Null),
        4 => prop::sample::select(vec![-125_000_i64, -1, 0, 1, i64::MAX]).prop_map(Value::from)
    ]
    .boxed()
}

fn status() -> BoxedStrategy<Value> {
    one_of(&["active", "lost"])
}

fn roles() -> BoxedStrategy<Value> {
    one_of(&["customer", "prospect customer", "supplier", "Customer"])
}

fn tier() -> BoxedStrategy<Value> {
    one_of(&["gold", "regular", "low"])
}

/// Field, what records hold, what is asked. The first of them are the party's own, the rest stand in an extension.
const FIELDS: [(&str, Choose, Choose); 8] = [
    ("city", text, text),
    ("industry", text, text),
    ("employees", number, number),
    ("status", status, status),
    ("roles", roles, roles),
    ("profit", money, money),
    ("last_order_on", day, day_asked),
    ("tier", tier, text),
];

fn record() -> impl Strategy<Value = Vec<Value>> {
    FIELDS.iter().map(|(_, have, _)| have()).collect::<Vec<_>>()
}

fn leaf() -> impl Strategy<Value = Filter> {
    prop::sample::select(FIELDS.to_vec()).prop_flat_map(|(field, _, asked)| {
        let whole = matches!(field, "employees" | "profit");
        let ops: Vec<Op> = Op::ALL
            .into_iter()
            .filter(|op| !whole || !matches!(op, Op::Has | Op::Begins))
            .collect();
        let values = prop::collection::vec(asked(), 0..3);
        (prop::sample::select(ops), values).prop_map(move |(op, mut values)| {
            values.retain(|v| *v != Value::Null);
            // Only the list and the two questions about nothing live without a value.
            if values.is_empty() && !matches!(op, Op::In | Op::Empty | Op::Filled) {
                values.push(if whole { 1.into() } else { "acme".into() });
            }
            Filter::Field {
                field: field.into(),
                op,
                values,
            }
        })
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

/// Sixty parties, past the rules where the rules would mend what is to be asked about.
async fn sixty(app: &TestApp, runner: &mut TestRunner) {
    for _ in 0..60 {
        let values = record().new_tree(runner).unwrap().current();
        let id = app.make("party", &[("name", "某某".into())]).await;
        let ctx = app.ctx();
        let tx = ctx.begin().await.unwrap();
        tx.exec(
            "INSERT INTO insight_customer (party_id, revenue) VALUES ($1,$2)",
            binds![id, 0_i64],
        )
        .await
        .unwrap();
        for (i, ((field, ..), value)) in FIELDS.iter().zip(values).enumerate() {
            let (table, key) = if i < 5 {
                ("party_party", "id")
            } else {
                ("insight_customer", "party_id")
            };
            let sql = format!("UPDATE {table} SET {field} = $1 WHERE {key} = $2");
            let bind = match value {
                Value::Int(n) => Bind::from(n),
                Value::Text(t) => Bind::from(t),
                _ => continue,
            };
            tx.exec(&sql, vec![bind, id.into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_filter_means_the_same_in_memory_in_the_database_and_over_facts() {
    let app = TestApp::boot().await;
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(7),
        ..Config::default()
    });
    sixty(&app, &mut runner).await;
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
    let asked: Vec<Field> = FIELDS.iter().map(|f| ty.need(f.0).unwrap().clone()).collect();
    let pairs: Vec<(i64, Values)> = records.iter().map(|r| (r.id, r.values.clone())).collect();
    let facts = Records::new(&asked, &pairs).unwrap();
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
        assert_eq!(got, expected, "round {round}, database: {}", filter.json());
        let got = facts.holding(&filter).await.unwrap();
        assert_eq!(got, expected, "round {round}, facts: {}", filter.json());
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
