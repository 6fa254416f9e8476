//! Opens what a step reads from.

use crate::{
    mapping::Step,
    source::{Options, Source},
};
use std::path::Path;
use zhike_kernel::Result;

/// Opens the file (or the rows) of a step.
pub fn open(step: &Step, dir: &Path) -> Result<Source> {
    match &step.file {
        Some(file) => Source::open(
            &dir.join(file),
            &Options {
                encoding: step.encoding.clone(),
                delimiter: step.delimiter.as_ref().and_then(|d| d.chars().next()),
                sheet: step.sheet.clone(),
            },
        )
        .map_err(|e| {
            if e.code == "error-import-file" {
                e.with("file", file.as_str())
            } else {
                e
            }
        }),
        None => {
            let mut headers: Vec<String> = step.rows.iter().flat_map(|r| r.keys().cloned()).collect();
            headers.sort();
            headers.dedup();
            let rows = step
                .rows
                .iter()
                .map(|r| {
                    headers
                        .iter()
                        .map(|h| r.get(h).map(ToString::to_string).unwrap_or_default())
                        .collect()
                })
                .collect();
            Ok(Source::fixed(headers, rows))
        }
    }
}
