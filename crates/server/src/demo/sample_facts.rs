//! What happened with the made-up customers: invoices and payments, services used, grades given by hand.

use super::{
    Progress, load,
    sample::{Ids, at, born},
};
use anyhow::Result;
use zhike_sample::Company;
use zhike_store::Ctx;

pub(super) async fn money(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<()> {
    let rows = company
        .invoices
        .iter()
        .map(|i| {
            let values = load::values(vec![
                ("number", i.number.as_str().into()),
                ("party_id", at(&ids.parties, i.party).into()),
                ("order_id", at(&ids.orders, i.order).into()),
                ("issued_on", i.issued_on.into()),
                ("due_on", i.due_on.into()),
                ("currency", "CNY".into()),
                ("total", i.total_minor.into()),
            ]);
            (values, born(ctx, i.issued_on))
        })
        .collect();
    let invoices = load::rows(ctx, "invoice", rows, progress).await?;
    let rows = company
        .payments
        .iter()
        .map(|p| {
            let method = match p.method {
                "transfer" => "transfer",
                "cash" => "cash",
                _ => "other",
            };
            let values = load::values(vec![
                ("number", p.number.as_str().into()),
                ("party_id", at(&ids.parties, p.party).into()),
                ("received_on", p.paid_on.into()),
                ("amount", p.amount_minor.into()),
                ("currency", "CNY".into()),
                ("method", method.into()),
            ]);
            (values, born(ctx, p.paid_on))
        })
        .collect();
    let payments = load::rows(ctx, "payment", rows, progress).await?;
    let rows = company
        .allocations
        .iter()
        .map(|a| {
            let day = company.payments.get(a.payment).map(|p| p.paid_on);
            let values = load::values(vec![
                ("payment_id", at(&payments, a.payment).into()),
                ("invoice_id", at(&invoices, a.invoice).into()),
                ("amount", a.amount_minor.into()),
            ]);
            (values, day.and_then(|d| born(ctx, d)))
        })
        .collect();
    load::rows(ctx, "allocation", rows, progress).await?;
    Ok(())
}

pub(super) async fn judgements(ctx: &Ctx, company: &Company, ids: &Ids, progress: Progress<'_>) -> Result<()> {
    let rows = company
        .service
        .iter()
        .map(|s| {
            let values = load::values(vec![
                ("party_id", at(&ids.parties, s.party).into()),
                ("used_on", s.on.into()),
                ("kind", s.kind.code().into()),
                ("minutes", s.minutes.into()),
            ]);
            (values, born(ctx, s.on))
        })
        .collect();
    load::rows(ctx, "service_use", rows, progress).await?;
    let rows = company
        .manual_ratings
        .iter()
        .map(|r| {
            let values = load::values(vec![
                ("party_id", at(&ids.parties, r.party).into()),
                ("user_id", at(&ids.users, r.user).into()),
                ("grade", format!("{:?}", r.grade).into()),
                ("rated_on", r.on.into()),
            ]);
            (values, born(ctx, r.on))
        })
        .collect();
    load::rows(ctx, "rating", rows, progress).await?;
    Ok(())
}
