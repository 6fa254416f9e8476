//! The importer and the value refresh, each as the product's own program under observation.

use crate::{
    child::{Child, Watched, zhike},
    report::{Results, Row},
};
use anyhow::Result;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};
use zhike_sample::{Scale, ScaleKind, products, scale_order, scale_party};

const PARTIES: &str = r#"
name = "load_parties"
[[step]]
file = "products.csv"
into = "product"
key = "sku"
currency = "CNY"
columns = { sku = "sku", name = "name", price = "price", cost = "cost" }
[[step]]
file = "parties.csv"
into = "party"
key = "external_key"
currency = "CNY"
[step.columns]
external_key = "key"
name = "name"
kind = "kind"
roles = { const = "customer" }
industry = "industry"
region = "region"
city = "city"
phone = "phone"
email = "email"
created_at = "created"
"#;

const ORDERS: &str = r#"
name = "load_orders"
[[step]]
file = "lines.csv"
into = "order_line"
mode = "create"
currency = "CNY"
columns = { product_id = { column = "sku", ref = "sku" }, quantity = "quantity", unit_price = "price", unit_cost = "cost" }
[step.parent]
key = "external_key"
[step.parent.columns]
external_key = "order"
party_id = { column = "customer", ref = "external_key" }
ordered_on = "date"
shipped_on = "date"
status = { const = "shipped" }
kind = { const = "sale" }
created_at = "date"
"#;

fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// Writes the files; the number of order lines.
fn files(folder: &Path, rows: u64) -> Result<u64> {
    std::fs::write(folder.join("parties.toml"), PARTIES)?;
    std::fs::write(folder.join("orders.toml"), ORDERS)?;
    let scale = Scale {
        parties: rows,
        orders: rows / 4,
        ..Scale::default()
    };
    let shelf = products();
    let mut f = BufWriter::new(File::create(folder.join("products.csv"))?);
    writeln!(f, "sku,name,price,cost")?;
    for p in &shelf {
        writeln!(
            f,
            "{},\"{}\",{},{}",
            p.sku,
            p.name,
            yuan(p.list_price_minor),
            yuan(p.cost_minor)
        )?;
    }
    let mut f = BufWriter::new(File::create(folder.join("parties.csv"))?);
    writeln!(f, "key,name,kind,industry,region,city,phone,email,created")?;
    for i in 0..rows {
        let p = scale_party(&scale, i);
        let kind = if p.kind == ScaleKind::ChineseCompany {
            "organisation"
        } else {
            "person"
        };
        writeln!(
            f,
            "{},\"{}\",{kind},{},{},{},{},{},{}",
            p.number, p.name, p.industry, p.region, p.city, p.phone, p.email, p.created_on
        )?;
    }
    let mut f = BufWriter::new(File::create(folder.join("lines.csv"))?);
    writeln!(f, "order,customer,date,sku,quantity,price,cost")?;
    let mut lines = 0;
    for i in 0..scale.orders {
        let o = scale_order(&scale, i);
        for l in &o.lines {
            let sku = shelf.get(l.product).map_or("", |p| p.sku.as_str());
            writeln!(
                f,
                "{},L{:08},{},{sku},{},{},{}",
                o.number,
                o.party + 1,
                o.ordered_on,
                l.quantity_milli / 1_000,
                yuan(l.unit_price_minor),
                yuan(l.unit_cost_minor)
            )?;
            lines += 1;
        }
    }
    Ok(lines)
}

/// Resident memory after a tenth and at the end, and the most.
fn flat(w: &Watched) -> String {
    let at = |share: f64| {
        w.memory
            .get(((w.memory.len() as f64 * share) as usize).min(w.memory.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    format!(
        "{:.0} MB after a tenth, {:.0} MB half way, {:.0} MB at most",
        at(0.1),
        at(0.5),
        w.peak
    )
}

/// Imports parties, then orders with lines, into a fresh house; memory of a tenth of the rows beside it.
pub async fn import(folder: &Path, database: Option<&str>, rows: u64, results: &mut Results) -> Result<()> {
    let (csv, data) = (folder.join("csv"), folder.join("imported"));
    std::fs::create_dir_all(&csv)?;
    let _ = std::fs::remove_dir_all(&data);
    let lines = files(&csv, rows)?;
    for (mapping, what, n, budget) in [
        ("parties", "parties", rows, 20_000.0),
        ("orders", "order lines with their orders", lines, 10_000.0),
    ] {
        let mut command = zhike(&data, database);
        command
            .arg("import")
            .arg(csv.join(format!("{mapping}.toml")))
            .arg("--dir")
            .arg(&csv);
        let seen = Child::start(command, 0)?.watch().await?;
        let rate = n as f64 / seen.wall;
        results.put(
            Row::rate("import", &format!("CSV import of {n} {what}"), rate, "rows/s")
                .budget(&format!("≥ {budget:.0} rows/s"), rate >= budget),
        );
        results.put(
            Row::plain("import", &format!("memory while importing {what}"), flat(&seen))
                .budget("flat", seen.peak < 250.0),
        );
    }
    if database.is_none() {
        let _ = std::fs::remove_dir_all(&data);
    }
    let _ = std::fs::remove_dir_all(&csv);
    Ok(())
}

/// The whole value refresh, from nothing.
pub async fn refresh(data: &Path, database: Option<&str>, size: &str, results: &mut Results) -> Result<()> {
    for (what, fresh) in [("from nothing", true), ("again, nothing changed", false)] {
        if fresh {
            let _ = std::fs::remove_dir_all(data.join("facts"));
        }
        let mut command = zhike(data, database);
        command.arg("refresh");
        let seen = Child::start(command, 0)?.watch().await?;
        let told = format!("{:.1} s, {:.1} s of processor time", seen.wall, seen.cpu);
        let row = Row::plain("value refresh", &format!("{size}, {what}"), told);
        results.put(if fresh {
            row.budget("≤ 30 s of processor time", seen.cpu <= 30.0)
        } else {
            row
        });
        let row = Row::plain(
            "value refresh",
            &format!("most memory, {what}"),
            format!("{:.0} MB", seen.peak),
        );
        results.put(row.budget("≤ 2048 MB", seen.peak <= 2_048.0));
    }
    Ok(())
}
