//! Files as they come: encodings, delimiters, broken rows, and any bytes at all.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::io::Write;

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(name: &str, bytes: &[u8]) -> (Source, Vec<Row>) {
    let (_dir, path) = file(name, bytes);
    let mut source = Source::open(&path, &Options::default()).unwrap();
    let mut rows = vec![];
    let mut row = Row::default();
    while source.next(&mut row).unwrap() {
        rows.push(row.clone());
    }
    (source, rows)
}

#[test]
fn reads_gbk_utf16_and_marked_utf8_and_says_so() {
    let text = "名称,城市\n青禾乳业,苏州\n";
    let (gbk, _, _) = encoding_rs::GBK.encode(text);
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for (bytes, encoding) in [
        (gbk.to_vec(), "gb18030"),
        (utf16, "utf-16le"),
        (marked, "utf-8"),
        (text.as_bytes().to_vec(), "utf-8"),
    ] {
        let (source, rows) = read("a.csv", &bytes);
        assert_eq!(source.shape.encoding, encoding);
        assert_eq!(source.headers, ["名称", "城市"]);
        assert_eq!(rows[0].get(0), "青禾乳业");
        assert_eq!(rows[0].number, 2);
    }
}

#[test]
fn gbk_after_a_long_latin_beginning_is_still_found() {
    let mut text = String::from("name,city\n");
    for i in 0..20_000 {
        text.push_str(&format!("firm {i},town\n"));
    }
    text.push_str("青禾,苏州\n");
    let (bytes, _, _) = encoding_rs::GBK.encode(&text);
    let (source, rows) = read("a.csv", &bytes);
    assert_eq!(source.shape.encoding, "gb18030");
    assert_eq!(rows.last().unwrap().get(0), "青禾");
}

#[test]
fn bytes_that_fit_no_encoding_are_a_rows_fault_not_a_silent_question_mark() {
    let (_, rows) = read("a.csv", b"name,city\nok,x\nbad\xFF\xFF,y\n");
    assert_eq!(rows[0].fault, None);
    assert_eq!(rows[1].fault.as_ref().unwrap().code, "error-import-encoding");
    assert_eq!(rows[1].number, 3);
}

#[test]
fn finds_the_delimiter_and_the_titles_below_a_heading() {
    for c in [',', ';', '\t', '|'] {
        let text = format!("Sales 2026\n\na{c}b{c}c\n1{c}2{c}3\n4{c}5{c}6\n");
        let (source, rows) = read("a.csv", text.as_bytes());
        assert_eq!(source.shape.delimiter, Some(c));
        assert_eq!(source.headers, ["a", "b", "c"]);
        assert_eq!(source.shape.header_line, 3);
        assert_eq!((rows[0].number, rows[0].get(2)), (4, "3"));
    }
}

#[test]
fn numbers_lines_as_an_editor_does() {
    for end in ["\n", "\r\n"] {
        let text = "a,b\n1,2\n\n3,\"x\ny\"\n5,6".replace('\n', end);
        let (_, rows) = read("a.csv", text.as_bytes());
        let lines: Vec<u64> = rows.iter().map(|r| r.number).collect();
        assert_eq!(lines, [2, 4, 6], "{end:?}");
    }
}

#[test]
fn ragged_huge_and_broken_rows_say_what_is_wrong() {
    let huge = "x".repeat(LONGEST + 1);
    let text = format!("a,b\n1\n1,2,3\n1,2,\n{huge},1\nnu\0l,2\n");
    let (_, rows) = read("a.csv", text.as_bytes());
    let codes: Vec<&str> = rows.iter().map(|r| r.fault.as_ref().map_or("", |f| f.code)).collect();
    assert_eq!(
        codes,
        [
            "error-import-ragged",
            "error-import-ragged",
            "",
            "error-import-huge",
            "error-import-nul"
        ]
    );
}

#[test]
fn titles_that_repeat_are_told_apart() {
    let (source, _) = read("a.csv", b"name,name,,name\n1,2,3,4\n");
    assert_eq!(source.headers, ["name", "name (2)", "#3", "name (3)"]);
    assert_eq!(source.notices.len(), 2);
}

#[test]
fn a_quotation_that_never_ends_stops_early() {
    let mut bytes = b"a,b\n1,2\n\"open,3\n".to_vec();
    bytes.extend(std::iter::repeat_n(b"4,5\n".as_slice(), 5_000_000).flatten());
    let (_, rows) = read("a.csv", &bytes);
    assert_eq!(rows[1].fault.as_ref().unwrap().code, "error-import-quote");
    assert_eq!(rows.len(), 2);
}

#[test]
fn reads_packed_files() {
    let text = b"a,b\n1,2\n";
    let mut gz = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    gz.write_all(text).unwrap();
    let (source, rows) = read("a.csv.gz", &gz.finish().unwrap());
    assert_eq!((source.shape.packed, rows[0].get(1)), ("gz", "2"));
    let zst = zstd::encode_all(text.as_slice(), 1).unwrap();
    let (source, rows) = read("a.csv.zst", &zst);
    assert_eq!((source.shape.packed, rows[0].get(1)), ("zst", "2"));
}

#[test]
fn reads_a_workbook_with_days_and_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_string(0, 0, "名称").unwrap();
    sheet.write_string(0, 1, "day").unwrap();
    sheet.write_string(0, 2, "amount").unwrap();
    sheet.write_string(1, 0, "青禾").unwrap();
    sheet
        .write_datetime_with_format(
            1,
            1,
            rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 24).unwrap(),
            &day,
        )
        .unwrap();
    sheet.write_number(1, 2, 12.35).unwrap();
    book.save(&path).unwrap();
    let mut source = Source::open(&path, &Options::default()).unwrap();
    assert_eq!(source.headers, ["名称", "day", "amount"]);
    let mut row = Row::default();
    assert!(source.next(&mut row).unwrap());
    assert_eq!(
        (row.number, row.get(0), row.get(1), row.get(2)),
        (2, "青禾", "2026-11-24", "12.35")
    );
    assert!(!source.next(&mut row).unwrap());
}

#[test]
fn what_is_no_table_is_refused_with_its_reason() {
    for (name, bytes, code) in [
        ("a.csv", b"".as_slice(), "error-import-empty"),
        ("a.csv", b"PK\x03\x04rest", "error-import-not-text"),
        ("a.xls", b"x", "error-import-old-excel"),
        ("a.xlsx", b"no workbook", "error-import-file"),
        ("a.csv.gz", b"no gzip", "error-import-file"),
    ] {
        let (_dir, path) = file(name, bytes);
        assert_eq!(
            Source::open(&path, &Options::default()).err().unwrap().code,
            code,
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_rows_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..600), kind in 0..5_usize) {
        let name = ["a.csv", "a.csv.gz", "a.csv.zst", "a.xlsx", "a.txt"][kind];
        let (_dir, path) = file(name, &bytes);
        if let Ok(mut source) = Source::open(&path, &Options::default()) {
            let mut row = Row::default();
            let mut n = 0;
            while n < 2000 && source.next(&mut row).unwrap_or(false) {
                n += 1;
            }
            prop_assert!(n <= 600);
        }
    }

    #[test]
    fn what_csv_writes_is_read_back(cells in proptest::collection::vec(("[a-z\u{4e00}-\u{4eff},;\"\n]{1,12}", "[0-9]{1,5}"), 1..20)) {
        let mut w = csv::Writer::from_writer(vec![]);
        w.write_record(["one", "two"]).unwrap();
        for (a, b) in &cells {
            w.write_record([a, b]).unwrap();
        }
        let (_dir, path) = file("a.csv", &w.into_inner().unwrap());
        let mut source = Source::open(&path, &Options { delimiter: Some(','), ..Options::default() }).unwrap();
        let mut row = Row::default();
        for (a, b) in &cells {
            prop_assert!(source.next(&mut row).unwrap());
            prop_assert_eq!(row.get(0), a.trim());
            prop_assert_eq!(row.get(1), b);
        }
    }
}
