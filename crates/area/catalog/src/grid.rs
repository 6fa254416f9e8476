//! Small records edited where they stand: the rows of a grid below their parent, each a form; add, change, remove.

use axum::{http::StatusCode, response::IntoResponse};
use maud::{Markup, html};
use std::collections::HashMap;
use zhike_kernel::{Currency, Error, Filter, Kind, Op, Result, Value};
use zhike_store::{Field, FieldKind, List, Query as _, Record, RecordType, binds, list, read, write};
use zhike_web::{
    Answer, Fields, Visit, answer,
    ui::{self, Choice},
};

/// A grid: rows of a type below a parent.
pub(crate) struct Grid {
    /// The rows' type.
    pub ty: &'static str,
    /// The field naming the parent.
    pub parent: &'static str,
    /// Columns that are written.
    pub columns: &'static [&'static str],
}

/// The grids of the catalogue.
const ALL: &[Grid] = &[
    Grid {
        ty: "price_entry",
        parent: "book_id",
        columns: &[
            "product_id",
            "from_quantity",
            "price",
            "discount_rate",
            "from_on",
            "until_on",
        ],
    },
    Grid {
        ty: "product_unit",
        parent: "product_id",
        columns: &["unit", "factor"],
    },
    Grid {
        ty: "bundle_part",
        parent: "product_id",
        columns: &["part_id", "quantity"],
    },
    Grid {
        ty: "product_axis",
        parent: "product_id",
        columns: &["name", "name_latin", "position", "choices"],
    },
    Grid {
        ty: "tax_class_rate",
        parent: "class_id",
        columns: &["from_on", "rate"],
    },
    Grid {
        ty: "option_group",
        parent: "product_id",
        columns: &["name", "name_latin", "position", "least", "most"],
    },
    Grid {
        ty: "product_option",
        parent: "group_id",
        columns: &["code", "name", "name_latin", "position", "preset", "price", "cost"],
    },
    Grid {
        ty: "option_rule",
        parent: "product_id",
        columns: &["kind", "given", "others", "message", "message_latin"],
    },
];

/// Rows shown at once.
const MOST: usize = 300;

fn find(name: &str) -> Result<&'static Grid> {
    ALL.iter().find(|g| g.ty == name).ok_or_else(Error::missing)
}

/// What was typed into a row, and what is wrong with it.
struct Typed<'a> {
    /// The row; nothing for the new one.
    row: Option<i64>,
    fields: &'a Fields,
    error: &'a Error,
}

/// The grid of a type below a parent.
pub(crate) async fn draw(visit: &Visit, name: &str, parent: i64) -> Result<Markup> {
    sheet(visit, find(name)?, parent, None).await
}

async fn rows(visit: &Visit, grid: &Grid, parent: i64) -> Result<(Vec<Record>, bool)> {
    let ty = visit.registry().get(grid.ty)?;
    let ask = List {
        filter: Filter::field(grid.parent, Op::Is, parent),
        sort: "id".into(),
        descending: false,
        columns: vec![],
        limit: MOST,
        ..List::of(ty)
    };
    let page = list::page(&visit.ctx, visit.db(), ty, &ask).await?;
    let ids: Vec<i64> = page.lines.iter().map(|l| l.id).collect();
    let mut all = read::find_many(&visit.ctx, visit.db(), ty, &ids).await?;
    if grid.columns.contains(&"position") {
        all.sort_by_key(|r| (r.int("position").is_none(), r.int("position"), r.id));
    } else if grid.columns.contains(&"from_quantity") {
        all.sort_by_key(|r| (r.int("product_id"), r.int("from_quantity"), r.id));
    }
    Ok((all, page.next.is_some()))
}

/// The currency in which the money of a grid is written: that of the book or of the product.
async fn currency(visit: &Visit, grid: &Grid, parent: i64) -> Result<Currency> {
    let sql = match grid.ty {
        "price_entry" => "SELECT currency FROM catalog_price_book WHERE id = $1",
        "product_option" => {
            "SELECT p.currency FROM catalog_product p JOIN catalog_option_group g ON g.product_id = p.id WHERE g.id = $1"
        }
        _ => return Ok(visit.house.currency),
    };
    let row = visit.db().one(sql, binds![parent]).await?;
    let code = row.map(|r| r.opt_text(0)).transpose()?.flatten();
    Ok(code.and_then(|c| Currency::parse(&c)).unwrap_or(visit.house.currency))
}

async fn sheet(visit: &Visit, grid: &Grid, parent: i64, typed: Option<Typed<'_>>) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get(grid.ty)?.clone();
    let (all, more) = rows(visit, grid, parent).await?;
    let c = currency(visit, grid, parent).await?;
    let id = format!("grid-{}-{parent}", grid.ty);
    let write = visit.may(&ty.permission("edit"));
    let mut names: HashMap<&str, HashMap<i64, String>> = HashMap::new();
    for name in grid.columns {
        if let Some(FieldKind::Ref(to)) = ty.field(name).map(|f| f.kind) {
            let ids: Vec<i64> = all.iter().filter_map(|r| r.int(name)).collect();
            let titles = read::titles(visit.db(), visit.registry(), to, &ids, visit.latin).await?;
            names.insert(name, titles);
        }
    }
    let columns: Vec<&Field> = grid
        .columns
        .iter()
        .filter_map(|n| ty.field(n))
        .filter(|f| visit.sees(f))
        .collect();
    let bad = |row: Option<i64>| typed.as_ref().filter(|t| t.row == row);
    let cells = |row: Option<&Record>| {
        let bad = bad(row.map(|r| r.id));
        html! {
            @for f in &columns {
                @let name = row.and_then(|r| names.get(f.name)?.get(&r.int(f.name)?));
                @let text = match (bad, row) {
                    (Some(t), _) => t.fields.get(f.name).unwrap_or("").to_owned(),
                    (None, Some(r)) => f.write(r.get(f.name), c),
                    (None, None) => f.default.unwrap_or("").to_owned(),
                };
                @let error = bad.and_then(|t| t.error.fields.iter().find(|e| e.field == f.name)).map(|e| loc.field_error(e));
                (input(visit, &ty, f, row, &text, name.map_or("", String::as_str), c, error))
            }
        }
    };
    let whole = |row: Option<i64>| -> Vec<String> {
        let of = bad(row).map(|t| t.error);
        of.filter(|e| !e.fields.iter().any(|f| grid.columns.contains(&f.field.as_str())))
            .map(|e| e.fields.first().map_or_else(|| loc.error(e), |f| loc.field_error(f)))
            .into_iter()
            .collect()
    };
    Ok(html! {
        div.grid-rows id=(id) {
            @if all.is_empty() && !write { p.mut.pad { (loc.t("grid-none")) } }
            @for r in &all {
                @if write {
                    form.grid-row hx-post={ "/grid/" (grid.ty) "/" (parent) "/" (r.id) } hx-target={ "#" (id) } hx-swap="outerHTML" {
                        (ui::form_errors(&whole(Some(r.id))))
                        (ui::hidden("version", &r.version.to_string()))
                        (cells(Some(r)))
                        span.row.grid-act {
                            (ui::icon_btn("device-floppy", loc.t("web-save")).small().submit())
                            (ui::icon_btn("trash", loc.t("grid-remove")).small().submit().attr("name", "act").attr("value", "remove").attr("formnovalidate", ""))
                        }
                    }
                } @else {
                    div.grid-row { @for f in &columns { div.field { span.lab { (loc.t(&ty.label(f.name))) } span { (plain(visit, &ty, f, r, &names, c)) } } } }
                }
            }
            @if more { p.mut.pad { (loc.tv("grid-more", &[("n", MOST.into())])) } }
            @if write {
                form.grid-row.new hx-post={ "/grid/" (grid.ty) "/" (parent) } hx-target={ "#" (id) } hx-swap="outerHTML" {
                    (ui::form_errors(&whole(None)))
                    (cells(None))
                    span.row.grid-act { (ui::btn(loc.t("grid-add")).icon("plus").small().submit()) }
                }
            }
        }
    })
}

fn plain(
    visit: &Visit,
    ty: &RecordType,
    f: &Field,
    r: &Record,
    names: &HashMap<&str, HashMap<i64, String>>,
    c: Currency,
) -> String {
    let loc = &visit.loc;
    match (f.kind, r.get(f.name)) {
        (_, Value::Null) => "—".to_owned(),
        (FieldKind::Ref(_), v) => v
            .int()
            .and_then(|id| names.get(f.name)?.get(&id).cloned())
            .unwrap_or_default(),
        (FieldKind::Choice(_), v) => loc.t(&format!("{}-{}-{}", ty.name, f.name, v.text().unwrap_or(""))),
        (FieldKind::Bool, v) => loc.t(if v.truth() == Some(true) {
            "records-yes"
        } else {
            "records-no"
        }),
        (FieldKind::Money { .. }, Value::Int(m)) => loc.money_full(*m, c),
        (FieldKind::Rate, Value::Int(rate)) => loc.percent_ppm(*rate),
        (FieldKind::Quantity, Value::Int(q)) => loc.qty(*q),
        (_, v) => f.write(v, c),
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "one cell: what it is, what stands in it, what is wrong with it"
)]
fn input(
    visit: &Visit,
    ty: &RecordType,
    f: &Field,
    row: Option<&Record>,
    text: &str,
    shown: &str,
    c: Currency,
    error: Option<String>,
) -> Markup {
    let loc = &visit.loc;
    let place = row.map_or_else(|| "new".to_owned(), |r| r.id.to_string());
    let field = ui::Field::new(f.name, loc.t(&ty.label(f.name)))
        .id(format!("{}-{place}-{}", ty.name, f.name))
        .required(f.required)
        .error(error);
    match f.kind {
        // What a row is about stays; another one is another row.
        FieldKind::Ref(to) if row.is_some() => html! {
            div.field.grid-what { span.lab { (loc.t(&ty.label(f.name))) } a.link href={ (path(visit, to)) "/" (text) } { (shown) } (ui::hidden(f.name, text)) }
        },
        FieldKind::Ref(to) => html! { div.grid-what { (field.combobox(loc, &format!("/lookup/{to}"), text, "")) } },
        FieldKind::Choice(words) => {
            let of = |w: &&str| Choice::new(*w, loc.t(&format!("{}-{}-{w}", ty.name, f.name)));
            field.select(&words.iter().map(of).collect::<Vec<_>>(), text, None)
        }
        FieldKind::Bool => {
            let all = [
                Choice::new("no", loc.t("records-no")),
                Choice::new("yes", loc.t("records-yes")),
            ];
            field.select(&all, text, None)
        }
        FieldKind::Date => field.date(text),
        FieldKind::Money { .. } => field.money(text, c.sign()),
        FieldKind::Rate | FieldKind::Quantity | FieldKind::Int => field.number(text),
        FieldKind::Long => html! { div.grid-wide { (field.textarea(text, 2)) } },
        _ => field.text(text),
    }
}

fn path(visit: &Visit, ty: &str) -> String {
    visit.registry().get(ty).map(|t| t.path.to_owned()).unwrap_or_default()
}

/// `POST /grid/{type}/{parent}` and `POST /grid/{type}/{parent}/{row}`.
pub(crate) async fn save(visit: Visit, name: String, parent: i64, row: Option<i64>, f: Fields) -> Answer {
    let grid = find(&name)?;
    match write_row(&visit, grid, parent, row, &f).await {
        Ok(()) => answer::html(sheet(&visit, grid, parent, None).await?),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Refused | Kind::Stale) => {
            let typed = Typed {
                row,
                fields: &f,
                error: &error,
            };
            let markup = sheet(&visit, grid, parent, Some(typed)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, markup).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn write_row(visit: &Visit, grid: &Grid, parent: i64, row: Option<i64>, f: &Fields) -> Result<()> {
    let ty = visit.registry().get(grid.ty)?.clone();
    let c = currency(visit, grid, parent).await?;
    let tx = visit.ctx.begin().await?;
    if let (Some(row), Some("remove")) = (row, f.filled("act")) {
        write::archive(&visit.ctx, &tx, &ty, row, f.need_int("version")?, true).await?;
        return tx.commit().await;
    }
    let (mut values, mut wrong) = (zhike_kernel::Values::new(), vec![]);
    for name in grid.columns {
        let (Some(field), Some(text)) = (ty.field(name), f.get(name)) else {
            continue;
        };
        if !visit.sees(field) {
            return Err(zhike_store::sight::hidden(field));
        }
        match field.parse(text, c) {
            Ok(value) => {
                values.insert((*name).to_owned(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    match row {
        Some(row) => {
            let version = f.need_int("version")?;
            write::update(&visit.ctx, &tx, &ty, row, version, values).await?;
        }
        None => {
            values.insert(grid.parent.to_owned(), parent.into());
            write::create(&visit.ctx, &tx, &ty, values).await?;
        }
    }
    tx.commit().await
}
