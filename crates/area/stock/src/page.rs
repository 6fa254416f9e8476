//! What the pages of products, places and kept products say about the stock, and the form that books a movement.

use crate::ledger;
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use serde_json::json;
use zhike_kernel::{Error, Filter, Op, Result, Value};
use zhike_store::{Query as _, Record, binds, read, write};
use zhike_web::{
    Form, Visit,
    answer::{Answer, go_saying, json as answer_json},
    records, ui,
};

/// Movements shown.
const MOVES: usize = 20;
/// Places and expected goods shown.
const ROWS: i64 = 200;

async fn item_of(visit: &Visit, product: i64) -> Result<Option<Record>> {
    let sql = "SELECT id FROM stock_item WHERE product_id = $1 AND archived_at IS NULL";
    match visit.db().one(sql, binds![product]).await? {
        Some(row) => read::find(&visit.ctx, visit.db(), visit.registry().get("stock_item")?, row.int(0)?).await,
        None => Ok(None),
    }
}

/// The tab `stock` of a product.
pub(crate) async fn tab(visit: &Visit, product: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let Some(item) = item_of(visit, product.id).await? else {
        let button = (visit.may("stock_item.create") && product.archived_at.is_none()).then(|| {
            html! {
                form method="post" action={ "/products/" (product.id) "/stock/keep" } {
                    (ui::hidden("csrf", &visit.csrf))
                    (ui::btn(loc.t("stock-keep")).icon("plus").primary().submit())
                }
            }
        });
        return Ok(ui::empty(
            "packages",
            &loc.t("stock-not-kept"),
            &loc.t("stock-not-kept-text"),
            button.unwrap_or_default(),
        ));
    };
    let edit =
        html! { (ui::btn(loc.t("stock-settings")).icon("settings").small().href(format!("/stock/{}", item.id))) };
    Ok(html! {
        div.stack.l {
            (figures(visit, &item))
            (places(visit, product.id, edit).await?)
            @if visit.may("stock_move.create") && item.archived_at.is_none() { (form(visit, product.id).await?) }
            (expected(visit, product.id).await?)
            (moves(visit, "product_id", product.id).await?)
        }
    })
}

/// The tab `stock` of a kept product.
pub(crate) async fn of_item(visit: &Visit, item: &Record) -> Result<Markup> {
    let product = item.int("product_id").unwrap_or(0);
    let loc = &visit.loc;
    let to =
        html! { (ui::btn(loc.t("stock-product")).icon("package").small().href(format!("/products/{product}/stock"))) };
    Ok(html! {
        div.stack.l {
            (figures(visit, item))
            (places(visit, product, to).await?)
            (expected(visit, product).await?)
            (moves(visit, "product_id", product).await?)
        }
    })
}

fn figures(visit: &Visit, item: &Record) -> Markup {
    let loc = &visit.loc;
    let kpi = |name: &str| {
        let label = loc.t(&format!("stock_item-{name}"));
        ui::Kpi::new(label, ui::qty(loc, item.int(name).unwrap_or(0)))
    };
    ui::kpis(&[kpi("on_hand"), kpi("reserved"), kpi("free"), kpi("waiting")])
}

async fn places(visit: &Visit, product: i64, actions: Markup) -> Result<Markup> {
    let loc = &visit.loc;
    let levels = ledger::levels(visit.db(), &[product])
        .await?
        .remove(&product)
        .unwrap_or_default();
    let ids: Vec<i64> = levels.iter().map(|l| l.warehouse).collect();
    let names = read::titles(visit.db(), visit.registry(), "warehouse", &ids, visit.latin).await?;
    let body = html! {
        @if levels.is_empty() {
            (ui::empty("building-store", &loc.t("stock-empty"), &loc.t("stock-empty-text"), html! {}))
        } @else {
            table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("warehouse-one")) }
                    th.r scope="col" { (loc.t("stock_item-on_hand")) }
                    th.r scope="col" { (loc.t("stock_item-reserved")) }
                    th.r scope="col" { (loc.t("stock_item-free")) }
                } }
                tbody data-rows {
                    @for l in &levels { tr {
                        td { a.link href={ "/warehouses/" (l.warehouse) } { (names.get(&l.warehouse).map_or("—", String::as_str)) } }
                        td.r { (ui::qty(loc, l.on_hand)) }
                        td.r { (ui::qty(loc, l.reserved)) }
                        td.r { (ui::qty(loc, l.on_hand - l.reserved)) }
                    } }
                }
            }
        }
    };
    Ok(html! { (ui::card(loc.t("stock-places")).actions(actions).flush(body)) })
}

async fn expected(visit: &Visit, product: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let filter = Filter::All(vec![
        is("product_id", product),
        Filter::Field {
            field: "open".to_owned(),
            op: Op::Gt,
            values: vec![Value::Int(0)],
        },
    ]);
    let columns = ["number", "warehouse_id", "due_on", "quantity", "open"];
    let list = records::related(visit, "incoming", filter, &columns, MOVES).await?;
    let new = visit.may("incoming.create").then(|| {
        ui::btn(loc.t("stock-expect"))
            .icon("plus")
            .small()
            .href(format!("/incoming/new?product_id={product}"))
    });
    let actions = html! { @if let Some(new) = new { (new) } };
    Ok(html! { (ui::card(loc.t("incoming-many")).actions(actions).flush(list)) })
}

fn is(field: &str, id: i64) -> Filter {
    Filter::Field {
        field: field.to_owned(),
        op: Op::Is,
        values: vec![Value::Int(id)],
    }
}

async fn moves(visit: &Visit, field: &str, id: i64) -> Result<Markup> {
    let mut columns = vec!["kind", "moved_on", "quantity", "warehouse_id", "order_id", "note"];
    if field == "warehouse_id" {
        columns = vec!["kind", "moved_on", "product_id", "quantity", "order_id", "note"];
    }
    let list = records::related(visit, "stock_move", is(field, id), &columns, MOVES).await?;
    Ok(html! { (ui::card(visit.loc.t("stock_move-many")).flush(list)) })
}

/// The tab `stock` of a warehouse.
pub(crate) async fn of_place(visit: &Visit, place: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = "SELECT product_id, on_hand, reserved FROM stock_level WHERE warehouse_id = $1 AND (on_hand <> 0 OR reserved <> 0) \
               ORDER BY product_id LIMIT $2";
    let mut rows = vec![];
    for row in visit.db().all(sql, binds![place.id, ROWS]).await? {
        rows.push((row.int(0)?, row.int(1)?, row.int(2)?));
    }
    let ids: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let names = read::titles(visit.db(), visit.registry(), "product", &ids, visit.latin).await?;
    let body = html! {
        @if rows.is_empty() {
            (ui::empty("packages", &loc.t("stock-place-empty"), &loc.t("stock-place-empty-text"), html! {}))
        } @else {
            table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("product-one")) }
                    th.r scope="col" { (loc.t("stock_item-on_hand")) }
                    th.r scope="col" { (loc.t("stock_item-reserved")) }
                    th.r scope="col" { (loc.t("stock_item-free")) }
                } }
                tbody data-rows {
                    @for (product, on_hand, reserved) in &rows { tr {
                        td { a.link href={ "/products/" (product) "/stock" } { (names.get(product).map_or("—", String::as_str)) } }
                        td.r { (ui::qty(loc, *on_hand)) }
                        td.r { (ui::qty(loc, *reserved)) }
                        td.r { (ui::qty(loc, on_hand - reserved)) }
                    } }
                }
            }
        }
    };
    Ok(html! {
        div.stack.l {
            (ui::card(loc.t("stock-place")).note(loc.tv("stock-place-note", &[("n", ROWS.into())])).flush(body))
            (moves(visit, "warehouse_id", place.id).await?)
        }
    })
}

/// The form that books a receipt or a correction.
async fn form(visit: &Visit, product: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let sql = format!(
        "SELECT w.id, {} FROM stock_warehouse w WHERE w.archived_at IS NULL ORDER BY w.position IS NULL, w.position, w.id LIMIT $1",
        visit.ctx.name_of("w")
    );
    let mut places = vec![];
    for row in visit.db().all(&sql, binds![ROWS]).await? {
        places.push(ui::Choice::new(row.int(0)?.to_string(), row.text(1)?));
    }
    if places.is_empty() {
        let button = html! {
            @if visit.may("warehouse.create") { (ui::btn(loc.t("stock-first-place")).icon("plus").href("/warehouses/new")) }
        };
        return Ok(ui::empty(
            "building-store",
            &loc.t("stock-no-place"),
            &loc.t("stock-no-place-text"),
            button,
        ));
    }
    let kinds = ["receipt", "correction"].map(|k| ui::Choice::new(k, loc.t(&format!("stock_move-kind-{k}"))));
    let first = places.first().map(|p| p.value.clone()).unwrap_or_default();
    let body = html! {
        form.stack.l method="post" action={ "/products/" (product) "/stock/move" } {
            (ui::hidden("csrf", &visit.csrf))
            div.form-grid {
                (ui::Field::new("kind", loc.t("stock_move-kind")).segmented(&kinds, "receipt"))
                (ui::Field::new("warehouse_id", loc.t("warehouse-one")).required(true).select(&places, &first, None))
                (ui::Field::new("quantity", loc.t("stock_move-quantity")).required(true).hint(loc.t("stock-quantity-hint")).number(""))
                (ui::Field::new("note", loc.t("stock_move-note")).text(""))
            }
            div.btn-row.end { (ui::btn(loc.t("stock-book")).icon("check").primary().submit()) }
        }
    };
    Ok(html! { (ui::card(loc.t("stock-book-title")).body(body)) })
}

async fn need_product(visit: &Visit, id: i64) -> Result<Record> {
    read::need(&visit.ctx, visit.db(), visit.registry().get("product")?, id).await
}

/// `POST /products/{id}/stock/keep`: its stock is kept from now on.
pub(crate) async fn keep(visit: Visit, Path(id): Path<i64>) -> Answer {
    let product = need_product(&visit, id).await?;
    let ty = visit.registry().get("stock_item")?.clone();
    let tx = visit.ctx.begin().await?;
    let values = zhike_kernel::Values::from([("product_id".to_owned(), product.id.into())]);
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    go_saying(
        &visit,
        &format!("/products/{id}/stock"),
        &visit.loc.t("stock-kept"),
        None,
    )
}

/// `POST /products/{id}/stock/move`.
pub(crate) async fn book(visit: Visit, Path(id): Path<i64>, Form(f): Form) -> Answer {
    let product = need_product(&visit, id).await?;
    let ty = visit.registry().get("stock_move")?.clone();
    let mut input = vec![("product_id".to_owned(), product.id.to_string())];
    for name in ["kind", "warehouse_id", "quantity", "note"] {
        input.push((name.to_owned(), f.get(name).unwrap_or("").to_owned()));
    }
    let values = write::read_input(&visit.ctx, &ty, None, &input)?;
    if values.get("quantity").is_none_or(Value::is_empty) {
        return Err(Error::field("quantity", "error-required").into());
    }
    let tx = visit.ctx.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await?;
    go_saying(
        &visit,
        &format!("/products/{id}/stock"),
        &visit.loc.t("stock-booked"),
        None,
    )
}

/// `GET /api/v1/products/{id}/stock`: what lies where, and what is expected.
pub(crate) async fn tell(visit: Visit, Path(id): Path<i64>) -> Answer {
    let product = need_product(&visit, id).await?;
    let item = item_of(&visit, product.id).await?;
    let levels = ledger::levels(visit.db(), &[product.id])
        .await?
        .remove(&product.id)
        .unwrap_or_default();
    let supply = crate::port::supplies(visit.db(), &[product.id])
        .await?
        .remove(&product.id)
        .unwrap_or_default();
    let words = |q: i64| ledger::words(q);
    let figure = |name: &str| item.as_ref().and_then(|i| i.int(name)).map(words);
    let body = json!({
        "product_id": product.id,
        "kept": item.is_some(),
        "on_hand": figure("on_hand"),
        "reserved": figure("reserved"),
        "free": figure("free"),
        "waiting": figure("waiting"),
        "places": levels.iter().map(|l| json!({
            "warehouse_id": l.warehouse, "on_hand": words(l.on_hand), "reserved": words(l.reserved),
            "free": words(l.on_hand - l.reserved),
        })).collect::<Vec<_>>(),
        "incoming": supply.incoming.iter().map(|(day, q)| json!({"due_on": day.to_string(), "quantity": words(*q)})).collect::<Vec<_>>(),
    });
    answer_json(StatusCode::OK, &body)
}
