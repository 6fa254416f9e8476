//! The pages: uploading a file, matching its columns, watching it go in, reading what was refused, taking it back.

mod always;
mod form;
mod list;
mod matching;
mod preview;
mod result;
pub mod upload;

use crate::{guess::Label, record::Import};
pub use result::{go_on as result_go_on, take_back as result_take_back};
use std::sync::Arc;
use zhike_kernel::{Arg, Result};
use zhike_store::RecordType;
use zhike_web::{Lang, Locale, Routes, Visit};

/// Routes of the pages.
pub fn routes() -> Routes {
    Routes::new()
        .get("/imports", "import.view", list::page)
        .get("/imports/new", "import.view", list::upload_page)
        .post("/imports", "import.view", upload::page)
        .get("/imports/template", "import.view", list::template)
        .get("/imports/{id}", "import.view", result::page)
        .get("/imports/{id}/progress", "import.view", result::progress)
        .get("/imports/{id}/errors.csv", "import.view", result::errors_csv)
        .post("/imports/{id}/resume", "import.view", result::resume)
        .post("/imports/{id}/undo", "import.view", result::undo)
        .get("/imports/{id}/match", "import.view", matching::page)
        .post("/imports/{id}/match", "import.view", matching::save)
}

/// Types that the visitor may import, those with pages first.
pub fn types(visit: &Visit) -> Vec<Arc<RecordType>> {
    let mut types: Vec<Arc<RecordType>> = visit
        .registry()
        .types()
        .filter(|t| visit.may(&t.permission("import")) && t.fields.iter().any(crate::guess::fillable))
        .filter(|t| {
            ["many", "one"]
                .iter()
                .any(|k| visit.loc.has(&format!("{}-{k}", t.name)))
        })
        .cloned()
        .collect();
    types.sort_by_key(|t| (!t.pages, t.code));
    types
}

/// A type the visitor may import.
pub fn allowed(visit: &Visit, name: &str) -> Result<Arc<RecordType>> {
    let ty = visit.registry().get(name)?.clone();
    visit.require(&ty.permission("import"))?;
    Ok(ty)
}

/// Calls `f` with the labels of both languages.
pub fn with_labels<T>(loc: &Locale, f: impl FnOnce(&[&Label<'_>]) -> T) -> T {
    let of = |lang| Locale {
        lang,
        zone: loc.zone.clone(),
        catalog: loc.catalog.clone(),
    };
    let (en, zh) = (of(Lang::En), of(Lang::ZhCn));
    let en = |key: &str| en.has(key).then(|| en.t(key));
    let zh = |key: &str| zh.has(key).then(|| zh.t(key));
    f(&[&en, &zh])
}

/// The words of one type.
pub fn type_name(loc: &Locale, name: &str) -> String {
    let many = format!("{name}-many");
    if loc.has(&many) {
        loc.t(&many)
    } else {
        loc.t(&format!("{name}-one"))
    }
}

/// Names in a sentence.
pub fn listed(loc: &Locale, names: &[String]) -> String {
    names.join(if loc.is_zh() { "、" } else { ", " })
}

/// Titles of columns in a sentence, each in quotation marks.
pub fn quoted(loc: &Locale, titles: &[String]) -> String {
    let marked: Vec<String> = titles.iter().map(|t| format!("“{t}”")).collect();
    listed(loc, &marked)
}

/// The sentence of a kept error.
pub fn sentence(loc: &Locale, code: &str, args: &[(String, Arg)]) -> String {
    let args: Vec<(&str, Arg)> = args.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    loc.tv(code, &args)
}

/// What mends it.
pub fn mend(loc: &Locale, code: &str) -> String {
    let key = format!("{code}-mend");
    loc.t(if loc.has(&key) { &key } else { "exchange-mend" })
}

/// Why an import stopped.
pub fn reason(loc: &Locale, import: &Import) -> Option<String> {
    let text = import.reason.as_deref()?;
    let parsed: serde_json::Value = serde_json::from_str(text).ok()?;
    let code = parsed.get(0)?.as_str()?;
    let args = crate::record::read_args(&parsed.get(1)?.to_string());
    Some(sentence(loc, code, &args))
}
