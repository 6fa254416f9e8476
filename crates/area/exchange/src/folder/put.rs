//! Moving files, and the list of what was refused beside them.

use super::Folder;
use crate::{
    page::upload::broken,
    record::{self, Import},
};
use std::path::{Path, PathBuf};
use zhike_kernel::{Arg, Error, Result};
use zhike_store::Ctx;

/// A name in a folder that is free; an earlier file of the same name keeps it.
fn free(folder: &Path, name: &str, import: i64) -> PathBuf {
    let plain = folder.join(name);
    if plain.exists() {
        folder.join(format!("{import}-{name}"))
    } else {
        plain
    }
}

/// Moves a file to `done` or `failed`.
pub(super) async fn away(of: &Folder, name: &str, to: &str, import: i64) -> Result<()> {
    let target = free(&of.folder.join(to), name, import);
    tokio::fs::rename(of.folder.join(name), target).await.map_err(broken)
}

/// A cell as spreadsheets read it: no formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{text}", if formula { "'" } else { "" })
}

/// Writes what was refused beside a file that goes to `failed`: line, column, field, code, value.
pub(super) async fn report(ctx: &Ctx, of: &Folder, name: &str, import: &Import) -> Result<()> {
    let mut out = csv::Writer::from_writer(vec![]);
    let head = ["line", "column", "field", "problem", "value", "details"];
    out.write_record(head).map_err(Error::broken)?;
    if let Some(reason) = &import.reason {
        let parsed: serde_json::Value = serde_json::from_str(reason).unwrap_or_default();
        let code = parsed.get(0).and_then(|c| c.as_str()).unwrap_or("");
        let more = parsed.get(1).map(ToString::to_string).unwrap_or_default();
        out.write_record(["", "", "", code, "", &cell(&more)])
            .map_err(Error::broken)?;
    }
    let mut after = 0;
    loop {
        let errors = record::errors(ctx.db(), import.id, after, 1_000).await?;
        let Some(last) = errors.last() else { break };
        after = last.id;
        for e in &errors {
            let more: Vec<String> = e
                .args
                .iter()
                .map(|(k, v)| match v {
                    Arg::Text(t) => format!("{k}={t}"),
                    Arg::Int(i) => format!("{k}={i}"),
                })
                .collect();
            let line = e.row.to_string();
            out.write_record([
                line.as_str(),
                &cell(&e.column),
                &e.field,
                &e.code,
                &cell(&e.value),
                &cell(&more.join(" ")),
            ])
            .map_err(Error::broken)?;
        }
    }
    let bytes = out.into_inner().map_err(|e| Error::broken(e.to_string()))?;
    let target = of
        .folder
        .join("failed")
        .join(format!("{}-{name}.errors.csv", import.id));
    tokio::fs::write(target, bytes).await.map_err(broken)
}
