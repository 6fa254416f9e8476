//! Guessing: titles in both languages, what stands below them, and days.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
use super::*;

fn party() -> RecordType {
    RecordType::new(
        "party",
        "party_party",
        "/parties",
        1,
        vec![
            Field::new("name", FieldKind::Text)
                .required()
                .aliases(&["company", "公司"]),
            Field::new("external_key", FieldKind::Text).aliases(&["customer no", "客户编码"]),
            Field::new("status", FieldKind::Choice(&["active", "lost"])),
            Field::new("email", FieldKind::Email),
            Field::new("since", FieldKind::Date),
            Field::new("owner_id", FieldKind::User),
            Field::new("credit_limit", FieldKind::Money { currency: None }),
            Field::new("score", FieldKind::Int).computed(),
        ],
    )
}
fn en(key: &str) -> Option<String> {
    let text = match key {
        "party-one" => "Customer",
        "party-name" => "Name",
        "party-owner_id" => "Owner",
        "party-status-active" => "In business",
        "party-credit_limit" => "Credit limit",
        _ => return None,
    };
    Some(text.into())
}
fn zh(key: &str) -> Option<String> {
    let text = match key {
        "party-one" => "客户",
        "party-name" => "名称",
        "party-status" => "状态",
        "party-status-active" => "往来中",
        "party-since" => "合作日期",
        "party-owner_id" => "负责人",
        "party-credit_limit" => "信用额度",
        _ => return None,
    };
    Some(text.into())
}
fn titles(headers: &[&str], samples: &[&[&str]]) -> (Step, Vec<(String, String)>) {
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    let samples: Vec<Vec<String>> = samples
        .iter()
        .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
        .collect();
    let mut m = guess("a.csv", &headers, &samples, &party(), None, &[&en, &zh]);
    let step = m.steps.remove(0);
    let pairs = step
        .columns
        .iter()
        .map(|(k, v)| (k.clone(), v.rule().column.unwrap()))
        .collect();
    (step, pairs)
}
fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn knows_titles_in_both_languages() {
    let (step, got) = titles(
        &["客户编码", "客户名称", "状态", "合作日期", "信用额度（元）", "负责人"],
        &[&["1", "青禾", "往来中", "2026-01-02", "1,000.50", "林"]],
    );
    assert_eq!(
        got,
        pairs(&[
            ("credit_limit", "信用额度（元）"),
            ("external_key", "客户编码"),
            ("name", "客户名称"),
            ("owner_id", "负责人"),
            ("since", "合作日期"),
            ("status", "状态")
        ])
    );
    assert_eq!(step.key, Some(Names::One("external_key".into())));
    assert_eq!(step.columns["status"].rule().map["往来中"].to_string(), "active");
    let (_, got) = titles(
        &["Customer No.", "Company", "E-mail", "creditLimit", "Owner"],
        &[&["1", "Acme", "a@b.example", "5", "x"]],
    );
    assert_eq!(
        got,
        pairs(&[
            ("credit_limit", "creditLimit"),
            ("email", "E-mail"),
            ("external_key", "Customer No."),
            ("name", "Company"),
            ("owner_id", "Owner")
        ])
    );
}

#[test]
fn takes_an_exact_title_whatever_stands_below_it_and_another_only_when_it_fits() {
    let rows: &[&[&str]] = &[&["none", "maybe", "soon", "3"], &["x", "perhaps", "later", "4"]];
    // The wrong cells are told at their rows; a column that vanished would be told nowhere.
    let (_, got) = titles(&["email", "status", "since", "score"], rows);
    assert_eq!(
        got,
        pairs(&[("email", "email"), ("since", "since"), ("status", "status")])
    );
    let (_, got) = titles(&["emails", "the status", "in since", "score"], rows);
    assert_eq!(got, []);
}

#[test]
fn of_two_columns_with_the_same_good_name_the_one_that_fits_is_taken() {
    let (_, got) = titles(&["Since", "合作日期"], &[&["soon", "2026-01-02"]]);
    assert_eq!(got, pairs(&[("since", "合作日期")]));
}

#[test]
fn finds_the_order_of_day_and_month_only_when_it_shows() {
    assert_eq!(dates(&["03/04/2026", "25/04/2026"]), Some("%d/%m/%Y"));
    assert_eq!(dates(&["03/04/2026", "04/25/2026"]), Some("%m/%d/%Y"));
    assert_eq!(dates(&["03/04/2026", "05/06/2026"]), None);
    assert_eq!(dates(&["2026-04-03", "40.32.2555"]), None);
}
