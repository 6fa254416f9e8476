//! The quote on paper: its data for the one sheet, in its own language.

use super::read::{currency, lines as read_lines, need};
use axum::{extract::Path, http::header, response::IntoResponse};
use zhike_kernel::{Error, Result};
use zhike_paper::{Block, Column, Letterhead, Sheet, Sum};
use zhike_store::{Ctx, Record, read, setting};
use zhike_web::{Lang, Locale, Query, Visit, answer::Answer};

/// Name of the setting.
pub(crate) const LETTERHEAD: &str = "letterhead";

/// The letterhead; without one, only the company's name.
pub(crate) async fn letterhead(q: &dyn zhike_store::Query, company: &str) -> Result<Letterhead> {
    Ok(Letterhead::kept(setting::get(q, LETTERHEAD).await?, company))
}

/// The language of a quote.
pub(crate) fn locale(visit: &Visit, quote: &Record) -> Locale {
    Locale {
        lang: if quote.text("language") == "en" {
            Lang::En
        } else {
            Lang::ZhCn
        },
        zone: visit.loc.zone.clone(),
        catalog: visit.loc.catalog.clone(),
    }
}

/// What the customer is called and where they are.
pub(crate) async fn recipient(house: &Ctx, quote: &Record, latin: bool) -> Result<Vec<String>> {
    let ty = house.registry().get("party")?;
    let ids: Vec<i64> = ["party_id", "contact_id"].iter().filter_map(|f| quote.int(f)).collect();
    let found = read::find_many(house, house.db(), ty, &ids).await?;
    let name = |id: Option<i64>| {
        let party = found.iter().find(|p| Some(p.id) == id)?;
        let other = party.text("name_latin");
        Some(
            if latin && !other.is_empty() {
                other
            } else {
                party.text("name")
            }
            .to_owned(),
        )
    };
    let mut out: Vec<String> = name(quote.int("party_id")).into_iter().collect();
    out.extend(name(quote.int("contact_id")));
    if let Some(party) = found.iter().find(|p| Some(p.id) == quote.int("party_id")) {
        out.extend(
            ["address", "city"]
                .iter()
                .map(|f| party.text(f).to_owned())
                .filter(|t| !t.is_empty()),
        );
    }
    Ok(out)
}

/// The sheet of a quote. It is read as the house: whoever holds a link has no rights of their own.
pub(crate) async fn sheet(visit: &Visit, quote: &Record, loc: Locale) -> Result<Sheet> {
    let house = Ctx::system(&visit.house, visit.door);
    let zh = loc.is_zh();
    let lines = read_lines(&house, house.db(), quote.id).await?;
    let ids: Vec<i64> = lines.iter().filter_map(|l| l.int("product_id")).collect();
    let names = read::titles(house.db(), house.registry(), "product", &ids, !zh).await?;
    let c = currency(&house, quote);
    let money = |v: i64| loc.money_full(v, c);
    let discounts = lines.iter().any(|l| l.int("discount").unwrap_or(0) != 0);
    let rows = lines
        .iter()
        .zip(1_i64..)
        .map(|(l, i)| {
            let product = l
                .int("product_id")
                .and_then(|id| names.get(&id))
                .cloned()
                .unwrap_or_default();
            let words = [l.text("description"), l.text("options")]
                .iter()
                .filter(|w| !w.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join("\n");
            let what = match (product.is_empty(), words.is_empty()) {
                (false, false) => format!("{product}\n{words}"),
                (false, true) => product,
                _ => words,
            };
            let int = |n: &str| l.int(n).unwrap_or(0);
            let mut row = vec![
                loc.int(i),
                what,
                [loc.qty(int("quantity")), loc.unit(l.text("unit"))]
                    .join(" ")
                    .trim_end()
                    .to_owned(),
                money(int("unit_price")),
            ];
            if discounts {
                row.push(money(int("discount")));
            }
            row.push(loc.percent_ppm(int("tax_rate")));
            row.push(money(int("net")));
            row
        })
        .collect();
    let column = |key: &str, right: bool, wide: bool| Column {
        title: loc.t(key),
        right,
        wide,
    };
    let mut columns = vec![
        column("quote-sheet-row", true, false),
        column("quote-sheet-what", false, true),
        column("quote_line-quantity", true, false),
        column("quote_line-unit_price", true, false),
    ];
    if discounts {
        columns.push(column("quote_line-discount", true, false));
    }
    columns.push(column("quote_line-tax_rate", true, false));
    columns.push(column("quote_line-net", true, false));
    let of = |name: &str| money(quote.int(name).unwrap_or(0));
    let sum = |key: &str, value: String, strong: bool| Sum {
        label: loc.t(key),
        value,
        strong,
    };
    let day = |name: &str| quote.date(name).map(|d| loc.date_iso(d)).unwrap_or_default();
    let names = visit.app.identity.names(!zh).await?;
    let owner = quote
        .int("owner_id")
        .and_then(|u| names.get(&u))
        .cloned()
        .unwrap_or_default();
    let facts = vec![
        (loc.t("quote-quoted_on"), day("quoted_on")),
        (loc.t("quote-valid_until_on"), day("valid_until_on")),
        (loc.t("quote-owner_id"), owner),
        (loc.t("quote-currency"), c.code().to_owned()),
    ];
    let mut blocks = vec![];
    if !quote.text("terms").is_empty() {
        blocks.push(Block {
            title: loc.t("quote-terms"),
            text: quote.text("terms").to_owned(),
        });
    }
    let page = loc.tv("quote-sheet-page", &[("n", "\u{1}".into()), ("of", "\u{1}".into())]);
    let mut parts = page.split('\u{1}').map(|p| p.replace(['\u{2068}', '\u{2069}'], ""));
    let mut next = || parts.next().unwrap_or_default();
    Ok(Sheet {
        zh,
        head: letterhead(house.db(), &visit.app.company).await?,
        title: loc.t("quote-sheet-title"),
        number: quote.text("number").to_owned(),
        to_title: loc.t("quote-sheet-to"),
        to: recipient(&house, quote, !zh).await?,
        facts: facts.into_iter().filter(|f| !f.1.is_empty()).collect(),
        columns,
        rows,
        sums: vec![
            sum("quote-net", of("net"), false),
            sum("quote-tax", of("tax"), false),
            sum("quote-total", of("total"), true),
        ],
        blocks,
        signatures: vec![loc.t("quote-sheet-sign-us"), loc.t("quote-sheet-sign-you")],
        tax_label: loc.t("letterhead-tax_number"),
        bank_label: loc.t("letterhead-bank"),
        page: [next(), next(), next()],
        mark: matches!(quote.text("status"), "draft" | "approval").then(|| loc.t("quote-status-draft")),
    })
}

/// The file as an answer, in the quote's language or in the one that is asked for.
pub(crate) async fn file(visit: &Visit, quote: &Record, asked: Option<Lang>) -> Answer {
    let mut loc = locale(visit, quote);
    loc.lang = asked.unwrap_or(loc.lang);
    let sheet = sheet(visit, quote, loc).await?;
    let bytes = zhike_web::blocking(move || zhike_paper::pdf(&sheet)).await??;
    let name = format!("inline; filename=\"{}.pdf\"", quote.text("number"));
    Ok((
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        bytes,
    )
        .into_response())
}

/// `GET /quotes/{id}/pdf` and `GET /api/v1/quotes/{id}/pdf`.
pub(crate) async fn pdf(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let quote = need(&visit, &id).await?;
    let named = ["language", "lang"].iter().find_map(|k| Some((*k, q.filled(k)?)));
    let asked = match named {
        None => None,
        Some((name, word)) => Some(Lang::parse(word).ok_or_else(|| Error::field(name, "error-not-a-choice"))?),
    };
    file(&visit, &quote, asked).await
}
