//! One field changed where it stands: the cell, its editor, the save, and the box when somebody else was quicker.

use super::{
    inputs::{Inputs, Typed, typed},
    personal,
    show::{self, Names, is_number, label},
    stale,
};
use crate::{
    answer::{Answer, html_with, with_toast},
    input::Fields,
    ui,
    visit::Visit,
};
use axum::{http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use zhike_kernel::{Error, Kind, Result, Values};
use zhike_store::{Field, FieldKind, Record, RecordType, Tx, event, read, write};

/// A table cell of a field; with an editor where that is allowed. The row or table around it says in `data-cells` whose
/// cell it is: a list has hundreds of cells, and each byte of them is sent.
pub(super) fn td(
    visit: &Visit,
    ty: &RecordType,
    field: &Field,
    row: &Values,
    names: &Names,
    class: &str,
    editable: bool,
) -> Markup {
    let contents = show::cell(visit, ty, field, row, names);
    // Numbers stand right in a column, not beside their label.
    let right = if is_number(field) && class != "wrap" { "r" } else { "" };
    // The cards of phones leave room for a mark before the name, which documents do not have.
    let style = (!super::list::marked(ty) && class.starts_with("c-")).then_some("margin-left:0");
    if !editable || !typed(field) {
        return html! { td class={ (class) " " (right) } style=[style] { (contents) } };
    }
    html! {
        td class={ "editable " (class) " " (right) } style=[style] tabindex="0" data-field=(field.name) { (contents) }
    }
}

fn address(ty: &RecordType, id: i64, field: &Field) -> String {
    format!("{}/{id}/cell/{}", ty.path, field.name)
}

fn field<'a>(ty: &'a RecordType, name: &str) -> Result<&'a Field> {
    ty.fields
        .iter()
        .find(|f| f.name == name && typed(f))
        .ok_or_else(Error::missing)
}

async fn contents(visit: &Visit, ty: &RecordType, field: &Field, record: &Record) -> Result<Markup> {
    let names = show::names(visit, ty, &[&record.values]).await?;
    Ok(show::cell(visit, ty, field, &record.values, &names))
}

/// The editor of a cell; with `show=1` the cell as it stands.
pub async fn editor(visit: Visit, name: &'static str, id: String, field_name: String, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let field = field(&ty, &field_name)?;
    let record = read::need(&visit.ctx, visit.db(), &ty, super::id_of(&id)?).await?;
    if !visit.fragment {
        return crate::answer::see_other(&format!("{}/edit", ty.url(record.id)));
    }
    if q.get("show").is_some() {
        return crate::answer::html(contents(&visit, &ty, field, &record).await?);
    }
    visit.require(&ty.permission("edit"))?;
    personal::note(&visit, &ty, &[(record.id, &record.values)], &[field]).await?;
    let inputs = Inputs::new(&visit, &ty).await?;
    let typed = inputs.typed(field, &record.values).await?;
    crate::answer::html(form(&inputs, field, &record, &typed))
}

fn form(inputs: &Inputs<'_>, field: &Field, record: &Record, typed: &Typed) -> Markup {
    let (ty, loc) = (inputs.ty, &inputs.visit.loc);
    let at = address(ty, record.id, field);
    html! {
        form.row method="post" action=(at) hx-post=(at) hx-target="closest td" hx-swap="innerHTML" style="margin:0;gap:4px" {
            (ui::hidden("version", &record.version.to_string()))
            (inputs.bare(field, typed))
            @if matches!(field.kind, FieldKind::Long | FieldKind::Many(_)) { (ui::btn(loc.t("web-save")).small().submit()) }
            @if let Some(error) = &typed.error { span.err.red.sm role="alert" { (error) } }
        }
    }
}

/// Saves a cell.
pub async fn save(visit: Visit, name: &'static str, id: String, field_name: String, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let field = field(&ty, &field_name)?;
    let id = super::id_of(&id)?;
    let text = f.all("value").filter(|v| !v.is_empty()).collect::<Vec<_>>().join(" ");
    let version = f.need_int("version")?;
    let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    match put(&visit, &ty, field, &record, version, &text).await {
        Ok(event) => {
            if !visit.fragment {
                return crate::answer::see_other(&ty.url(id));
            }
            let record = read::need(&visit.ctx, visit.db(), &ty, id).await?;
            let response = contents(&visit, &ty, field, &record).await?.into_response();
            let Some(event) = event else {
                return Ok(response);
            };
            let words = visit.loc.tv(
                "records-saved-field",
                &[("field", label(&visit, &ty, field.name).into())],
            );
            Ok(with_toast(response, &words, Some(&format!("/undo/event/{event}"))))
        }
        Err(e) if e.kind == Kind::Stale => conflict(&visit, &ty, field, id, &text).await,
        Err(e) if e.kind == Kind::Invalid && visit.fragment => {
            let inputs = Inputs::new(&visit, &ty).await?;
            let mut typed = inputs.named(field, text).await?;
            // What is wrong may lie in another field: it is said here all the same.
            let sentences: Vec<String> = e.fields.iter().map(|w| visit.loc.field_error(w)).collect();
            typed.error = Some(if sentences.is_empty() {
                visit.loc.error(&e)
            } else {
                sentences.join(" ")
            });
            html_with(StatusCode::UNPROCESSABLE_ENTITY, form(&inputs, field, &record, &typed))
        }
        Err(e) => Err(e.into()),
    }
}

/// Writes one field; the event to undo it by, if anything changed.
async fn put(
    visit: &Visit,
    ty: &RecordType,
    field: &Field,
    record: &Record,
    version: i64,
    text: &str,
) -> Result<Option<i64>> {
    let input = [(field.name.to_owned(), text.to_owned())];
    let values = write::read_input(&visit.ctx, ty, Some(record), &input)?;
    let tx = visit.ctx.begin().await?;
    let new = write::update(&visit.ctx, &tx, ty, record.id, version, values).await?;
    let event = if new == version {
        None
    } else {
        last_event(&tx, ty, record.id, "changed").await?
    };
    tx.commit().await?;
    Ok(event)
}

/// The event that a write of this transaction left behind, to undo it by.
pub(super) async fn last_event(tx: &Tx, ty: &RecordType, id: i64, what: &str) -> Result<Option<i64>> {
    let kind = format!("{}.{what}.v1", ty.name);
    let events = event::of_record(tx, ty.name, id, 10).await?;
    Ok(events.into_iter().find(|e| e.kind == kind).map(|e| e.id))
}

/// Somebody else changed the record meanwhile: both values, and a button for each.
async fn conflict(visit: &Visit, ty: &RecordType, field: &Field, id: i64, text: &str) -> Answer {
    let loc = &visit.loc;
    let record = read::need(&visit.ctx, visit.db(), ty, id).await?;
    let names = show::names(visit, ty, &[&record.values]).await?;
    let theirs = show::plain(visit, ty, field, &record.values, &names);
    let last = stale::last_change(visit, ty, id, Some(field.name)).await?;
    let at = address(ty, id, field);
    let sentence = stale::sentence(visit, last.as_ref(), &label(visit, ty, field.name), &theirs);
    html_with(
        StatusCode::CONFLICT,
        html! {
            div style="white-space:normal;padding:6px 0;min-width:220px" {
                (ui::callout(ui::Tone::Warn, sentence))
                div.btn-row style="margin-top:6px" {
                    form method="post" action=(at) hx-post=(at) hx-target="closest td" hx-swap="innerHTML" style="margin:0" {
                        (ui::hidden("version", &record.version.to_string())) (ui::hidden("value", text))
                        (ui::btn(loc.t("records-take-mine")).small().submit())
                    }
                    (ui::btn(loc.t("records-take-theirs")).small().attr("hx-get", format!("{at}?show=1")).attr("hx-target", "closest td").attr("hx-swap", "innerHTML"))
                }
            }
        },
    )
}
