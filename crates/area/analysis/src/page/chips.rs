//! The form of a filter step: its conditions as chips, and the one that is added.

use super::words;
use crate::chain::Col;
use crate::chain::make::declared;
use maud::{Markup, html};
use zhike_kernel::Result;
use zhike_store::{Field as Declared, FieldKind, Record};
use zhike_web::{
    Fields, Visit,
    records::ask::operators,
    ui::{self, Choice, Field},
};

/// The chips of a filter, each with a button that takes it away, and the form of a new one.
pub(super) async fn chips(
    visit: &Visit,
    analysis: &Record,
    (conditions, filter): (&[String], &serde_json::Value),
    cols: &[Col],
    at: usize,
    query: &Fields,
) -> Result<Markup> {
    let loc = &visit.loc;
    let action = format!("/analyses/{}/set-steps", analysis.id);
    let here = format!("/analyses/{}/steps?open={at}", analysis.id);
    let mut shown: Vec<String> = conditions.iter().map(|c| words::condition(visit, cols, c)).collect();
    if !filter.is_null() {
        shown.push(loc.t("records-condition-by-program"));
    }
    let adding = query
        .filled("field")
        .and_then(|name| cols.iter().find(|c| c.name == name));
    let hidden = |act: &str| html! { (ui::hidden("act", act)) (ui::hidden("at", &at.to_string())) (ui::hidden("version", &analysis.version.to_string())) };
    let value = match adding {
        Some(col) => Some(value(visit, col).await?),
        None => None,
    };
    Ok(html! {
        div.chips {
            @for (i, words) in shown.iter().enumerate() {
                form.chip.on data-stay method="post" action=(action) style="margin:0" {
                    (hidden("unchip")) (ui::hidden("nth", &i.to_string()))
                    (words)
                    button.x type="submit" aria-label={ (loc.t("web-remove-filter")) ": " (words) } { (ui::icon_class("x", "s")) }
                }
            }
            @if shown.is_empty() { span.mut { (loc.t("records-condition-all")) } }
            details.menu.left {
                summary.chip.add { (ui::icon("filter")) (loc.t("records-condition-add")) }
                div.menu-pop style="max-height:320px;overflow:auto" {
                    @for c in cols { a href={ (here) "&field=" (zhike_web::input::percent_encode(&c.name)) } data-item { span { (c.label.words(visit)) } } }
                }
            }
        }
        @if let (Some(col), Some((ops, input))) = (adding, value) {
            form.row.wrap data-stay method="post" action=(action) style="gap:8px;align-items:flex-end;margin-top:10px" {
                (hidden("chip")) (ui::hidden("ff", &col.name))
                (Field::new("fo", col.label.words(visit)).id("cond-op").select(&ops, "", None))
                (input)
                (ui::btn(loc.t("records-apply")).primary().submit())
                (ui::btn(loc.t("web-cancel")).ghost().href(here.clone()))
            }
        }
    })
}

/// The comparisons of a column, and the input of their value.
async fn value(visit: &Visit, col: &Col) -> Result<(Vec<Choice>, Markup)> {
    let loc = &visit.loc;
    let kind = declared(&visit.ctx, col);
    let field = Declared::new("value", kind);
    let ops = operators(&field)
        .iter()
        .map(|op| Choice::new(op.name(), loc.t(&format!("records-op-{}", op.name()))))
        .collect();
    let made = Field::new("fv", loc.t("analysis-part-value")).id("cond-value");
    let input = match kind {
        FieldKind::Choice(list) | FieldKind::Many(list) => {
            let like = col.like.as_ref().and_then(|(ty, field)| {
                let ty = visit.registry().get(ty).ok()?;
                Some((ty, ty.field(field)?))
            });
            let choice = |w: &&'static str| {
                let words = like.map_or_else(
                    || (*w).to_owned(),
                    |(ty, f)| zhike_web::records::show::choice(visit, ty, f, w),
                );
                Choice::new(*w, words)
            };
            made.select(&list.iter().map(choice).collect::<Vec<_>>(), "", None)
        }
        FieldKind::Bool => made.select(
            &[
                Choice::new("yes", loc.t("records-yes")),
                Choice::new("no", loc.t("records-no")),
            ],
            "",
            None,
        ),
        FieldKind::User => {
            let users = visit.app.identity.users().await?;
            let choices: Vec<Choice> = users
                .iter()
                .filter(|u| u.active)
                .map(|u| Choice::new(u.id.to_string(), u.title(visit.latin)))
                .collect();
            made.select(&choices, "", None)
        }
        FieldKind::Ref(to) => made.combobox(loc, &format!("/lookup/{to}"), "", ""),
        FieldKind::Date | FieldKind::Stamp => html! {
            (made.date("")) (Field::new("fd", loc.t("records-condition-days")).id("cond-days").number(""))
        },
        _ => made.text(""),
    };
    Ok((ops, input))
}
