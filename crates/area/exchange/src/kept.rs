//! The rows of a file that were refused, as they are kept for the reader.

use zhike_kernel::{Arg, Result};
use zhike_store::{Query, binds};

/// An error as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its place in the list.
    pub id: i64,
    /// Line of the file.
    pub row: i64,
    /// Field.
    pub field: String,
    /// The column's title.
    pub column: String,
    /// Translation key.
    pub code: String,
    /// What stands in the cell.
    pub value: String,
    /// Arguments.
    pub args: Vec<(String, Arg)>,
    /// Step of the mapping, from 0.
    pub step: usize,
}

/// Errors of an import, in order, after `after`.
pub async fn errors(q: &dyn Query, import: i64, after: i64, limit: i64) -> Result<Vec<Kept>> {
    q.all(
        "SELECT id, row_number, field, column_title, code, value, args, step FROM exchange_error WHERE import_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        binds![import, after, limit],
    )
    .await?
    .iter()
    .map(|r| {
        Ok(Kept {
            id: r.int(0)?,
            row: r.int(1)?,
            field: r.text(2)?,
            column: r.text(3)?,
            code: r.text(4)?,
            value: r.text(5)?,
            args: read_args(&r.text(6)?),
            step: usize::try_from(r.int(7)?).unwrap_or(0),
        })
    })
    .collect()
}

pub(crate) fn write_args(args: &[(&'static str, Arg)]) -> String {
    let map: serde_json::Map<String, serde_json::Value> = args
        .iter()
        .map(|(k, v)| {
            let v = match v {
                Arg::Text(t) => t.as_str().into(),
                Arg::Int(i) => (*i).into(),
            };
            ((*k).to_owned(), v)
        })
        .collect();
    serde_json::Value::Object(map).to_string()
}

/// Arguments as they were kept.
pub fn read_args(text: &str) -> Vec<(String, Arg)> {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_str(text) else {
        return vec![];
    };
    map.into_iter()
        .filter_map(|(k, v)| match v {
            serde_json::Value::String(s) => Some((k, Arg::Text(s))),
            serde_json::Value::Number(n) => n.as_i64().map(|i| (k, Arg::Int(i))),
            _ => None,
        })
        .collect()
}
