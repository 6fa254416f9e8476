//! What went wrong, in words: the sentence that a page would show, in the language of the terminal.

use std::sync::Arc;
use zhike_kernel::Error;
use zhike_server::{Config, house};
use zhike_web::{Catalog, Lang, Locale};

/// The language of the terminal: Chinese when `LC_ALL`, `LC_MESSAGES` or `LANG` says so, English else.
#[allow(clippy::disallowed_methods, reason = "the terminal's own variables")]
pub(crate) fn lang() -> Lang {
    let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match said {
        Some(value) if value.to_lowercase().starts_with("zh") => Lang::ZhCn,
        _ => Lang::En,
    }
}

/// The whole of an error, each refusal of the house in its own words.
pub(crate) fn say(error: &anyhow::Error) -> String {
    let mut locale: Option<Locale> = None;
    let mut parts: Vec<String> = vec![];
    for cause in error.chain() {
        let text = match cause.downcast_ref::<Error>() {
            None => cause.to_string(),
            Some(refusal) => {
                if locale.is_none() {
                    locale = speaker();
                }
                locale
                    .as_ref()
                    .map_or_else(|| refusal.to_string(), |loc| worded(loc, refusal))
            }
        };
        // A wrapper may end with what its cause says.
        if !parts.last().is_some_and(|p| p.ends_with(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn worded(loc: &Locale, refusal: &Error) -> String {
    let named = |e: &zhike_kernel::error::FieldError| format!("{}: {}", e.field, loc.field_error(e));
    let fields: Vec<String> = refusal.fields.iter().map(named).collect();
    let mut text = loc.error(refusal);
    // Which file, record or column is meant, where the sentence does not say it.
    for (name, value) in &refusal.args {
        let value = match value {
            zhike_kernel::Arg::Text(t) => t.clone(),
            zhike_kernel::Arg::Int(i) => i.to_string(),
        };
        if !value.is_empty() && !text.contains(&value) {
            text.push_str(&format!(" ({name}: {value})"));
        }
    }
    if let Some(cause) = &refusal.source {
        text.push_str(&format!(" ({cause})"));
    }
    if fields.is_empty() {
        text
    } else {
        format!("{text} {}", fields.join("; "))
    }
}

/// The catalogues of all areas, without a house.
fn speaker() -> Option<Locale> {
    let catalog = Catalog::new(&house::texts(&house_areas())).ok()?;
    Some(Locale {
        lang: lang(),
        zone: jiff::tz::TimeZone::UTC,
        catalog: Arc::new(catalog),
    })
}

fn house_areas() -> Vec<zhike_web::Area> {
    zhike_server::areas::all(&Config::default())
}
