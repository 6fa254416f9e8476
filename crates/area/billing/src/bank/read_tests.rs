//! What is read of statements, and what is refused; any bytes are one or the other.

use super::*;
use proptest::prelude::*;

fn house() -> Currency {
    Currency::parse("CNY").unwrap()
}

const CAMT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Ntry><Amt Ccy="EUR">1234.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-06-12</Dt></BookgDt>
<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls><TxDtls><Amt Ccy="EUR">1234.50</Amt><RltdPties><Dbtr><Pty><Nm>M&#252;ller &amp; S&#246;hne</Nm></Pty></Dbtr>
<DbtrAcct><Id><IBAN>DE99</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>Rechnung I-000007</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2026-06-13T09:00:00</DtTm></BookgDt><AcctSvcrRef>B-2</AcctSvcrRef>
<NtryDtls><TxDtls><Amt Ccy="EUR">10</Amt></TxDtls><TxDtls><Amt Ccy="EUR">20</Amt></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-06-13</Dt></BookgDt><AddtlNtryInf>Fee</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">9</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts><BookgDt><Dt>2026-06-13</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"#;

#[test]
fn camt_053_entries_and_their_transactions() {
    let got = super::read(CAMT.as_bytes(), house()).unwrap();
    assert_eq!(
        (got.format, got.account.as_str()),
        ("camt053", "DE02120300000000202051")
    );
    let first = &got.lines[0];
    assert_eq!(first.payer, "Müller & Söhne");
    assert_eq!(
        (
            first.amount,
            first.day.as_str(),
            first.reference.as_str(),
            first.text.as_str()
        ),
        (123_450, "2026-06-12", "B-1", "Rechnung I-000007")
    );
    assert_eq!(first.payer_account, "DE99");
    let rest: Vec<(i64, &str)> = got.lines[1..]
        .iter()
        .map(|l| (l.amount, l.reference.as_str()))
        .collect();
    assert_eq!(rest, [(1_000, "B-2/1"), (2_000, "B-2/2"), (-500, "")]);
    assert_eq!(got.lines[3].text, "Fee");
}

#[test]
fn an_xml_bomb_and_half_a_file_are_refused() {
    let code = |text: &str| super::read(text.as_bytes(), house()).map_err(|e| e.code).err();
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>"#;
    assert_eq!(code(bomb), Some("error-bank-xml"));
    assert_eq!(
        code("<Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>"),
        Some("error-bank-xml")
    );
    let half: String = CAMT.chars().take(900).collect();
    assert_eq!(code(&half), Some("error-bank-xml"));
    assert_eq!(code(&"<a>".repeat(10_000)), Some("error-bank-xml"));
    assert_eq!(code("<html></html>"), Some("error-bank-xml"));
    assert_eq!(code(""), Some("error-bank-empty"));
}

#[test]
fn csv_columns_are_guessed() {
    let text = "账号,6222\n\n交易日期,收入金额,支出金额,对方户名,对方账号,摘要,交易流水号\n2026/06/12,\"1,130.00\",,青禾,6217,货款 I-000003,T1\n20260613,,12.50,,,手续费,T2\n,,,,,,\n";
    let got = super::read(text.as_bytes(), house()).unwrap();
    assert_eq!(got.lines.len(), 2);
    assert_eq!(
        (
            got.lines[0].amount,
            got.lines[0].payer.as_str(),
            got.lines[0].reference.as_str()
        ),
        (113_000, "青禾", "T1")
    );
    assert_eq!((got.lines[1].amount, got.lines[1].day.as_str()), (-1_250, "2026-06-13"));
    let german = "Buchungstag;Betrag;Verwendungszweck;Currency\n2026-06-01;1.234,56;Rechnung;EUR\n";
    let got = super::read(german.as_bytes(), house()).unwrap();
    assert_eq!((got.lines[0].amount, got.lines[0].currency.as_str()), (123_456, "EUR"));
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    assert_eq!(super::read(&gb, house()).unwrap().lines[0].payer, "青禾");
    let code = |text: &str| super::read(text.as_bytes(), house()).map_err(|e| e.code).err();
    assert_eq!(code("a,b\n1,2\n"), Some("error-bank-columns"));
    assert_eq!(code("date,amount\n2026-06-01,ten\n"), Some("error-bank-amount"));
    assert_eq!(code("date,amount\nyesterday?,1\n"), Some("error-bank-day"));
}

proptest! {
    /// Whatever the bytes: lines within bounds, or a refusal; never a panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(got) = super::read(&bytes, house()) {
            prop_assert!(!got.lines.is_empty() && got.lines.iter().all(|l| l.amount != 0 && l.day.len() == 10));
        }
    }

    /// A statement that was damaged somewhere.
    #[test]
    fn damaged_statements_are_read_or_refused(at in 0_usize..1_900, with in proptest::collection::vec(any::<u8>(), 0..6), cut in 0_usize..40) {
        let mut bytes = CAMT.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        let _ = super::read(&bytes, house());
    }

    #[test]
    fn any_cells_are_read_or_refused(cells in proptest::collection::vec("[-0-9.,/ a€]{0,12}", 1..40)) {
        let text = format!("date,amount,credit\n{}", cells.chunks(3).map(|c| c.join(";,").replace(';', "")).collect::<Vec<_>>().join("\n"));
        let _ = super::read(text.as_bytes(), house());
    }
}
