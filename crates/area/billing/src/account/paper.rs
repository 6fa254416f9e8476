//! The statement of account on paper.

use super::page::{asked, name, sides};
use axum::{extract::Path, http::header, response::IntoResponse};
use zhike_kernel::Result;
use zhike_paper::{Column, Letterhead, Sheet, Sum};
use zhike_store::setting;
use zhike_web::{Query, Visit, answer::Answer};

async fn letterhead(visit: &Visit) -> Result<Letterhead> {
    let kept = setting::get(visit.db(), "letterhead").await?;
    Ok(Letterhead::kept(kept, &visit.app.company))
}

/// `GET /receivables/{id}/pdf`, in the reader's language.
pub(crate) async fn pdf(visit: Visit, Path(id): Path<String>, Query(q): Query) -> Answer {
    let loc = &visit.loc;
    let (party, _, account) = asked(&visit, &id, &q).await?;
    let money = |v: i64| loc.money_full(v, account.currency);
    let column = |key: &str, right: bool, wide: bool| Column {
        title: loc.t(key),
        right,
        wide,
    };
    let sum = |key: &str, value: i64, strong: bool| Sum {
        label: loc.t(key),
        value: money(value),
        strong,
    };
    let mut rows = vec![vec![
        account.from.to_string(),
        loc.t("account-opening"),
        String::new(),
        String::new(),
        money(account.opening),
    ]];
    rows.extend(account.entries.iter().map(|e| {
        let (debit, credit) = sides(e);
        let side = |v: Option<i64>| v.map(money).unwrap_or_default();
        vec![
            e.day.clone(),
            format!("{} {}", loc.t(e.kind.key()), e.number),
            side(debit),
            side(credit),
            money(e.balance),
        ]
    }));
    let page = loc.tv("account-page", &[("n", "\u{1}".into()), ("of", "\u{1}".into())]);
    let mut parts = page.split('\u{1}').map(|p| p.replace(['\u{2068}', '\u{2069}'], ""));
    let mut next = || parts.next().unwrap_or_default();
    let mut to = vec![name(&party, !loc.is_zh())];
    to.extend(["address", "city"].iter().map(|f| party.text(f).to_owned()));
    to.retain(|line| !line.is_empty());
    let sheet = Sheet {
        zh: loc.is_zh(),
        head: letterhead(&visit).await?,
        title: loc.t("account-title"),
        number: party.text("number").to_owned(),
        to_title: loc.t("account-to"),
        to,
        facts: vec![
            (loc.t("account-from"), loc.date_iso(account.from)),
            (loc.t("account-until"), loc.date_iso(account.until)),
            (loc.t("invoice-currency"), account.currency.code().to_owned()),
        ],
        columns: vec![
            column("account-day", false, false),
            column("account-document", false, true),
            column("account-debit", true, false),
            column("account-credits", true, false),
            column("account-balance", true, false),
        ],
        rows,
        sums: vec![
            sum("account-debit", account.debit, false),
            sum("account-credits", account.credit, false),
            sum("account-closing", account.closing(), true),
        ],
        tax_label: loc.t("letterhead-tax_number"),
        bank_label: loc.t("letterhead-bank"),
        page: [next(), next(), next()],
        ..Sheet::default()
    };
    let bytes = zhike_web::blocking(move || zhike_paper::pdf(&sheet)).await??;
    let file = format!("inline; filename=\"account-{}.pdf\"", party.text("number"));
    Ok((
        [
            (header::CONTENT_TYPE, "application/pdf".to_owned()),
            (header::CONTENT_DISPOSITION, file),
        ],
        bytes,
    )
        .into_response())
}
