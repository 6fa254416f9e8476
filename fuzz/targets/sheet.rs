//! Workbooks: as packed files (first byte even) and as the XML of a sheet in a sound workbook (odd).
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhike_exchange::source::{Options, Row, Source};

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else { return };
    let path = if how % 2 == 0 {
        zhike_fuzz::file(".xlsx", bytes)
    } else {
        zhike_fuzz::file(".xlsx", &zhike_fuzz::workbook(bytes))
    };
    let Ok(mut source) = Source::open(&path, &Options::default()) else {
        return;
    };
    let (mut row, mut last) = (Row::default(), 0);
    while matches!(source.next(&mut row), Ok(true)) {
        assert!(row.number > last, "row {} after row {last}", row.number);
        last = row.number;
    }
});
