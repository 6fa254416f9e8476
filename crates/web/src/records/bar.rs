//! What stands around a list's table: filter chips, the form that adds one, columns, export, the bar for ticked rows.

use super::{
    ask::{Ask, Cond, ME, TODAY, operators},
    inputs, list as lists,
    show::{self, field_of, label},
};
use crate::{
    answer::{Answer, html as page_html},
    input::Fields,
    screen::Screen,
    ui::{self, Choice, Item},
    visit::Visit,
};
use maud::{Markup, html};
use zhike_kernel::{Error, Op, Result, Value, Values};
use zhike_store::{Field, FieldKind, RecordType, Source, filter_sql::fixed};

/// Fields that may be filtered by, with the moments every record has.
pub(super) fn filterable(ty: &RecordType) -> Vec<Field> {
    ty.fields
        .iter()
        .filter(|f| f.filterable)
        .cloned()
        .chain(["created_at", "updated_at"].into_iter().filter_map(fixed))
        .collect()
}

/// The chips of the filters that are on, and the menu that adds one.
pub(super) async fn chips(visit: &Visit, ty: &RecordType, ask: &Ask) -> Result<Markup> {
    let loc = &visit.loc;
    let mut items = vec![];
    if let (Some((key, _)), Some((name, _))) = (&ask.set, &ask.within) {
        items.push(ui::Chip {
            label: loc.t(&format!("records-set-{key}")),
            value: name.clone(),
            remove: ask.changed(|a| a.set = None).link(ty, ""),
        });
    }
    for (i, cond) in ask.conds.iter().enumerate() {
        items.push(ui::Chip {
            label: label(visit, ty, &cond.field),
            value: words(visit, ty, cond).await?,
            remove: ask
                .changed(|a| {
                    a.conds.remove(i);
                })
                .link(ty, ""),
        });
    }
    let entries: Vec<(String, String)> = filterable(ty)
        .iter()
        .map(|f| (label(visit, ty, f.name), ask.link(ty, &format!("/filter/{}", f.name))))
        .collect();
    Ok(ui::chips(
        loc,
        &items,
        html! {
            details.menu.left {
                summary.chip.add data-filter { (ui::icon("filter")) (loc.t("records-add-filter")) " " (ui::kbd("F")) }
                div.menu-pop style="max-height:320px;overflow:auto" {
                    @for (words, link) in &entries {
                        a href=(link) data-item hx-get=(link) hx-target="#filter-form" hx-swap="innerHTML" { span { (words) } }
                    }
                }
            }
            div #filter-form {}
        },
    ))
}

/// What a filter asks, in words: `is Active`, `≥ 2026-01-01`.
pub(super) async fn words(visit: &Visit, ty: &RecordType, cond: &Cond) -> Result<String> {
    let loc = &visit.loc;
    let op = loc.t(&format!("records-op-{}", cond.op.name()));
    if matches!(cond.op, Op::Empty | Op::Filled) {
        return Ok(op);
    }
    let field = field_of(ty, &cond.field).ok_or_else(Error::missing)?;
    if let Some(days) = cond
        .days_back()
        .filter(|_| matches!(field.kind, FieldKind::Date | FieldKind::Stamp))
    {
        let key = match cond.op {
            Op::Le if field.never => Some("records-since-or-never"),
            Op::Le => Some("records-since"),
            Op::Ge => Some("records-within"),
            _ => None,
        };
        if let Some(key) = key {
            return Ok(loc.tv(key, &[("days", days.into())]));
        }
    }
    let text = match field.kind {
        FieldKind::Choice(_) | FieldKind::Many(_) => cond
            .words()
            .map(|w| show::choice(visit, ty, &field, w))
            .collect::<Vec<_>>(),
        FieldKind::User | FieldKind::Ref(_) => {
            let rows: Vec<Values> = cond
                .words()
                .filter_map(|w| w.parse::<i64>().ok())
                .map(|id| Values::from([(field.name.to_owned(), Value::Int(id))]))
                .collect();
            let names = show::names(visit, ty, &rows.iter().collect::<Vec<_>>()).await?;
            cond.words()
                .map(|w| match w.parse::<i64>() {
                    Ok(id) => names.get(&field, id).map_or_else(|| format!("#{id}"), str::to_owned),
                    Err(_) if w == ME => loc.t("records-me"),
                    Err(_) => w.to_owned(),
                })
                .collect()
        }
        FieldKind::Bool => match field.parse(&cond.text, visit.house.currency) {
            Ok(Value::Bool(yes)) => vec![loc.t(if yes { "records-yes" } else { "records-no" })],
            _ => vec![cond.text.clone()],
        },
        FieldKind::Date | FieldKind::Stamp if cond.text == TODAY => vec![loc.t("records-today")],
        FieldKind::Date | FieldKind::Stamp if cond.text.starts_with(TODAY) => {
            let days: i64 = cond.text.trim_start_matches(TODAY).parse().unwrap_or(0);
            let key = if days < 0 {
                "records-days-ago"
            } else {
                "records-days-ahead"
            };
            vec![loc.tv(key, &[("days", days.abs().into())])]
        }
        FieldKind::Text if matches!(cond.op, Op::Is | Op::Not | Op::In) => {
            vec![show::coded(visit, ty, &field, &cond.text)]
        }
        FieldKind::Money { .. } => vec![match field.parse(&cond.text, visit.house.currency) {
            Ok(Value::Int(minor)) => loc.money_full(minor, visit.house.currency),
            _ => cond.text.clone(),
        }],
        FieldKind::Rate => vec![format!("{}%", cond.text.trim_end_matches(['%', '％']))],
        _ => vec![cond.text.clone()],
    };
    let text = text.join(if loc.is_zh() { "、" } else { ", " });
    Ok(match cond.op {
        Op::Is | Op::In => text,
        _ => format!("{op} {text}"),
    })
}

/// The small form that adds a filter by one field.
pub async fn filter_form(visit: Visit, name: &'static str, field: String, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let field = filterable(&ty)
        .into_iter()
        .find(|f| f.name == field)
        .ok_or_else(Error::missing)?;
    let ask = Ask::read(&ty, &q);
    let loc = &visit.loc;
    let ops: Vec<Choice> = operators(&field)
        .iter()
        .map(|op| Choice::new(op.name(), loc.t(&format!("records-op-{}", op.name()))))
        .collect();
    let value = inputs::filter_value(&visit, &ty, &field).await?;
    let body = html! {
        form.card method="get" action=(ty.path) style="padding:12px;display:flex;gap:8px;align-items:flex-end;flex-wrap:wrap" {
            @for (k, v) in ask.pairs() { (ui::hidden(&k, &v)) }
            (ui::hidden("ff", field.name))
            (ui::Field::new("fo", label(&visit, &ty, field.name)).id("filter-op").select(&ops, "", None))
            (value)
            div.btn-row {
                (ui::btn(loc.t("records-apply")).primary().submit())
                (ui::btn(loc.t("web-cancel")).ghost().href(ask.link(&ty, "")))
            }
        }
    };
    if visit.fragment {
        return page_html(body);
    }
    Screen::new(&visit, loc.t("records-add-filter"), ty.name)
        .crumb(loc.t(&format!("{}-many", ty.name)), ty.path)
        .show(ui::page_body(body))
}

/// Search, columns, and the menu with export and the archive.
pub(super) fn tools(visit: &Visit, ty: &RecordType, ask: &Ask) -> Markup {
    let loc = &visit.loc;
    let mut searched = ask.clone();
    searched.q.clear();
    let mut plain = ask.clone();
    plain.columns = None;
    let keep_columns: Vec<(String, String)> = plain
        .changed(|_| {})
        .pairs()
        .into_iter()
        .filter(|(k, _)| k != "cols")
        .collect();
    let shown: Vec<&str> = ask.shown(ty).iter().map(|f| f.name).collect();
    let mut entries = vec![];
    if visit.may(&ty.permission("export")) {
        for (format, icon) in [("csv", "file-text"), ("xlsx", "file-spreadsheet")] {
            let link = ask.link(ty, "/export");
            let join = if link.contains('?') { '&' } else { '?' };
            entries.push(
                Item::link(
                    loc.t(&format!("records-export-{format}")),
                    format!("{link}{join}format={format}"),
                )
                .icon(icon)
                .attr("download", ""),
            );
        }
        entries.push(Item::line());
    }
    if visit.may("view.own") {
        entries.push(
            Item::button(loc.t("records-view-save"))
                .icon("device-floppy")
                .attr("data-open", "save-view"),
        );
    }
    let other = Ask {
        archived: !ask.archived,
        ..Ask::default()
    };
    let key = if ask.archived {
        "records-show-present"
    } else {
        "records-show-archived"
    };
    entries.push(Item::link(loc.t(key), other.link(ty, "")).icon("archive"));
    html! {
        (ui::search_box(loc, ty.path, &ask.q, &searched.pairs(), "#list"))
        details.menu.hide-s {
            summary.btn.ghost.sm aria-label=(loc.t("records-columns")) { (ui::icon("columns")) span { (loc.t("records-columns")) } }
            form.menu-pop method="get" action=(ty.path) style="max-height:380px;overflow:auto" {
                @for (k, v) in &keep_columns { (ui::hidden(k, v)) }
                (ui::hidden("col", ""))
                @for f in ty.fields.iter().filter(|f| f.name != ty.title && !f.internal) {
                    label { input.check type="checkbox" name="col" value=(f.name) checked[shown.contains(&f.name)]; span { (label(visit, ty, f.name)) } }
                }
                hr;
                (ui::btn(loc.t("records-apply")).primary().small().block().submit())
            }
        }
        (ui::menu("dots", &loc.t("web-more"), false, "", &entries))
    }
}

/// Fields that may be set for many records at once.
pub(super) fn settable(ty: &RecordType) -> impl Iterator<Item = &Field> {
    ty.fields.iter().filter(|f| {
        f.editable && !f.internal && f.source == Source::Own && !f.unique && inputs::typed(f) && f.name != ty.title
    })
}

/// The bar for ticked rows.
pub(super) fn bulk(visit: &Visit, ty: &RecordType, ask: &Ask) -> Markup {
    let loc = &visit.loc;
    let (edit, archive) = (
        visit.may(&ty.permission("edit")) && !ask.archived,
        visit.may(&ty.permission("archive")) && visit.may(&ty.permission("edit")) && !ask.archived,
    );
    let more: Vec<_> = visit
        .app
        .around
        .bulk
        .iter()
        .filter(|b| b.of == ty.name && visit.may(b.permission) && !ask.archived)
        .collect();
    if !edit && !archive && more.is_empty() {
        return html! {};
    }
    let fields: Vec<(String, String)> = settable(ty)
        .map(|f| (label(visit, ty, f.name), ask.link(ty, &format!("/bulk/{}", f.name))))
        .collect();
    ui::bulk_bar(
        loc,
        html! {
            @if edit {
                details.menu.up.left {
                    summary.btn.sm { (ui::icon("pencil")) span { (loc.t("records-bulk-set")) } }
                    div.menu-pop style="max-height:320px;overflow:auto;color:var(--text)" {
                        @for (words, link) in &fields {
                            button type="button" data-item hx-get=(link) hx-target="#bulk-form" hx-swap="innerHTML" { span { (words) } }
                        }
                    }
                }
                span #bulk-form {}
            }
            @for b in &more {
                form.row method="post" action=(b.path) {
                    (ui::hidden("csrf", &visit.csrf)) (ui::hidden("ids", ""))
                    (ui::btn(loc.t(b.label)).icon(b.icon).small().submit())
                }
            }
            @if archive {
                form.row method="post" action={ (ty.path) "/bulk" } hx-post={ (ty.path) "/bulk" } hx-target="#list" hx-swap="outerMorph" {
                    (ui::hidden("action", "archive")) (ui::hidden("ids", "")) (ui::hidden("query", &ask.query()))
                    (ui::btn(loc.t("records-archive")).icon("archive").small().submit())
                }
            }
        },
    )
}

/// The address of the list that a form carries in its field `query`.
pub(super) fn carried(ty: &RecordType, f: &Fields) -> Ask {
    Ask::read(ty, &Fields::parse(f.get("query").unwrap_or("")))
}

/// The list again after something was done to it: the region for htmx, else the page.
pub(super) async fn again(visit: &Visit, ty: &RecordType, ask: Ask, notice: Markup) -> Answer {
    if visit.fragment {
        return page_html(Box::pin(lists::region(visit, ty, ask, notice)).await?);
    }
    crate::answer::see_other(&ask.link(ty, ""))
}
