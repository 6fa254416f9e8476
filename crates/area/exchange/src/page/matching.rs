//! The second step: which column goes into which field, with the first rows before one's eyes.

use super::{form::from_form, list::steps, preview::preview, result::reset, type_name, types, upload, upload::samples};
use crate::{
    guess::{DATES, fillable},
    job,
    mapping::{Column, Mapping, Mode, Step},
    plan::{Plan, RowError},
    record::{self, Import},
    run,
    source::{Options, Row, Source},
};
use axum::extract::Path;
use maud::{Markup, Render as _, html};
use std::collections::BTreeMap;
use zhike_kernel::{Currency, Error, Result};
use zhike_store::{Query as _, RecordType, binds};
use zhike_web::{
    Answer, Form, Query, Screen, Visit, answer,
    ui::{self, Choice, Field, Tone},
};

/// Rows shown.
const SHOWN: usize = 20;

fn step_of(import: &Import) -> Result<(Mapping, Step)> {
    let mapping = Mapping::parse(&import.mapping)?;
    match mapping.steps.as_slice() {
        [one] if one.file.is_some() && !import.dir.starts_with('/') => {
            let step = one.clone();
            Ok((mapping, step))
        }
        _ => Err(Error::refused("error-import-state")),
    }
}

/// What a file says to a mapping: its columns, first rows, remarks and complaints.
pub(super) struct Look {
    pub(super) source: Source,
    pub(super) rows: Vec<Row>,
    pub(super) errors: Vec<RowError>,
    complaints: Vec<String>,
}

fn look(visit: &Visit, import: &Import, step: &Step) -> Result<Look> {
    let loc = &visit.loc;
    let mut source = run::open(step, &visit.house.data.join(&import.dir))?;
    let rows = samples(&mut source, SHOWN)?;
    let mut complaints: Vec<String> = source.notices.iter().map(|n| loc.tv(n.code, &n.args)).collect();
    let mut errors = vec![];
    let house = &visit.house;
    match Plan::fit(&house.registry, step, &source.headers, house.currency, &house.zone) {
        Ok(plan) => {
            for row in &rows {
                match &row.fault {
                    Some(f) => errors.push(RowError {
                        row: row.number,
                        field: String::new(),
                        column: f
                            .column
                            .and_then(|c| source.headers.get(c))
                            .cloned()
                            .unwrap_or_default(),
                        code: f.code,
                        value: String::new(),
                        args: f.args.clone(),
                    }),
                    None => {
                        let _ = plan.draft(row, &mut errors);
                        if let Some(whole) = &plan.whole {
                            let _ = plan.draft_whole(whole, row, &mut errors);
                        }
                    }
                }
            }
            if step.mode != Mode::Update {
                let parent = plan.whole.as_ref().map(|w| w.column);
                let needed = plan
                    .ty
                    .fields
                    .iter()
                    .filter(|f| f.required && f.default.is_none() && fillable(f));
                for field in needed
                    .filter(|f| f.name != "number" && Some(f.name) != parent && !step.columns.contains_key(f.name))
                {
                    complaints.push(loc.tv(
                        "exchange-warn-needed",
                        &[("field", loc.t(&plan.ty.label(field.name)).into())],
                    ));
                }
            }
        }
        Err(e) => complaints.push(loc.error(&e)),
    }
    let unused = crate::ignored::of_step(step, &source.headers);
    if !unused.is_empty() {
        complaints.push(loc.tv("exchange-ignored", &[("columns", super::quoted(loc, &unused).into())]));
    }
    Ok(Look {
        source,
        rows,
        errors,
        complaints,
    })
}

/// Fields offered for a column: of the type, and of the document when the type is its lines.
pub(super) fn offered(visit: &Visit, ty: &RecordType) -> Vec<Choice> {
    let loc = &visit.loc;
    let star = |required: bool| if required { " *" } else { "" };
    let mut out: Vec<Choice> = ty
        .fields
        .iter()
        .filter(|f| fillable(f) && ty.parent.is_none_or(|p| p.1 != f.name))
        .map(|f| Choice::new(f.name, format!("{}{}", loc.t(&ty.label(f.name)), star(f.required))))
        .collect();
    out.push(Choice::new("created_at", loc.t("field-created_at")));
    if let Some(parent) = ty.parent.and_then(|(p, _)| visit.registry().get(p).ok()) {
        let one = loc.t(&format!("{}-one", parent.name));
        for f in parent.fields.iter().filter(|f| fillable(f)) {
            let label = format!("{one} · {}{}", loc.t(&parent.label(f.name)), star(f.required));
            out.push(Choice::new(format!("parent.{}", f.name), label));
        }
        if let Some((_, column)) = ty.parent {
            out.push(Choice::new(column, one));
        }
    }
    out
}

pub(super) fn chosen(step: &Step, header: &str) -> String {
    let of = |columns: &BTreeMap<String, Column>| {
        columns
            .iter()
            .find(|(_, c)| c.rule().column.as_deref() == Some(header))
            .map(|(f, _)| f.clone())
    };
    of(&step.columns)
        .or_else(|| {
            step.parent
                .as_ref()
                .and_then(|p| of(&p.columns))
                .map(|f| format!("parent.{f}"))
        })
        .unwrap_or_default()
}

pub async fn page(visit: Visit, Path(id): Path<i64>, Query(query): Query) -> Answer {
    let loc = &visit.loc;
    let import = record::need(&visit.ctx, id).await?;
    let (_, step) = step_of(&import)?;
    let ty = super::allowed(&visit, &step.into)?;
    if import.batch_id.is_some() && import.done > 0 || matches!(import.state.as_str(), "running" | "undoing" | "undone")
    {
        return answer::see_other(&format!("/imports/{id}"));
    }
    let look = look(&visit, &import, &step)?;
    let saved: Vec<Choice> = visit
        .db()
        .all(
            "SELECT id, name FROM exchange_mapping WHERE record_type = $1 ORDER BY name LIMIT 100",
            binds![ty.name],
        )
        .await?
        .iter()
        .map(|r| Ok(Choice::new(r.int(0)?.to_string(), r.text(1)?)))
        .collect::<Result<_>>()?;
    let main = html! {
        (steps(&visit, 1))
        @if query.get("saved").is_some() { (ui::callout(Tone::Good, loc.t("exchange-saved"))) }
        @if let Some(also) = also(&visit, query.get("also")) {
            (ui::callout(Tone::Warn, loc.tv("exchange-unsure", &[("into", type_name(loc, ty.name).into()), ("also", also.into())])))
        }
        @if !look.complaints.is_empty() {
            (ui::callout(Tone::Warn, html! { @for c in &look.complaints { div { (c) } } }))
        }
        form.stack.l method="post" action={ "/imports/" (id) "/match" } {
            (ui::hidden("csrf", &visit.csrf))
            (settings(&visit, &step, &ty, &look.source, &saved))
            (super::always::card(&visit, &step, &ty))
            (preview(&visit, &step, &ty, &look))
            div.btn-row.end {
                (ui::btn(loc.t("exchange-preview")).submit().attr("name", "do").attr("value", "preview"))
                (ui::btn(loc.t("exchange-try")).submit().attr("name", "do").attr("value", "try"))
                (ui::btn(loc.t("exchange-start")).primary().submit().attr("name", "do").attr("value", "start"))
            }
        }
    };
    Screen::new(&visit, import.file_name.clone(), "import")
        .crumb(loc.t("exchange-title"), "/imports")
        .show(ui::page_body(html! { div.stack.l { (main) } }))
}

/// The names of the types that the file could hold as well, when the guess was not sure.
fn also(visit: &Visit, words: Option<&str>) -> Option<String> {
    let known: Vec<&str> = types(visit).iter().map(|t| t.name).collect();
    let names: Vec<String> = words?
        .split(',')
        .filter(|w| known.contains(w))
        .map(|w| type_name(&visit.loc, w))
        .collect();
    (!names.is_empty()).then(|| super::listed(&visit.loc, &names))
}

fn settings(visit: &Visit, step: &Step, ty: &RecordType, source: &Source, saved: &[Choice]) -> Markup {
    let loc = &visit.loc;
    let choice = |value: &str, key: &str| Choice::new(value, loc.t(key));
    let kinds: Vec<Choice> = types(visit)
        .iter()
        .map(|t| Choice::new(t.name, type_name(loc, t.name)))
        .collect();
    let modes = [
        choice("upsert", "exchange-mode-upsert"),
        choice("create", "exchange-mode-create"),
        choice("update", "exchange-mode-update"),
    ];
    let (of, columns, key) = match &step.parent {
        Some(parent) => (
            ty.parent
                .and_then(|(p, _)| visit.registry().get(p).ok())
                .map_or(ty, AsRef::as_ref),
            &parent.columns,
            parent.key.clone(),
        ),
        None => {
            let key = step
                .key
                .as_ref()
                .and_then(|k| k.list().first().cloned())
                .unwrap_or_default();
            (ty, &step.columns, key)
        }
    };
    let keys: Vec<Choice> = columns
        .keys()
        .filter(|k| {
            of.field(k)
                .is_some_and(|f| f.storage() == zhike_store::field::Storage::Text)
        })
        .map(|k| Choice::new(k.clone(), loc.t(&of.label(k))))
        .collect();
    let formats: Vec<Choice> = DATES
        .iter()
        .map(|f| Choice::new(*f, zhike_kernel::Date::constant(2026, 11, 24).strftime(f).to_string()))
        .collect();
    let encodings: Vec<Choice> = ["utf-8", "gb18030", "big5", "windows-1252", "utf-16le", "utf-16be"]
        .iter()
        .map(|e| Choice::new(*e, e.to_uppercase()))
        .collect();
    let delimiters = [
        choice(",", "exchange-comma"),
        choice(";", "exchange-semicolon"),
        choice("\t", "exchange-tab"),
        choice("|", "exchange-bar"),
    ];
    let currencies: Vec<Choice> = Currency::codes().map(|c| Choice::new(c, c)).collect();
    let sheets: Vec<Choice> = source
        .shape
        .sheets
        .iter()
        .map(|s| Choice::new(s.clone(), s.clone()))
        .collect();
    let text = source.shape.kind == "csv";
    let found = if text {
        let between = source.shape.delimiter.map_or("", |d| match d {
            ';' => "exchange-semicolon",
            '\t' => "exchange-tab",
            '|' => "exchange-bar",
            _ => "exchange-comma",
        });
        loc.tv(
            "exchange-found",
            &[
                ("encoding", source.shape.encoding.to_uppercase().into()),
                ("delimiter", loc.t(between).into()),
                ("columns", source.headers.len().into()),
            ],
        )
    } else {
        loc.tv("exchange-found-sheet", &[("columns", source.headers.len().into())])
    };
    let auto = loc.t("exchange-find-out");
    let given = |v: &Option<String>| v.clone().unwrap_or_default();
    ui::card(loc.t("exchange-settings"))
        .note(found)
        .body(html! {
            div.form-grid {
                (Field::new("into", loc.t("exchange-into")).select(&kinds, &step.into, None))
                (Field::new("mode", loc.t("exchange-mode")).select(&modes, step.mode.name(), None))
                (Field::new("key", loc.t("exchange-key")).hint(loc.t("exchange-key-hint")).select(&keys, &key, Some(&loc.t("exchange-key-none"))))
                (Field::new("date", loc.t("exchange-date")).select(&formats, &given(&step.date), Some(&auto)))
                (Field::new("decimal", loc.t("exchange-decimal")).select(&[Choice::new(",", "1.234,50")], &given(&step.decimal), Some("1,234.50")))
                (Field::new("currency", loc.t("exchange-currency")).select(&currencies, &given(&step.currency), Some(visit.house.currency.code())))
                @if text {
                    (Field::new("encoding", loc.t("exchange-encoding")).select(&encodings, &given(&step.encoding), Some(&auto)))
                    (Field::new("delimiter", loc.t("exchange-delimiter")).select(&delimiters, &given(&step.delimiter), Some(&auto)))
                } @else if sheets.len() > 1 {
                    (Field::new("sheet", loc.t("exchange-sheet")).select(&sheets, &given(&step.sheet), None))
                }
            }
            div.row {
                @if !saved.is_empty() {
                    (Field::new("use", loc.t("exchange-use")).select(saved, "", Some("")))
                    (ui::btn(loc.t("exchange-use-do")).submit().attr("name", "do").attr("value", "use"))
                }
                (Field::new("name", loc.t("exchange-save-as")).text(""))
                (ui::btn(loc.t("exchange-save")).submit().attr("name", "do").attr("value", "save"))
            }
        })
        .render()
}

pub async fn save(visit: Visit, Path(id): Path<i64>, Form(form): Form) -> Answer {
    let import = record::need(&visit.ctx, id).await?;
    let (mut mapping, old) = step_of(&import)?;
    let into = form.get("into").unwrap_or(&old.into).to_owned();
    let ty = super::allowed(&visit, &into)?;
    let dir = visit.house.data.join(&import.dir);
    let source = run::open(&old, &dir)?;
    let mut step = from_form(&visit, &form, &old, &ty, &source.headers);
    let action = form.get("do").unwrap_or("preview");
    let file = old.file.clone().unwrap_or_default();
    let options = Options {
        encoding: step.encoding.clone(),
        delimiter: step.delimiter.as_ref().and_then(|d| d.chars().next()),
        sheet: step.sheet.clone(),
    };
    let reread = step.encoding != old.encoding || step.delimiter != old.delimiter || step.sheet != old.sheet;
    if into != old.into || reread {
        let guessed = upload::guess_into(&visit, &dir, &file, &ty, &options)?.steps.remove(0);
        step.into = into.clone();
        step.columns = guessed.columns;
        step.key = guessed.key;
        step.mode = guessed.mode;
        step.parent = guessed.parent;
    }
    let mut to = format!("/imports/{id}/match");
    if action == "use"
        && let Some(saved) = form.int("use")
    {
        let row = visit
            .db()
            .one(
                "SELECT body FROM exchange_mapping WHERE id = $1 AND record_type = $2",
                binds![saved, ty.name],
            )
            .await?
            .ok_or_else(Error::missing)?;
        let body = Mapping::parse(&row.text(0)?)?;
        if let Some(first) = body.steps.into_iter().next() {
            step = Step {
                file: Some(file),
                ..first
            };
        }
    }
    mapping.steps = vec![step.clone()];
    let tx = visit.begin().await?;
    tx.exec(
        "UPDATE exchange_import SET mapping = $1, record_type = $2 WHERE id = $3 AND state IN ('ready','done','failed')",
        binds![mapping.json(), into, id],
    )
    .await?;
    if let (true, Some(name)) = (action == "save", form.filled("name")) {
        tx.exec(
            "INSERT INTO exchange_mapping (name, record_type, body, user_id, created_at) VALUES ($1,$2,$3,$4,$5) \
             ON CONFLICT (record_type, name) DO UPDATE SET body = excluded.body, user_id = excluded.user_id",
            binds![name, ty.name, mapping.json(), visit.actor.user, tx.at.0],
        )
        .await?;
        to.push_str("?saved=1");
    }
    if matches!(action, "try" | "start") {
        // A mapping that does not fit is shown with its complaint instead of being run.
        let house = &visit.house;
        let source = run::open(&step, &dir)?;
        if Plan::fit(&house.registry, &step, &source.headers, house.currency, &house.zone).is_ok() {
            reset(&visit, &tx, &import, action == "try").await?;
            job::push_import(&tx, id).await?;
            to = format!("/imports/{id}");
        }
    }
    tx.commit().await?;
    visit.app.nudge.notify_one();
    answer::go(&visit, &to)
}
