//! The list of imports, the upload page, and the empty files to fill in.

use super::{type_name, types};
use crate::{
    guess::fillable,
    record::{self, Import},
};
use axum::{http::header, response::IntoResponse};
use maud::{Markup, html};
use zhike_kernel::{Result, Stamp};
use zhike_web::{
    Answer, Query, Screen, Visit,
    ui::{self, Choice, Field, Hue, Step},
};

const PAGE: i64 = 50;

/// The steps of an import, from file to result.
pub fn steps(visit: &Visit, now: usize) -> Markup {
    let step = |key: &str| Step {
        label: visit.loc.t(key),
        note: None,
        href: None,
    };
    ui::steps(
        &[
            step("exchange-step-file"),
            step("exchange-step-match"),
            step("exchange-step-run"),
        ],
        now,
    )
}

/// The state in one word.
pub fn state(visit: &Visit, import: &Import) -> Markup {
    let hue = match import.state.as_str() {
        "done" if import.failed > 0 => Hue::Amber,
        "done" => Hue::Green,
        "running" | "undoing" => Hue::Blue,
        "failed" => Hue::Red,
        _ => Hue::Grey,
    };
    let word = if import.dry_run && import.state == "done" {
        "tried"
    } else {
        import.state.as_str()
    };
    ui::badge(hue, &visit.loc.t(&format!("exchange-state-{word}")))
}

/// Where an import is looked at: its columns while it waits, its result else.
pub fn href(import: &Import) -> String {
    if import.state == "ready" {
        format!("/imports/{}/match", import.id)
    } else {
        format!("/imports/{}", import.id)
    }
}

pub async fn page(visit: Visit, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let imports = record::list(&visit.ctx, query.int("before"), PAGE).await?;
    let names = visit.app.identity.names(visit.latin).await?;
    let older = imports
        .last()
        .filter(|_| imports.len() == usize::try_from(PAGE).unwrap_or(0))
        .map(|i| format!("/imports?before={}", i.id));
    let may = !types(&visit).is_empty();
    let new = || ui::btn(loc.t("exchange-new")).icon("upload").href("/imports/new");
    let main = html! {
        @if imports.is_empty() {
            (ui::empty("file-import", &loc.t("exchange-none"), &loc.t("exchange-none-text"), html! { @if may { (new().primary()) } }))
        } @else {
            (ui::card("").flush(html! {
                table.tbl {
                    thead { tr {
                        th { (loc.t("exchange-file")) } th { (loc.t("exchange-into")) } th { (loc.t("exchange-state")) }
                        th.r { (loc.t("exchange-created")) } th.r { (loc.t("exchange-updated")) } th.r { (loc.t("exchange-failed")) }
                        th { (loc.t("exchange-by")) } th { (loc.t("exchange-when")) }
                    } }
                    tbody { @for i in &imports { tr {
                        td { a href=(href(i)) { (i.name) } }
                        td { @if !i.record_type.is_empty() { (type_name(loc, &i.record_type)) } }
                        td { (state(&visit, i)) }
                        td.r.num { (loc.int(i.created)) } td.r.num { (loc.int(i.updated)) } td.r.num { (loc.int(i.failed)) }
                        td { (i.user_id.and_then(|u| names.get(&u)).map_or("Zhike", String::as_str)) }
                        td.num title=(loc.stamp(Stamp(i.created_at))) { (loc.relative(Stamp(i.created_at), visit.now())) }
                    } } }
                }
            }))
            @if let Some(href) = older { p.pad { (ui::btn(loc.t("exchange-older")).href(href)) } }
        }
    };
    Screen::new(&visit, loc.t("exchange-title"), "import")
        .actions(html! { (ui::btn(loc.t("drop-open")).icon("archive").href("/imports/folders").wide_only()) @if may { (new().primary().key("C")) } })
        .show(ui::page_body(main))
}

pub async fn upload_page(visit: Visit, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let types = types(&visit);
    let choices: Vec<Choice> = types
        .iter()
        .map(|t| Choice::new(t.name, type_name(loc, t.name)))
        .collect();
    let file = Field::new("file", loc.t("exchange-choose"))
        .required(true)
        .hint(loc.t("exchange-choose-hint"));
    let kind = Field::new("type", loc.t("exchange-into"))
        .hint(loc.t("exchange-into-hint"))
        .select(
            &choices,
            query.get("type").unwrap_or(""),
            Some(&loc.t("exchange-find-out")),
        );
    let main = html! {
        (steps(&visit, 0))
        @if types.is_empty() {
            (ui::callout(ui::Tone::Warn, loc.t("exchange-no-right")))
        } @else {
            (ui::two_columns(
                html! { (ui::card(loc.t("exchange-step-file")).body(ui::upload(loc, "/imports", &visit.csrf, &file, ".csv,.tsv,.txt,.gz,.zst,.xlsx", kind))) },
                html! { (ui::card(loc.t("exchange-templates")).body(html! {
                    p.sm.mut { (loc.t("exchange-templates-text")) }
                    ul.stack {
                        @for t in types.iter().filter(|t| t.pages) {
                            li { a.link href={ "/imports/template?type=" (t.name) } { (type_name(loc, t.name)) } }
                        }
                    }
                })) },
            ))
        }
    };
    Screen::new(&visit, loc.t("exchange-new"), "import")
        .crumb(loc.t("exchange-title"), "/imports")
        .show(ui::page_body(main))
}

/// A file to download.
pub fn download(name: &str, body: String) -> Answer {
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        // The mark tells spreadsheets that it is UTF-8.
        format!("\u{feff}{body}"),
    )
        .into_response())
}

/// Cells as a line of CSV. What a spreadsheet would take for a formula is defused.
pub fn csv_line(cells: &[String]) -> Result<String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![]);
    let safe = cells.iter().map(|c| {
        let number = c.trim_start_matches('-').starts_with(|d: char| d.is_ascii_digit());
        if c.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number {
            format!("'{c}")
        } else {
            c.clone()
        }
    });
    writer.write_record(safe).map_err(zhike_kernel::Error::broken)?;
    let bytes = writer
        .into_inner()
        .map_err(|e| zhike_kernel::Error::broken(e.into_error()))?;
    String::from_utf8(bytes).map_err(zhike_kernel::Error::broken)
}

pub async fn template(visit: Visit, Query(query): Query) -> Answer {
    let ty = super::allowed(&visit, query.get("type").unwrap_or(""))?;
    let titles: Vec<String> = ty
        .fields
        .iter()
        .filter(|f| fillable(f))
        .map(|f| visit.loc.t(&ty.label(f.name)))
        .collect();
    download(&format!("{}.csv", ty.name), csv_line(&titles)?)
}
