//! Rows read through a plan.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::mapping::Mapping;
use zhike_kernel::{Value, money::mul_div, number};
use zhike_store::FieldKind;

fn registry() -> Registry {
    let party = RecordType::new(
        "party",
        "party_party",
        "/parties",
        1,
        vec![
            Field::new("name", FieldKind::Text).required(),
            Field::new("external_key", FieldKind::Text).unique(),
            Field::new("kind", FieldKind::Choice(&["organisation", "person"])),
            Field::new("parent_id", FieldKind::Ref("party")),
            Field::new("currency", FieldKind::Currency),
            Field::new(
                "credit_limit",
                FieldKind::Money {
                    currency: Some("currency"),
                },
            ),
            Field::new("since", FieldKind::Date),
            Field::new("score", FieldKind::Int).computed(),
        ],
    );
    let mut line = RecordType::new(
        "order_line",
        "order_line",
        "/lines",
        5,
        vec![
            Field::new("order_id", FieldKind::Ref("order")).required(),
            Field::new("quantity", FieldKind::Quantity).required(),
            Field::new("unit_price", FieldKind::Money { currency: None }),
            Field::new("discount", FieldKind::Money { currency: None }),
        ],
    );
    line.parent = Some(("order", "order_id"));
    let order = RecordType::new(
        "order",
        "order_order",
        "/orders",
        4,
        vec![Field::new("external_key", FieldKind::Text)],
    );
    Registry::build(vec![party, line, order], vec![], vec![], Default::default()).unwrap()
}

fn fit(toml: &str, headers: &[&str]) -> Result<Plan> {
    let mapping = Mapping::parse(toml).unwrap();
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    Plan::fit(&registry(), &mapping.steps[0], &headers, Currency::CNY, &TimeZone::UTC)
}

fn row(cells: &[&str]) -> Row {
    Row {
        number: 7,
        cells: csv::StringRecord::from(cells.to_vec()),
        fault: None,
    }
}

const PARTY: &str = "[[step]]\nfile='a.csv'\ninto='party'\nkey='external_key'\n";

#[test]
fn reads_words_amounts_and_days_as_told() {
    let text = format!(
        "{PARTY}currency='USD'\ndecimal=','\ndate='%d/%m/%Y'\n[step.columns]\nexternal_key={{column='No',prefix='C'}}\nname={{join=['First','Last']}}\n\
         kind={{column='Art',map={{'Firma'='organisation'}},default='person'}}\ncredit_limit='Limit'\nsince='Since'\ncreated_at={{column='Made',date='%Y-%m-%d'}}"
    );
    let plan = fit(&text, &["no", "First", "Last", "Art", "Limit", "Since", "Made"]).unwrap();
    let mut errors = vec![];
    let d = plan
        .draft(
            &row(&["7", "Ann", "", "FIRMA", "1.234,5", "03/04/2026", "2026-01-02"]),
            &mut errors,
        )
        .unwrap();
    assert_eq!(errors, []);
    assert_eq!(d.values["external_key"], "C7".into());
    assert_eq!(d.values["name"], "Ann".into());
    assert_eq!(d.values["kind"], "organisation".into());
    assert_eq!(d.values["credit_limit"], Value::Int(123_450));
    assert_eq!(d.values["currency"], "USD".into());
    assert_eq!(d.values["since"], "2026-04-03".into());
    assert_eq!(d.born.unwrap().rfc3339(), "2026-01-02T00:00:00Z");
}

#[test]
fn says_which_cell_is_wrong() {
    let text = format!("{PARTY}[step.columns]\nexternal_key='k'\nsince='d'\ncurrency='c'\ncredit_limit='m'");
    let plan = fit(&text, &["k", "d", "c", "m"]).unwrap();
    let mut errors = vec![];
    for cells in [["1", "2026-02-30", "XXQ", "abc"], ["2", "03/04/2026", "", "1.234"]] {
        assert!(plan.draft(&row(&cells), &mut errors).is_none());
    }
    let got: Vec<(&str, &str, &str)> = errors
        .iter()
        .map(|e| (e.column.as_str(), e.code, e.value.as_str()))
        .collect();
    assert_eq!(
        got,
        [
            ("m", "error-not-a-number", "abc"),
            ("c", "error-not-a-currency", "XXQ"),
            ("d", "error-not-a-date", "2026-02-30"),
            ("m", "error-too-precise", "1.234"),
            ("d", "error-import-date-order", "03/04/2026"),
        ]
    );
    assert!(errors.iter().all(|e| e.row == 7));
}

#[test]
fn an_amount_becomes_a_price_and_the_cent_a_discount() {
    let text = "[[step]]\nfile='a.csv'\ninto='order_line'\nmode='create'\n[step.columns]\nquantity='q'\nunit_price={column='amount',per='q'}\n\
                [step.parent]\nkey='external_key'\ncolumns={external_key='o'}";
    let plan = fit(text, &["o", "q", "amount"]).unwrap();
    let mut errors = vec![];
    for (q, amount) in [("3", "5.00"), ("1", "1.39"), ("7", "0.05"), ("2.5", "10.00")] {
        let d = plan.draft(&row(&["1", q, amount]), &mut errors).unwrap();
        let int = |n: &str| d.values.get(n).and_then(Value::int).unwrap_or(0);
        let net = mul_div(int("unit_price"), int("quantity"), 1000).unwrap() - int("discount");
        assert_eq!(number::write_scaled(net, 2), amount);
        assert!(int("discount") >= 0);
    }
    assert!(plan.draft(&row(&["1", "0", "1"]), &mut errors).is_none());
    assert_eq!(errors[0].code, "error-import-per");
}

#[test]
fn refuses_mappings_that_do_not_fit() {
    for (columns, code) in [
        ("external_key='nope'", "error-import-no-column"),
        ("nope='k'\nexternal_key='k'", "error-import-no-field"),
        ("score='k'\nexternal_key='k'", "error-import-no-field"),
        ("name='k'", "error-import-key-unmapped"),
        ("external_key='k'\nname={}", "error-import-no-source"),
    ] {
        let text = format!("{PARTY}[step.columns]\n{columns}");
        assert_eq!(fit(&text, &["k"]).err().unwrap().code, code, "{columns}");
    }
}

#[test]
fn references_within_the_file_wait_for_the_second_pass() {
    let text = format!("{PARTY}[step.columns]\nexternal_key='k'\nname='n'\nparent_id='p'");
    let mut plan = fit(&text, &["k", "n", "p"]).unwrap();
    let second = plan.split().unwrap();
    let names = |p: &Plan| p.cells.iter().map(|c| c.field.name).collect::<Vec<_>>();
    assert_eq!(names(&plan), ["external_key", "name"]);
    assert_eq!(names(&second), ["external_key", "parent_id"]);
    assert!(!second.wants(&row(&["1", "a", ""])));
    assert!(second.wants(&row(&["1", "a", "2"])));
}

#[test]
fn what_was_encoded_twice_is_read_back() {
    let text = format!("{PARTY}twice_encoded=true\n[step.columns]\nexternal_key='k'\nname='n'");
    let plan = fit(&text, &["k", "n"]).unwrap();
    let name = |cell: &str| plan.draft(&row(&["1", cell]), &mut vec![]).unwrap().values["name"].clone();
    assert_eq!(name("Jos\u{c3}\u{a9}"), "José".into());
    assert_eq!(name("1980\u{e2}\u{80}\u{99}s"), "1980’s".into());
    assert_eq!(name("José"), "José".into());
    assert_eq!(name("青禾"), "青禾".into());
}
