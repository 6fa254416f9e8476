//! The form of a record: new and changed, by groups, with what is wrong beside each field.

use super::{
    cell,
    inputs::{Inputs, Typed, typed},
    list::mark,
    personal,
    show::{self, label},
    stale,
};
use crate::{
    answer::{Answer, go_saying, html as page_html, html_with, status_of},
    input::Fields,
    screen::Screen,
    ui,
    visit::Visit,
};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Error, Kind, Result};
use zhike_store::{Field, FieldKind, RecordType, Scope, read, write};

/// The fields of a form.
fn fields(ty: &RecordType) -> impl Iterator<Item = &Field> {
    ty.fields.iter().filter(|f| typed(f))
}

/// What was sent, for the fields of the form only. Words chosen together are joined by spaces.
pub(super) fn collect(ty: &RecordType, f: &Fields) -> Vec<(String, String)> {
    fields(ty)
        .filter(|field| f.get(field.name).is_some())
        .map(|field| {
            let text = if matches!(field.kind, FieldKind::Many(_)) {
                f.all(field.name)
                    .filter(|v| !v.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
            } else {
                f.get(field.name).unwrap_or("").to_owned()
            };
            (field.name.to_owned(), text)
        })
        .collect()
}

/// What a new record begins with, unless the address says otherwise.
fn begin(visit: &Visit, ty: &RecordType, field: &Field) -> String {
    let owner = match ty.scope {
        Scope::Owner(column) | Scope::OwnerOrParty(column, _) | Scope::Shared(column, _) => column,
        Scope::Concerned([column, ..], _) => column,
        Scope::Everyone | Scope::Party(_) | Scope::Parent(..) | Scope::Concerned([], _) => "owner_id",
    };
    match field.kind {
        _ if field.default.or(field.suggested).is_some() => field.default.or(field.suggested).unwrap_or("").to_owned(),
        FieldKind::User if field.name == owner => visit.actor.user.map(|id| id.to_string()).unwrap_or_default(),
        FieldKind::Date if field.required => visit.today().to_string(),
        FieldKind::Currency => visit.house.currency.code().to_owned(),
        _ => String::new(),
    }
}

struct Sheet<'a> {
    texts: HashMap<String, String>,
    errors: Option<&'a Error>,
    action: String,
    version: Option<i64>,
    cancel: String,
}

async fn draw(visit: &Visit, ty: &RecordType, sheet: &Sheet<'_>) -> Result<Markup> {
    let loc = &visit.loc;
    let inputs = Inputs::new(visit, ty).await?;
    let mut groups: Vec<(&str, Vec<Markup>)> = vec![];
    // What only the program knows (the record that this one is about) comes with the address and goes along unseen.
    let mut unseen = vec![];
    // The keys begin where something is still to be said.
    let fresh = sheet.version.is_none() && sheet.errors.is_none();
    let empty = |f: &&Field| !f.internal && sheet.texts.get(f.name).is_none_or(String::is_empty);
    let first = fields(ty).filter(|_| fresh).find(empty).map(|f| f.name);
    for field in fields(ty) {
        let text = sheet.texts.get(field.name).cloned().unwrap_or_default();
        if field.internal {
            if !text.is_empty() {
                unseen.push(ui::hidden(field.name, &text));
            }
            continue;
        }
        let mut typed: Typed = inputs.named(field, text).await?;
        typed.first = first == Some(field.name);
        typed.error = sheet
            .errors
            .and_then(|e| e.fields.iter().find(|f| f.field == field.name))
            .map(|e| loc.field_error(e));
        let sign = write::currency_for(&visit.ctx, field, |name| sheet.texts.get(name).cloned()).sign();
        let input = inputs.labelled(field, &typed, sign);
        match groups.iter_mut().find(|(g, _)| *g == field.group) {
            Some((_, list)) => list.push(input),
            None => groups.push((field.group, vec![input])),
        }
    }
    let summary: Vec<String> = sheet.errors.map_or_else(Vec::new, |e| {
        let mut lines = vec![loc.error(e)];
        for wrong in &e.fields {
            lines.push(match ty.field(&wrong.field) {
                Some(f) => format!("{}: {}", label(visit, ty, f.name), loc.field_error(wrong)),
                None => loc.field_error(wrong),
            });
        }
        lines
    });
    Ok(html! {
        div.page {
            form.stack.l method="post" action=(sheet.action) novalidate autocomplete="off" {
                (ui::form_errors(&summary))
                @if let Some(version) = sheet.version { (ui::hidden("version", &version.to_string())) }
                @for one in &unseen { (one) }
                @for (group, inputs) in &groups {
                    @let key = format!("{}-group-{group}", ty.name);
                    @let words = if *group == "main" && !loc.has(&key) { String::new() } else { loc.t(&key) };
                    (ui::card(words).body(html! { div.form-grid { @for input in inputs { (input) } } }))
                }
                @if let Some((at, asking)) = ty.alike.filter(|_| sheet.version.is_none()) {
                    @let trigger: Vec<String> = asking.iter().map(|f| format!("input delay:450ms from:#f-{f}")).collect();
                    div.alike hx-post=(at) hx-include="closest form" hx-trigger=(trigger.join(", ")) hx-swap="innerHTML" aria-live="polite" {}
                }
                (ui::submit_row(loc, Some(&sheet.cancel), &loc.t("web-save")))
            }
        }
    })
}

fn screen<'a>(visit: &'a Visit, ty: &RecordType, title: String) -> Screen<'a> {
    Screen::new(visit, title, ty.name).crumb(visit.loc.t(&format!("{}-many", ty.name)), ty.path)
}

/// The empty form; the address may fill fields (`?party_id=5`).
pub async fn fresh(visit: Visit, name: &'static str, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let mut texts = HashMap::new();
    for f in fields(&ty) {
        let mut given = q.filled(f.name).map(str::to_owned);
        // A name is told only of what is in sight.
        if let (FieldKind::Ref(of), Some(id)) = (f.kind, given.as_deref()) {
            let id = id.parse().unwrap_or(0);
            let other = visit.registry().get(of)?.clone();
            let seen =
                visit.may(&other.permission("view")) && read::find(&visit.ctx, visit.db(), &other, id).await?.is_some();
            given = given.filter(|_| seen);
        }
        texts.insert(f.name.to_owned(), given.unwrap_or_else(|| begin(&visit, &ty, f)));
    }
    let sheet = Sheet {
        texts,
        errors: None,
        action: ty.path.to_owned(),
        version: None,
        cancel: ty.path.to_owned(),
    };
    let body = draw(&visit, &ty, &sheet).await?;
    page_html(screen(&visit, &ty, super::list::new_label(&visit, &ty)).markup(body))
}

/// Makes the record.
pub async fn create(visit: Visit, name: &'static str, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let input = collect(&ty, &f);
    match make(&visit, &ty, &input).await {
        Ok(id) => {
            let words = visit
                .loc
                .tv("records-said-created", &[("what", super::one(&visit, &ty).into())]);
            go_saying(&visit, &then(&visit, &ty, id), &words, None)
        }
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused) => {
            let sheet = Sheet {
                texts: input.into_iter().collect(),
                errors: Some(&e),
                action: ty.path.to_owned(),
                version: None,
                cancel: ty.path.to_owned(),
            };
            let body = draw(&visit, &ty, &sheet).await?;
            let page = screen(&visit, &ty, super::list::new_label(&visit, &ty)).markup(body);
            html_with(status_of(&e), page)
        }
        Err(e) => Err(e.into()),
    }
}

/// What comes after a new record: its page, or its lines where those are written in a form.
fn then(visit: &Visit, ty: &RecordType, id: i64) -> String {
    let form = format!("{}/{{id}}/line-form", ty.path);
    if visit.app.table.iter().any(|r| r.path == form) {
        format!("{}/lines", ty.url(id))
    } else {
        ty.url(id)
    }
}

async fn make(visit: &Visit, ty: &RecordType, input: &[(String, String)]) -> Result<i64> {
    let values = write::read_input(&visit.ctx, ty, None, input)?;
    let tx = visit.ctx.begin().await?;
    let id = write::create(&visit.ctx, &tx, ty, values).await?;
    ty.hooks.whole(&tx, &visit.ctx, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The form with a record in it.
pub async fn edit(visit: Visit, name: &'static str, id: String) -> Answer {
    let ty = super::of(&visit, name)?;
    let record = read::need(&visit.ctx, visit.db(), &ty, super::id_of(&id)?).await?;
    if record.archived_at.is_some() {
        return Err(Error::refused("error-archived").into());
    }
    let shown: Vec<&Field> = fields(&ty).collect();
    personal::note(&visit, &ty, &[(record.id, &record.values)], &shown).await?;
    let texts = fields(&ty)
        .map(|f| {
            let currency = show::currency(&visit, f, &record.values);
            (f.name.to_owned(), f.write(record.get(f.name), currency))
        })
        .collect();
    let sheet = Sheet {
        texts,
        errors: None,
        action: ty.url(record.id),
        version: Some(record.version),
        cancel: ty.url(record.id),
    };
    let title = show::title(&visit, &ty, record.id, &record.values);
    let head = ui::record_head(
        mark(&ty, record.id, &title, &record.values, ui::Size::Large),
        &title,
        html! {},
        &[],
        html! {},
    );
    let body = draw(&visit, &ty, &sheet).await?;
    page_html(screen(&visit, &ty, visit.loc.t("records-edit")).markup(html! { (head) (body) }))
}

/// Saves the form.
pub async fn update(visit: Visit, name: &'static str, id: String, f: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let id = super::id_of(&id)?;
    let version = f.need_int("version")?;
    let input = collect(&ty, &f);
    let old = read::need(&visit.ctx, visit.db(), &ty, id).await?;
    let result = match write::read_input(&visit.ctx, &ty, Some(&old), &input) {
        Ok(values) => match save(&visit, &ty, id, version, values.clone()).await {
            Err(e) if e.kind == Kind::Stale => {
                return Box::pin(stale::page(&visit, &ty, id, version, &values, &input)).await;
            }
            other => other,
        },
        Err(e) => Err(e),
    };
    match result {
        Ok(undo) => {
            let words = visit.loc.t("records-said-saved");
            go_saying(
                &visit,
                &ty.url(id),
                &words,
                undo.map(|e| format!("/undo/event/{e}")).as_deref(),
            )
        }
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Refused) => {
            let sheet = Sheet {
                texts: input.into_iter().collect(),
                errors: Some(&e),
                action: ty.url(id),
                version: Some(version),
                cancel: ty.url(id),
            };
            let body = draw(&visit, &ty, &sheet).await?;
            let page = screen(&visit, &ty, visit.loc.t("records-edit")).markup(body);
            html_with(status_of(&e), page)
        }
        Err(e) => Err(e.into()),
    }
}

async fn save(
    visit: &Visit,
    ty: &RecordType,
    id: i64,
    version: i64,
    values: zhike_kernel::Values,
) -> Result<Option<i64>> {
    let tx = visit.ctx.begin().await?;
    let new = write::update(&visit.ctx, &tx, ty, id, version, values).await?;
    let event = if new == version {
        None
    } else {
        cell::last_event(&tx, ty, id, "changed").await?
    };
    tx.commit().await?;
    Ok(event)
}
