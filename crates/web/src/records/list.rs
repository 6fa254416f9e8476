//! The list of a record type: views, filters, table, sums, pages. The region `#list` is also answered alone.

use super::{
    ask::{Ask, Cond},
    bar, cell,
    meant::{resolve, with_view},
    personal,
    show::{self, Names, field_of, is_number, label, title},
    views,
};
use crate::{
    answer::{Answer, html as page_html, see_other},
    input::Fields,
    screen::Screen,
    ui,
    visit::Visit,
};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Filter, Op, Result, Value, Values};
use zhike_store::{Field, FieldKind, List, RecordType, Source, list, list::Line, tally};

/// Counts are exact up to here.
const COUNTED: i64 = 10_000;
/// Sums are made over at most so many records.
const SUMMED: i64 = 5_000;

/// The page, or its region.
pub async fn show(visit: Visit, name: &'static str, q: Fields) -> Answer {
    let ty = super::of(&visit, name)?;
    let mut ask = Ask::read(&ty, &q);
    // The small forms send their parts; the address gets its usual shape.
    if let Some(cond) = added(&q) {
        let ask = with_view(&visit, &ty, ask).await?;
        return see_other(&ask.changed(|a| a.conds.push(cond)).link(&ty, ""));
    }
    if q.get("col").is_some() {
        let columns = ask.columns.take();
        ask.edited = ask.sort.is_some() || !ask.conds.is_empty() || q.get("edited").is_some();
        let ask = with_view(&visit, &ty, ask).await?;
        return see_other(&ask.changed(|a| a.columns = columns).link(&ty, ""));
    }
    let region = Box::pin(region(&visit, &ty, ask, html! {})).await?;
    if visit.fragment {
        return page_html(region);
    }
    let new = visit.may(&ty.permission("create")).then(|| {
        ui::btn(new_label(&visit, &ty))
            .icon("plus")
            .primary()
            .key("C")
            .href(format!("{}/new", ty.path))
    });
    Screen::new(&visit, visit.loc.t(&format!("{}-many", ty.name)), ty.name)
        .actions(html! { @if let Some(new) = new { (new) } })
        .show(region)
}

/// "New customer".
pub(super) fn new_label(visit: &Visit, ty: &RecordType) -> String {
    visit.loc.tv("records-new", &[("what", super::one(visit, ty).into())])
}

/// The filter that the small form adds: `ff`, `fo` and one or several `fv`.
fn added(q: &Fields) -> Option<Cond> {
    let words: Vec<&str> = q.all("fv").map(str::trim).filter(|v| !v.is_empty()).collect();
    Some(Cond {
        field: q.filled("ff")?.to_owned(),
        op: q.get("fo").and_then(Op::parse)?,
        text: words.join(","),
    })
}

/// The region `#list`; `notice` stands above the table.
pub(super) async fn region(visit: &Visit, ty: &RecordType, ask: Ask, notice: Markup) -> Result<Markup> {
    let loc = &visit.loc;
    let (ask, ask_list, wrong) = resolve(visit, ty, ask).await?;
    let db = visit.db();
    let page = list::page(&visit.ctx, db, ty, &ask_list).await?;
    let count = tally::shown(&visit.ctx, ty, &ask_list, COUNTED + 1).await?;
    let counted = if count > COUNTED {
        format!("{}+", loc.int(COUNTED))
    } else {
        loc.int(count)
    };
    let shown = ask.shown(ty);
    let sums = sums(visit, ty, &ask_list, &shown, count).await?;
    let rows: Vec<&Values> = page.lines.iter().map(|l| &l.values).collect();
    let seen: Vec<&Field> = shown
        .iter()
        .filter(|f| f.is_contact() && !show::masked(visit, ty, f))
        .collect();
    let looked: Vec<(i64, &Values)> = page.lines.iter().map(|l| (l.id, &l.values)).collect();
    personal::note(visit, ty, &looked, &seen).await?;
    let names = show::names(visit, ty, &rows).await?;
    let tabs = views::tabs(visit, ty, &ask, &counted).await?;
    let chips = bar::chips(visit, ty, &ask).await?;
    let asked = ask.set.is_some() || !ask.q.is_empty() || !ask.conds.is_empty() || !ask.base.is_everything();
    let empty = page.lines.is_empty() && ask.cursor.is_none();
    let pictures = if ty.pictures {
        let ids: Vec<i64> = page.lines.iter().map(|l| l.id).collect();
        crate::files::pictures(visit, ty, &ids).await?
    } else {
        std::collections::HashMap::new()
    };
    Ok(html! {
        div #list {
            (tabs)
            div.row.wrap style="padding:10px 14px 10px 20px;gap:8px" { (chips) span.sp {} (bar::tools(visit, ty, &ask)) }
            @if !wrong.is_empty() { div style="padding:0 20px 10px" { (ui::form_errors(&wrong)) } }
            (notice)
            @if empty { (nothing(visit, ty, &ask, asked)) } @else {
                div.tbl-wrap style="border-top:1px solid var(--line)" {
                    table.tbl.as-cards style="--row:46px;--px:8px" {
                        (head(visit, ty, &ask, &shown))
                        tbody data-rows { @for line in &page.lines { (row(visit, ty, &shown, line, &names, ask.archived, pictures.get(&line.id))) } }
                        @if !sums.is_empty() { tfoot { tr {
                            td {} td { (loc.tv("records-total", &[("count", counted.as_str().into())])) }
                            @for f in &shown { td.r.num { @if let Some(sum) = sums.get(f.name) { (ui::money(loc, *sum, visit.house.currency)) } } }
                        } } }
                    }
                }
                (bar::bulk(visit, ty, &ask))
                nav.row.pager aria-label=(loc.t("web-pages")) {
                    span { (loc.tv("records-shown", &[("shown", page.lines.len().into()), ("count", counted.as_str().into())])) }
                    span.sp {}
                    (step(visit, ty, &ask, "web-previous", page.previous.as_deref(), "prev"))
                    (step(visit, ty, &ask, "web-next", page.next.as_deref(), "next"))
                }
            }
        }
    })
}

fn step(visit: &Visit, ty: &RecordType, ask: &Ask, key: &str, cursor: Option<&str>, rel: &'static str) -> Markup {
    let button = ui::btn(visit.loc.t(key)).small();
    let button = match cursor {
        Some(cursor) => {
            let link = ask.link(ty, "");
            let join = if link.contains('?') { '&' } else { '?' };
            button.href(format!("{link}{join}cursor={cursor}")).attr("rel", rel)
        }
        None => button.flag("disabled"),
    };
    html! { (button) }
}

/// The sums of the money columns, when all records are in the currency of the house.
async fn sums(
    visit: &Visit,
    ty: &RecordType,
    ask: &List,
    shown: &[Field],
    count: i64,
) -> Result<HashMap<&'static str, i64>> {
    let mut by_currency: Vec<(Option<&'static str>, Vec<&'static str>)> = vec![];
    for field in shown {
        if let FieldKind::Money { currency } = field.kind
            && visit.sees(field)
        {
            let currency = currency.filter(|c| ty.field(c).is_some());
            match by_currency.iter_mut().find(|(c, _)| *c == currency) {
                Some((_, fields)) => fields.push(field.name),
                None => by_currency.push((currency, vec![field.name])),
            }
        }
    }
    let mut out = HashMap::new();
    if count > SUMMED || count == 0 {
        return Ok(out);
    }
    for (currency, fields) in by_currency {
        if let Some(name) = currency {
            let house = visit.house.currency.code();
            let foreign = Filter::All(vec![
                Filter::Field {
                    field: name.into(),
                    op: Op::Filled,
                    values: vec![],
                },
                Filter::field(name, Op::Not, house),
            ]);
            let strangers = List {
                filter: ask.filter.clone().and(foreign),
                ..ask.clone()
            };
            if list::count(&visit.ctx, visit.db(), ty, &strangers, 1).await? > 0 {
                continue;
            }
        }
        if let Some(sums) = list::sums(&visit.ctx, visit.db(), ty, ask, &fields, SUMMED).await? {
            out.extend(fields.into_iter().zip(sums));
        }
    }
    Ok(out)
}

fn head(visit: &Visit, ty: &RecordType, ask: &Ask, shown: &[Field]) -> Markup {
    let loc = &visit.loc;
    let (sorted, down) = ask.order(ty);
    let title_field = field_of(ty, ty.title);
    let one = |field: &Field| {
        let words = label(visit, ty, field.name);
        if !field.sortable {
            return html! { th.r[is_number(field)] scope="col" { (words) } };
        }
        let current = (sorted == field.name).then_some(down);
        // Numbers and days begin with the greatest, words with the first.
        let next = match current {
            Some(down) => !down,
            None => is_number(field) || matches!(field.kind, FieldKind::Date | FieldKind::Stamp),
        };
        let link = ask
            .changed(|a| a.sort = Some((field.name.to_owned(), next)))
            .link(ty, "");
        ui::sort_head(loc, &words, &link, is_number(field), current)
    };
    html! {
        thead { tr {
            th scope="col" { (ui::check_all(loc)) }
            @if let Some(field) = title_field { (one(&field)) }
            @for field in shown { (one(field)) }
        } }
    }
}

/// The places that a card on a phone has beside the name: value, state, day, remark. Other columns are left out there.
fn place(shown: &[Field], at: usize) -> &'static str {
    let first = |wanted: fn(&Field) -> bool| shown.iter().position(wanted);
    let value = first(is_number);
    let state = first(|f| matches!(f.kind, FieldKind::Choice(_)));
    let day = first(|f| matches!(f.kind, FieldKind::Date | FieldKind::Stamp));
    let rest = first(|f| {
        !f.series
            && matches!(
                f.kind,
                FieldKind::Text | FieldKind::Long | FieldKind::Ref(_) | FieldKind::Number
            )
    });
    match Some(at) {
        p if p == value => "c-npv",
        p if p == state => "c-tier",
        p if p == day => "c-last",
        p if p == rest => "c-next",
        _ => "c-own",
    }
}

fn row(
    visit: &Visit,
    ty: &RecordType,
    shown: &[Field],
    line: &Line,
    names: &Names,
    archived: bool,
    picture: Option<&String>,
) -> Markup {
    let name = title(visit, ty, line.id, &line.values);
    let editable = !archived && visit.may(&ty.permission("edit"));
    let sub = ty
        .subtitle
        .and_then(|s| field_of(ty, s))
        .map(|f| show::plain(visit, ty, &f, &line.values, names));
    html! {
        tr data-cells=[editable.then(|| ty.url(line.id))] {
            td.c-chk { (ui::check_row(&visit.loc, line.id, &name)) }
            td.c-name { div.name {
                @if let Some(picture) = picture { img.thumb src=(picture) alt="" loading="lazy" decoding="async"; }
                @else { (mark(ty, line.id, &name, &line.values, ui::Size::Normal)) }
                span {
                    a href=(ty.url(line.id)) { (name) }
                    @if let Some(sub) = sub.filter(|s| !s.is_empty()) { span.sub { (sub) } }
                }
            } }
            @for (i, field) in shown.iter().enumerate() {
                (cell::td(visit, ty, field, &line.values, names, place(shown, i), editable && field.source == Source::Own))
            }
        }
    }
}

/// Do names of this type have a mark before them in lists?
pub(super) fn marked(ty: &RecordType) -> bool {
    ty.party == Some("id") || ty.name == "user"
}

/// The square or round before a name; documents have none.
pub(super) fn mark(ty: &RecordType, id: i64, name: &str, row: &Values, size: ui::Size) -> Markup {
    let person = ty.name == "user" || row.get("kind").and_then(Value::text) == Some("person");
    if person {
        ui::av(id, name, size)
    } else if marked(ty) || size == ui::Size::Large {
        ui::co(id, name, size)
    } else {
        html! {}
    }
}

fn nothing(visit: &Visit, ty: &RecordType, ask: &Ask, asked: bool) -> Markup {
    let loc = &visit.loc;
    let what = loc.t(&format!("{}-many", ty.name));
    if asked {
        let clear = Ask {
            archived: ask.archived,
            ..Ask::default()
        };
        return ui::empty(
            "filter-off",
            &loc.t("records-no-match"),
            &loc.t("records-no-match-text"),
            html! { (ui::btn(loc.t("records-clear-filters")).icon("filter-off").href(clear.link(ty, ""))) },
        );
    }
    if ask.archived {
        return ui::empty(
            "archive",
            &loc.t("records-none-archived"),
            &loc.t("records-none-archived-text"),
            html! { (ui::btn(loc.t("records-back-to-list")).href(ty.path)) },
        );
    }
    let import = visit.may(&ty.permission("import")) && visit.app.table.iter().any(|r| r.path == "/imports/new");
    ui::empty(
        ty.icon,
        &loc.tv("records-none", &[("what", what.into())]),
        &loc.t("records-none-text"),
        html! {
            @if import { (ui::btn(loc.t("records-import")).icon("upload").href(format!("/imports/new?type={}", ty.name))) }
            @if visit.may(&ty.permission("create")) {
                (ui::btn(new_label(visit, ty)).icon("plus").primary().href(format!("{}/new", ty.path)))
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_shows_one_value_one_state_one_day_and_one_remark() {
        let fields = [
            Field::new("city", FieldKind::Text),
            Field::new("status", FieldKind::Choice(&["a", "b"])),
            Field::new("kind", FieldKind::Choice(&["a", "b"])),
            Field::new("total", FieldKind::Money { currency: None }),
            Field::new("on", FieldKind::Date),
        ];
        let places: Vec<&str> = (0..fields.len()).map(|i| place(&fields, i)).collect();
        assert_eq!(places, ["c-next", "c-tier", "c-own", "c-npv", "c-last"]);
    }
}
