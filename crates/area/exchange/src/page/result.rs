//! An import under way or at its end: progress, counts, what was refused and how to mend it.

use super::{
    list::{csv_line, download, state, steps},
    mend, reason, sentence, type_name,
};
use crate::{
    job,
    record::{self, Import},
    undo,
};
use axum::extract::Path;
use maud::{Markup, Render as _, html};
use zhike_kernel::{Error, Result};
use zhike_store::{RecordType, binds};
use zhike_web::{
    Answer, Locale, Query, Screen, Visit, answer,
    ui::{self, Kpi, Tone},
};

const PAGE: i64 = 50;

fn moving(import: &Import) -> bool {
    matches!(import.state.as_str(), "ready" | "running" | "undoing")
}

/// The words of a field, of whichever type has it.
fn field_label(loc: &Locale, types: &[&RecordType], field: &str) -> String {
    types
        .iter()
        .find(|t| t.field(field).is_some())
        .map_or_else(|| field.to_owned(), |t| loc.t(&t.label(field)))
}

/// The files of the mapping's steps, when there are several: an error then says which one it stands in.
fn files_of(import: &Import) -> Vec<String> {
    let steps = crate::mapping::Mapping::parse(&import.mapping)
        .map(|m| m.steps)
        .unwrap_or_default();
    match steps.len() {
        0 | 1 => vec![],
        _ => steps.into_iter().map(|s| s.file.unwrap_or(s.into)).collect(),
    }
}

/// Types a mapping writes into.
fn types_of<'a>(visit: &'a Visit, import: &Import) -> Vec<&'a RecordType> {
    let steps = crate::mapping::Mapping::parse(&import.mapping)
        .map(|m| m.steps)
        .unwrap_or_default();
    let mut names: Vec<String> = steps.into_iter().map(|s| s.into).collect();
    names.push(import.record_type.clone());
    let of = |n: &String| visit.registry().get(n).ok().map(AsRef::as_ref);
    let mut out: Vec<&RecordType> = names.iter().filter_map(of).collect();
    let parents: Vec<&RecordType> = out
        .iter()
        .filter_map(|t| t.parent)
        .filter_map(|(p, _)| visit.registry().get(p).ok().map(AsRef::as_ref))
        .collect();
    out.extend(parents);
    out
}

async fn bar(visit: &Visit, import: &Import) -> Result<Markup> {
    let loc = &visit.loc;
    let (done, total) = if import.state == "undoing" {
        (import.undone + import.kept, undo::total(&visit.ctx, import).await?)
    } else {
        (import.done, import.rows_total)
    };
    let share = if total > 0 {
        // Drawn in thousandths; more would not be seen.
        let milli = i32::try_from(done.saturating_mul(1000) / total).unwrap_or(1000);
        f64::from(milli.clamp(0, 1000)) / 1000.0
    } else {
        0.0
    };
    let key = match import.state.as_str() {
        "undoing" => "exchange-undoing",
        _ if total == 0 => "exchange-waiting",
        _ => "exchange-running",
    };
    let words = loc.tv(
        key,
        &[
            ("done", done.into()),
            ("total", total.into()),
            ("failed", import.failed.into()),
        ],
    );
    Ok(html! {
        div #import-progress hx-get={ "/imports/" (import.id) "/progress" } hx-trigger="every 1s" hx-swap="outerHTML" {
            (ui::card("").body(ui::progress(loc, share, &words)))
        }
    })
}

pub async fn progress(visit: Visit, Path(id): Path<i64>) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    if visit.fragment && moving(&import) {
        return answer::html(bar(&visit, &import).await?);
    }
    answer::go(&visit, &format!("/imports/{id}"))
}

pub async fn page(visit: Visit, Path(id): Path<i64>, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let import = record::need(&visit.ctx, id).await?;
    let after = query.int("after").unwrap_or(0);
    let errors = record::errors(visit.db(), id, after, PAGE + 1).await?;
    let kept = match import.state == "undone" && import.kept > 0 {
        true => undo::kept(&visit.ctx, id, 50).await?,
        false => vec![],
    };
    let may = visit.may(&format!("{}.import", import.record_type));
    let one_step = crate::mapping::Mapping::parse(&import.mapping).is_ok_and(|m| m.steps.len() == 1)
        && !import.dir.starts_with('/');
    let kpi = |key: &str, n: i64| Kpi::new(loc.t(key), html! { (loc.int(n)) });
    let failed = import.state == "failed";
    let main = html! {
        (steps(&visit, if moving(&import) { 2 } else { 3 }))
        @if moving(&import) { (bar(&visit, &import).await?) }
        @if failed {
            (ui::callout(Tone::Bad, html! { (reason(loc, &import).unwrap_or_default()) " " (loc.t("exchange-stopped")) }))
        }
        @if import.dry_run && import.state == "done" {
            (ui::callout(Tone::Info, loc.t("exchange-tried")))
        }
        @if import.state == "undone" {
            (ui::callout(Tone::Info, loc.tv("exchange-undone", &[("done", import.undone.into()), ("kept", import.kept.into())])))
        }
        @if !moving(&import) {
            (ui::kpis(&[
                kpi("exchange-rows", import.done), kpi("exchange-created", import.created), kpi("exchange-updated", import.updated),
                kpi("exchange-skipped", import.skipped), kpi("exchange-failed", import.failed),
            ]))
        }
        @if !import.ignored.is_empty() && !moving(&import) {
            (ui::callout(Tone::Warn, loc.tv("exchange-ignored", &[("columns", super::quoted(loc, &import.ignored).into())])))
        }
        @if !kept.is_empty() {
            (ui::card(loc.t("exchange-kept")).body(html! {
                p.sm.mut { (loc.t("exchange-kept-text")) }
                ul.stack { @for (ty, record, name) in &kept {
                    li {
                        @match visit.registry().get(ty) {
                            Ok(t) if t.pages => a href=(t.url(*record)) { (name) },
                            _ => (name),
                        }
                    }
                } }
            }))
        }
        @if !errors.is_empty() { (table(&visit, &import, &errors, after)) }
        @else if import.state == "done" && import.failed == 0 { (ui::callout(Tone::Good, loc.t("exchange-no-errors"))) }
        @if may && matches!(import.state.as_str(), "done" | "failed") && import.batch_id.is_some() && !import.dry_run {
            (ui::confirm(loc, "undo", &loc.t("exchange-undo-ask"), &loc.t("exchange-undo-text"), &format!("/imports/{id}/undo"), &visit.csrf, ui::btn(loc.t("exchange-undo")).danger_solid()))
        }
    };
    let post = |action: &str, words: &str, primary: bool| {
        html! { form method="post" action=(action) {
            (ui::hidden("csrf", &visit.csrf))
            @let b = ui::btn(loc.t(words)).submit();
            @if primary { (b.primary()) } @else { (b) }
        } }
    };
    let actions = html! {
        @if may {
            @if failed { (post(&format!("/imports/{id}/resume"), "exchange-resume", true)) }
            @if import.dry_run && import.state == "done" { (post(&format!("/imports/{id}/resume?real=1"), "exchange-start", true)) }
            @if one_step && (import.dry_run && import.state == "done" || failed && import.done == 0) {
                (ui::btn(loc.t("exchange-change")).href(format!("/imports/{id}/match")))
            }
            @if !import.dry_run && import.batch_id.is_some() && matches!(import.state.as_str(), "done" | "failed") {
                (ui::btn(loc.t("exchange-undo")).icon("arrow-back-up").danger().opens("undo"))
            }
        }
    };
    Screen::new(&visit, import.name.clone(), "import")
        .crumb(loc.t("exchange-title"), "/imports")
        .actions(actions)
        .show(ui::page_body(html! { div.stack.l { p { (state(&visit, &import)) @if !import.record_type.is_empty() { " " (type_name(loc, &import.record_type)) } } (main) } }))
}

fn table(visit: &Visit, import: &Import, errors: &[record::Kept], after: i64) -> Markup {
    let loc = &visit.loc;
    let types = types_of(visit, import);
    let files = files_of(import);
    let page = usize::try_from(PAGE).unwrap_or(0);
    let next = errors
        .get(page.wrapping_sub(1))
        .filter(|_| errors.len() > page)
        .map(|e| e.id);
    let get = ui::btn(loc.t("exchange-errors-csv"))
        .small()
        .icon("download")
        .href(format!("/imports/{}/errors.csv", import.id));
    ui::card(loc.t("exchange-errors"))
        .actions(html! { (get) })
        .flush(html! {
            table.tbl.dense {
                thead { tr { @if !files.is_empty() { th { (loc.t("exchange-file")) } } th.r { (loc.t("exchange-row")) } th { (loc.t("exchange-column")) } th { (loc.t("exchange-value")) } th { (loc.t("exchange-problem")) } th { (loc.t("exchange-mending")) } } }
                tbody { @for e in errors.iter().take(page) { tr {
                    @if !files.is_empty() { td { (files.get(e.step).map_or("", String::as_str)) } }
                    td.r.num { (loc.int(e.row)) }
                    td { @if e.column.is_empty() { (field_label(loc, &types, &e.field)) } @else { (e.column) } }
                    td { (e.value) }
                    td { (sentence(loc, &e.code, &e.args)) }
                    td.mut { (mend(loc, &e.code)) }
                } } }
            }
        })
        .foot(html! {
            div.row {
                @if import.failed > import.stored { span.sm.mut { (loc.tv("exchange-errors-more", &[("kept", import.stored.into())])) } }
                span.sp {}
                @if after > 0 { (ui::btn(loc.t("exchange-first")).small().href(format!("/imports/{}", import.id))) }
                @if let Some(next) = next { (ui::btn(loc.t("web-next")).small().href(format!("/imports/{}?after={next}", import.id))) }
            }
        })
        .render()
}

pub async fn errors_csv(visit: Visit, Path(id): Path<i64>) -> Answer {
    let loc = &visit.loc;
    let import = record::need(&visit.ctx, id).await?;
    let types = types_of(&visit, &import);
    let files = files_of(&import);
    let heads = [
        "exchange-file",
        "exchange-row",
        "exchange-column",
        "exchange-field",
        "exchange-value",
        "exchange-problem",
        "exchange-mending",
    ];
    let mut body = csv_line(&heads.map(|k| loc.t(k)))?;
    let mut after = 0;
    loop {
        let errors = record::errors(visit.db(), id, after, 1000).await?;
        let Some(last) = errors.last() else { break };
        after = last.id;
        for e in &errors {
            body.push_str(&csv_line(&[
                files.get(e.step).unwrap_or(&import.file_name).clone(),
                e.row.to_string(),
                e.column.clone(),
                field_label(loc, &types, &e.field),
                e.value.clone(),
                sentence(loc, &e.code, &e.args),
                mend(loc, &e.code),
            ])?);
        }
    }
    download(&format!("import-{id}-errors.csv"), body)
}

/// Lets it go on, or turns a dry run into the real thing.
pub async fn resume(visit: Visit, Path(id): Path<i64>, Query(query): Query) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    go_on(&visit, &import, query.get("real").is_some()).await?;
    answer::go(&visit, &format!("/imports/{id}"))
}

/// As [`resume`], for page and API.
pub async fn go_on(visit: &Visit, import: &Import, real: bool) -> Result<()> {
    super::allowed(visit, &import.record_type)?;
    let tx = visit.begin().await?;
    let real = real && import.dry_run && import.state == "done";
    if real {
        reset(visit, &tx, import, false).await?;
    } else if import.state == "failed" {
        let n = tx
            .exec(
                "UPDATE exchange_import SET state = 'ready', version = version + 1 WHERE id = $1 AND version = $2",
                binds![import.id, import.version],
            )
            .await?;
        if n != 1 {
            return Err(Error::stale());
        }
    } else {
        return Err(Error::refused("error-import-state"));
    }
    job::push_import(&tx, import.id).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(())
}

/// Puts an import that has written nothing back to its beginning.
pub async fn reset(visit: &Visit, tx: &zhike_store::Tx, import: &Import, dry_run: bool) -> Result<()> {
    let untouched = import.batch_id.is_none() || import.done == 0;
    if !untouched || matches!(import.state.as_str(), "running" | "undoing" | "undone") {
        return Err(Error::refused("error-import-state"));
    }
    tx.exec("DELETE FROM exchange_error WHERE import_id = $1", binds![import.id])
        .await?;
    let n = tx
        .exec(
            "UPDATE exchange_import SET state = 'ready', stage = 0, position = 0, done = 0, rows_total = 0, created = 0, updated = 0, skipped = 0, \
             failed = 0, stored = 0, dry_run = $1, actor = $2, reason = NULL, started_at = NULL, finished_at = NULL, version = version + 1 \
             WHERE id = $3 AND version = $4",
            binds![dry_run, record::write_actor(&visit.actor), import.id, import.version],
        )
        .await?;
    if n == 1 { Ok(()) } else { Err(Error::stale()) }
}

pub async fn undo(visit: Visit, Path(id): Path<i64>) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    take_back(&visit, &import).await?;
    answer::go(&visit, &format!("/imports/{id}"))
}

/// As [`undo`], for page and API.
pub async fn take_back(visit: &Visit, import: &Import) -> Result<()> {
    let tx = visit.begin().await?;
    undo::start(&visit.ctx, &tx, import).await?;
    job::push_undo(&visit.ctx, &tx, import.id).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(())
}
