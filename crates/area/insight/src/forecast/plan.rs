//! The demand plan for production: quantities of what is kept in stock, as a file and for programs.

use super::{AHEAD, latest, month_name, read};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value as Json, json};
use zhike_kernel::{Error, Result, number};
use zhike_web::{Answer, Query, Visit, answer};

/// A line: what it is, and how much of it in each month.
struct Line {
    product: i64,
    sku: String,
    name: String,
    wape: Option<i64>,
    plan: Vec<i64>,
}

async fn lines(visit: &Visit) -> Result<(Vec<String>, Vec<Line>)> {
    let Some(run) = latest(visit.db()).await? else {
        return Ok((vec![], vec![]));
    };
    let months = (0..AHEAD).map(|m| month_name(run.report.open + i64::try_from(m).unwrap_or(0)));
    let all = read::planned(&visit.ctx).await?;
    let lines = all.into_iter().map(|(s, sku)| Line {
        product: s.key.parse().unwrap_or(0),
        sku,
        name: s.name,
        wape: s.plan_wape,
        plan: s.plan.unwrap_or_default(),
    });
    Ok((months.collect(), lines.collect()))
}

/// `GET /api/v1/value/forecast/plan`.
pub async fn api(visit: Visit) -> Answer {
    let (months, lines) = lines(&visit).await?;
    let items: Vec<Json> = lines
        .iter()
        .map(|l| {
            let plan: Vec<Json> = months
                .iter()
                .zip(&l.plan)
                .map(|(month, quantity)| json!({ "month": month, "quantity": number::write_scaled(*quantity, 3) }))
                .collect();
            json!({ "product_id": l.product, "sku": l.sku, "name": l.name, "wape_ppm": l.wape, "plan": plan })
        })
        .collect();
    answer::json(StatusCode::OK, &json!({ "items": items }))
}

/// `GET /value/forecast/plan?format=csv|xlsx`.
pub async fn file(visit: Visit, Query(q): Query) -> Answer {
    let (months, lines) = lines(&visit).await?;
    let loc = &visit.loc;
    let mut heads = vec![loc.t("product-sku"), loc.t("product-name"), loc.t("forecast-plan-wape")];
    heads.extend(months);
    let percent = |l: &Line| l.wape.map_or_else(String::new, |w| loc.percent_ppm(w));
    if q.get("format") == Some("xlsx") {
        let bytes = zhike_web::blocking(move || sheet(&heads, &lines)).await??;
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let head = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"demand-plan.xlsx\""),
        ];
        return Ok((head, bytes).into_response());
    }
    let mut text = row(&heads);
    for l in &lines {
        let mut cells = vec![l.sku.clone(), l.name.clone(), percent(l)];
        cells.extend(l.plan.iter().map(|v| number::write_scaled(*v, 3)));
        text.push_str(&row(&cells));
    }
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"demand-plan.csv\""),
    ];
    Ok((head, text).into_response())
}

/// A line of a CSV file; a cell that a spreadsheet would take for a formula is told apart.
fn row(cells: &[String]) -> String {
    let written: Vec<String> = cells
        .iter()
        .map(|c| {
            let guarded = if c.starts_with(['=', '+', '@', '\t']) {
                format!("'{c}")
            } else {
                c.clone()
            };
            if guarded.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", guarded.replace('"', "\"\""))
            } else {
                guarded
            }
        })
        .collect();
    format!("{}\r\n", written.join(","))
}

fn sheet(heads: &[String], lines: &[Line]) -> Result<Vec<u8>> {
    let broken = |e: rust_xlsxwriter::XlsxError| Error::broken(e);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (c, head) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(0, c, head, &bold).map_err(broken)?;
    }
    for (r, l) in (1_u32..).zip(lines) {
        sheet.write_string(r, 0, &l.sku).map_err(broken)?;
        sheet.write_string(r, 1, &l.name).map_err(broken)?;
        if let Some(wape) = l.wape {
            sheet
                .write_number(r, 2, crate::model::float(wape) / 1e6)
                .map_err(broken)?;
        }
        for (c, quantity) in (3_u16..).zip(&l.plan) {
            sheet
                .write_number(r, c, crate::model::float(*quantity) / 1e3)
                .map_err(broken)?;
        }
    }
    book.save_to_buffer().map_err(broken)
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_written_so_that_they_come_back() {
        let cells = ["a,b", "he said \"no\"", "=1+1", "12.5"].map(str::to_owned);
        assert_eq!(super::row(&cells), "\"a,b\",\"he said \"\"no\"\"\",'=1+1,12.5\r\n");
    }
}
