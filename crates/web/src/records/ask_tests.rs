//! Tests of reading a list's address.

use super::super::cond::allowed;
use super::*;
use jiff::tz::TimeZone;
use zhike_kernel::{Currency, Op, Value};
use zhike_store::FieldKind;

fn ty() -> RecordType {
    RecordType::new(
        "thing",
        "thing_thing",
        "/things",
        900,
        vec![
            Field::new("name", FieldKind::Text).column(),
            Field::new("status", FieldKind::Choice(&["open", "won"])).column(),
            Field::new("roles", FieldKind::Many(&["customer", "supplier"])),
            Field::new(
                "amount",
                FieldKind::Money {
                    currency: Some("currency"),
                },
            )
            .column(),
            Field::new("currency", FieldKind::Currency),
            Field::new("owner_id", FieldKind::User),
            Field::new("party_id", FieldKind::Ref("party")),
            Field::new("due_on", FieldKind::Date),
            Field::new("share", FieldKind::Rate),
            Field::new("active", FieldKind::Bool),
            Field::new("note", FieldKind::Long),
        ],
    )
}

fn reader() -> Reader {
    Reader {
        today: "2026-11-24".parse().unwrap(),
        currency: Currency::CNY,
        zone: TimeZone::fixed(jiff::tz::offset(8)),
        me: 7,
    }
}

fn one(text: &str) -> Result<Filter, &'static str> {
    Cond::parse(text).unwrap().filter(&ty(), &reader()).map_err(|e| e.code)
}

#[test]
fn values_are_read_by_the_kind_of_the_field() {
    assert_eq!(one("amount:ge:1,200.50"), Ok(Filter::field("amount", Op::Ge, 120_050)));
    assert_eq!(one("share:le:12.5%"), Ok(Filter::field("share", Op::Le, 125_000)));
    assert_eq!(
        one("due_on:ge:2026/11/24"),
        Ok(Filter::field("due_on", Op::Ge, "2026-11-24"))
    );
    assert_eq!(
        one("name:has:青禾: 乳业"),
        Ok(Filter::field("name", Op::Has, "青禾: 乳业"))
    );
    assert_eq!(one("active:is:yes"), Ok(Filter::is("active", true)));
    assert_eq!(
        one("roles:has:customer"),
        Ok(Filter::field("roles", Op::Has, "customer"))
    );
    assert_eq!(one("party_id:is:5"), Ok(Filter::is("party_id", 5)));
}

#[test]
fn several_values_are_a_choice_and_me_is_whoever_looks() {
    let both = |values: Vec<Value>| Filter::Field {
        field: "status".into(),
        op: Op::In,
        values,
    };
    assert_eq!(one("status:in:open,won"), Ok(both(vec!["open".into(), "won".into()])));
    assert_eq!(
        one("status:not:open,won"),
        Ok(Filter::None(Box::new(both(vec!["open".into(), "won".into()]))))
    );
    assert_eq!(one("owner_id:is:me"), Ok(Filter::is("owner_id", 7)));
    assert_eq!(
        one("owner_id:in:me,9"),
        Ok(Filter::Field {
            field: "owner_id".into(),
            op: Op::In,
            values: vec![7.into(), 9.into()],
        })
    );
}

#[test]
fn a_day_compared_with_a_moment_means_the_whole_day_of_the_house() {
    // 2026-11-24 00:00 in UTC+8 is 2026-11-23 16:00 UTC.
    let start = 1_795_449_600_000_000;
    let day = 86_400_000_000;
    assert_eq!(
        one("created_at:ge:2026-11-24"),
        Ok(Filter::field("created_at", Op::Ge, start))
    );
    assert_eq!(
        one("created_at:le:2026-11-24"),
        Ok(Filter::field("created_at", Op::Lt, start + day))
    );
    assert_eq!(
        one("created_at:is:2026-11-24"),
        Ok(Filter::field("created_at", Op::Ge, start).and(Filter::field("created_at", Op::Lt, start + day)))
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    assert_eq!(one("amount:ge:lots"), Err("error-not-a-number"));
    assert_eq!(one("status:is:closed"), Err("error-not-a-choice"));
    assert_eq!(one("roles:has:cust"), Err("error-not-a-choice"));
    assert_eq!(one("due_on:ge:soon"), Err("error-not-a-date"));
    assert_eq!(one("active:has:yes"), Err("error-filter-value"));
    assert_eq!(one("name:has:"), Err("error-required"));
    assert_eq!(one("nothing:is:1"), Err("error-no-such-field"));
    assert_eq!(Cond::parse("name"), None);
    assert_eq!(Cond::parse("name:like:x"), None);
}

#[test]
fn every_kind_has_operators_and_offers_only_what_it_understands() {
    for field in ty().fields {
        assert!(!operators(&field).is_empty());
        let understood = allowed(&field);
        assert!(
            operators(&field).iter().all(|op| understood.contains(op)),
            "{}",
            field.name
        );
    }
    let text = Field::new("x", FieldKind::Text);
    assert_eq!(operators(&text).first(), Some(&Op::Has));
    let money = Field::new("x", FieldKind::Money { currency: None });
    assert!(!operators(&money).contains(&Op::Has));
    assert_eq!(operators(&Field::new("x", FieldKind::Bool)), [Op::Is]);
}

#[test]
fn the_address_comes_back_as_it_was_asked() {
    let ty = ty();
    let text = "q=%E9%9D%92&f=status%3Ain%3Aopen%2Cwon&f=amount%3Age%3A10&sort=-amount&cols=status,due_on&archived=1";
    let ask = Ask::read(&ty, &Fields::parse(text));
    assert_eq!(ask.conds.len(), 2);
    assert_eq!(ask.order(&ty), ("amount".to_owned(), true));
    assert_eq!(
        ask.shown(&ty).iter().map(|f| f.name).collect::<Vec<_>>(),
        ["status", "due_on"]
    );
    let again = Ask::read(&ty, &Fields::parse(&ask.query()));
    assert_eq!(
        (again.conds, again.sort, again.columns, again.q),
        (ask.conds, ask.sort, ask.columns, ask.q)
    );
    assert!(again.archived);
}

#[test]
fn unknown_names_are_left_out_and_a_view_speaks_until_it_is_edited() {
    let ty = ty();
    let ask = Ask::read(
        &ty,
        &Fields::parse("view=3&sort=nothing&cols=nothing&f=nothing:is:1&q=x"),
    );
    assert_eq!((ask.sort.clone(), ask.conds.len()), (None, 0));
    let ask = Ask::read(&ty, &Fields::parse("view=3&q=x"));
    assert!(!ask.edited);
    assert_eq!(ask.query(), "q=x&view=3");
    let bare = ask.changed(|a| a.q.clear());
    assert_eq!(bare.link(&ty, ""), "/things?view=3&edited=1");
    assert_eq!(bare.link(&ty, "/export"), "/things/export?view=3&edited=1");
}

#[test]
fn no_column_at_all_is_a_choice_too() {
    let ty = ty();
    let ask = Ask::read(&ty, &Fields::parse("col="));
    assert_eq!(ask.columns, Some(vec![]));
    let again = Ask::read(&ty, &Fields::parse(&ask.query()));
    assert!(again.shown(&ty).is_empty());
}

#[test]
fn reads_the_currency_with_the_money() {
    let ty = ty();
    let list = Ask::default().list(&ty, Filter::default());
    assert!(list.columns.contains(&"amount".to_owned()) && list.columns.contains(&"currency".to_owned()));
    assert_eq!(list.columns.first().map(String::as_str), Some("name"));
}

#[test]
fn today_is_read_when_the_view_is_opened() {
    assert_eq!(
        one("due_on:lt:today"),
        Ok(Filter::field("due_on", Op::Lt, "2026-11-24"))
    );
    assert_eq!(one("created_at:ge:today"), one("created_at:ge:2026-11-24"));
    assert_eq!(one("name:is:today"), Ok(Filter::is("name", "today")));
    let filter = Filter::Any(vec![
        Filter::field("due_on", Op::Lt, "today"),
        Filter::None(Box::new(Filter::is("owner_id", "me"))),
    ]);
    assert_eq!(
        reader().resolved(&ty(), &filter),
        Filter::Any(vec![
            Filter::field("due_on", Op::Lt, "2026-11-24"),
            Filter::None(Box::new(Filter::is("owner_id", 7))),
        ])
    );
}

#[test]
fn conditions_become_chips_where_chips_can_say_them() {
    let chip = |filter: Filter| Cond::of(&ty(), &filter).map(|c| c.write());
    assert_eq!(chip(Filter::is("owner_id", "me")).as_deref(), Some("owner_id:is:me"));
    assert_eq!(
        chip(Filter::field("amount", Op::Lt, 0)).as_deref(),
        Some("amount:lt:0.00")
    );
    assert_eq!(
        chip(Filter::field("amount", Op::Lt, 500)),
        None,
        "whole units of an unknown currency"
    );
    assert_eq!(chip(Filter::Any(vec![])), None);
    let back = Cond::parse("amount:lt:0.00").unwrap().filter(&ty(), &reader());
    assert_eq!(back.map_err(|e| e.code), Ok(Filter::field("amount", Op::Lt, 0)));
}
