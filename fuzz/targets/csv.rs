//! Text files of rows: any encoding, any delimiter, packed or not. Nothing panics, nothing runs for ever, and the line
//! numbers go up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhike_exchange::source::{Options, Row, Source};

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else { return };
    let ending = [".csv", ".csv.gz", ".csv.zst", ".txt"][usize::from(how & 3)];
    let options = Options {
        encoding: [
            None,
            Some("utf-8"),
            Some("gb18030"),
            Some("windows-1252"),
            Some("utf-16le"),
            Some("big5"),
            Some("nonsense"),
        ][usize::from(how >> 2 & 7).min(6)]
        .map(str::to_owned),
        delimiter: [None, Some(';'), Some('\t'), Some('，')][usize::from(how >> 5 & 3)],
        sheet: None,
    };
    let path = zhike_fuzz::file(ending, bytes);
    let Ok(mut source) = Source::open(&path, &options) else {
        return;
    };
    let mut names = source.headers.clone();
    names.sort();
    names.dedup();
    assert_eq!(
        names.len(),
        source.headers.len(),
        "two columns are called the same: {:?}",
        source.headers
    );
    let (mut row, mut last, mut left) = (Row::default(), 0, 10_000);
    while left > 0 && matches!(source.next(&mut row), Ok(true)) {
        assert!(row.number >= last, "line {} after line {last}", row.number);
        last = row.number;
        left -= 1;
        if row.fault.is_none() {
            assert!(row.cells.len() >= source.headers.len());
        }
    }
});
