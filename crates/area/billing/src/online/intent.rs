//! A customer wants to pay: a session is opened at the provider. Our own row comes first, then the call (outside of any
//! transaction), then what came of it; asked again, the same session comes back.

use super::{
    keep, link,
    provider::{Checkout, PaymentProvider},
    public::{self, State},
};
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use maud::html;
use zhike_kernel::{Currency, Error, Kind, Result, Stamp};
use zhike_outward::Outward;
use zhike_store::{Ctx, Query as _, Record, binds};
use zhike_web::{Query, Visit, answer::Answer, seal, ui};

/// A session of ours is good for so long unless the provider says otherwise.
const HOURS: i64 = 23;

/// What is being paid.
struct Wanted {
    id: i64,
    intent: String,
    url: Option<String>,
    amount: i64,
    currency: Currency,
}

/// The session for what is open now: the one that is under way, or a new one.
async fn want(house: &Ctx, l: &link::Link, provider: &str) -> Result<Wanted> {
    let tx = house.begin().await?;
    crate::balance::lock(&tx, &[l.invoice], &[]).await?;
    let ty = house.registry().get("invoice")?;
    let invoice = zhike_store::read::need(house, &tx, ty, l.invoice).await?;
    if !matches!(public::state(l, &invoice, house.now()), State::Open) {
        return Err(Error::refused("error-pay-over"));
    }
    let amount = invoice.int("open").unwrap_or(0);
    let currency = Currency::parse(invoice.text("currency")).ok_or_else(|| Error::refused("error-pay-over"))?;
    let sql = "SELECT id, intent, url FROM billing_pay_session WHERE link_id = $1 AND state IN ('asking', 'open') AND amount = $2 \
               AND currency = $3 AND provider = $4 AND ends_at > $5 ORDER BY id DESC LIMIT 1";
    let soon = tx.at.plus_seconds(60).0;
    let known = tx
        .one(sql, binds![l.id, amount, currency.code(), provider, soon])
        .await?;
    let wanted = match known {
        Some(r) => Wanted {
            id: r.int(0)?,
            intent: r.text(1)?,
            url: r.opt_text(2)?,
            amount,
            currency,
        },
        None => {
            let intent = format!("zhike-{}", seal::nonce());
            let sql = "INSERT INTO billing_pay_session (link_id, invoice_id, provider, intent, amount, currency, state, created_at, ends_at) \
                       VALUES ($1,$2,$3,$4,$5,$6,'asking',$7,$8) RETURNING id";
            let until = tx.at.plus_seconds(HOURS * 3_600).0;
            let row = binds![
                l.id,
                invoice.id,
                provider,
                intent.as_str(),
                amount,
                currency.code(),
                tx.at.0,
                until
            ];
            Wanted {
                id: tx.insert(sql, row).await?,
                intent,
                url: None,
                amount,
                currency,
            }
        }
    };
    tx.commit().await?;
    Ok(wanted)
}

/// Asks the provider and keeps what came of it.
async fn ask(
    house: &Ctx,
    outward: &Outward,
    provider: &dyn PaymentProvider,
    id: i64,
    ask: &Checkout,
) -> Result<String> {
    let asked = provider.open(outward, ask).await;
    let tx = house.begin().await?;
    let answer = match asked {
        Ok(opened) => {
            let ends = opened.ends_at.unwrap_or(Stamp(tx.at.plus_seconds(HOURS * 3_600).0));
            let sql = "UPDATE billing_pay_session SET session = $1, url = $2, ends_at = $3, error = NULL, \
                       state = CASE WHEN state = 'asking' THEN 'open' ELSE state END WHERE id = $4";
            tx.exec(sql, binds![opened.session, opened.url.as_str(), ends.0, id])
                .await?;
            Ok(opened.url)
        }
        Err(e) if e.kind == Kind::Broken => return Err(e),
        Err(e) => {
            // What may have reached the provider is asked again under the same key.
            let over = matches!(e.code, "error-pay-key" | "error-pay-refused" | "error-pay-answer");
            let why = e.args.iter().find(|a| a.0 == "why").map(|a| match &a.1 {
                zhike_kernel::Arg::Text(t) => t.clone(),
                zhike_kernel::Arg::Int(i) => i.to_string(),
            });
            let sql = "UPDATE billing_pay_session SET error = $1, state = CASE WHEN state = 'asking' AND $2 = 1 THEN 'failed' ELSE state END \
                       WHERE id = $3";
            let kept = format!("{}|{}", e.code, why.unwrap_or_default());
            tx.exec(sql, binds![kept, i64::from(over), id]).await?;
            tracing::warn!(session = id, code = e.code, "payment provider");
            Err(e)
        }
    };
    tx.commit().await?;
    answer
}

/// The address of this house as the customer reaches it.
fn site(visit: &Visit, setup: &keep::Setup, headers: &HeaderMap) -> String {
    if !setup.site.is_empty() {
        return setup.site.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("");
    format!("{}://{host}", if visit.app.secure { "https" } else { "http" })
}

async fn begin(
    outward: &Outward,
    visit: &Visit,
    headers: &HeaderMap,
    token: &str,
    l: &link::Link,
    invoice: &Record,
) -> Result<String> {
    let house = Ctx::system(&visit.house, visit.door);
    let setup = keep::get(house.db()).await?;
    let provider = keep::provider(house.db(), true).await?;
    let provider = provider.ok_or_else(|| Error::refused("error-pay-none"))?;
    let wanted = want(&house, l, provider.name()).await?;
    if let Some(url) = wanted.url {
        return Ok(url);
    }
    let back = format!(
        "{}/pay/{token}?lang={}",
        site(visit, &setup, headers),
        visit.loc.lang.code()
    );
    let checkout = Checkout {
        intent: wanted.intent,
        title: format!("{} {}", visit.loc.t("invoice-one"), invoice.text("number")),
        amount: wanted.amount,
        currency: wanted.currency,
        success: format!("{back}&back=1"),
        cancel: format!("{back}&cancelled=1"),
        zh: visit.loc.is_zh(),
    };
    ask(&house, outward, provider.as_ref(), wanted.id, &checkout).await
}

/// `POST /pay/{token}/checkout`: sends the customer on to the provider.
pub(crate) async fn checkout(
    outward: Outward,
    visit: Visit,
    headers: HeaderMap,
    Path(token): Path<String>,
    Query(q): Query,
) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "pay").await?;
    let (l, invoice) = public::open(&visit, &token).await?;
    let visit = visit.speaking(&q, None);
    match begin(&outward, &visit, &headers, &token, &l, &invoice).await {
        Ok(url) => {
            let loc = &visit.loc;
            let body = html! {
                div.stack.l.public {
                    h1 { (loc.t("pay-leaving")) }
                    p { (loc.t("pay-leaving-text")) }
                    div.btn-row { (ui::btn(loc.t("pay-go")).icon("credit-card").primary().large().href(url.as_str())) }
                }
            };
            // A form may not be sent on to another house (our own policy); a page may say where to go next.
            let mut answer = ui::bare(loc, &loc.t("pay-leaving"), &visit.uri, body).into_response();
            if let Ok(value) = HeaderValue::from_str(&format!("0; url={url}")) {
                answer.headers_mut().insert(HeaderName::from_static("refresh"), value);
            }
            Ok(answer)
        }
        Err(e) if matches!(e.kind, Kind::Refused | Kind::Invalid) => {
            let (l, invoice) = public::open(&visit, &token).await?;
            let key = if e.code == "error-pay-over" {
                "pay-changed"
            } else {
                "pay-trouble"
            };
            let body = public::view(&visit, &token, &l, &invoice, Some(key)).await?;
            let mut answer = body.into_response();
            *answer.status_mut() = if key == "pay-changed" {
                StatusCode::CONFLICT
            } else {
                StatusCode::BAD_GATEWAY
            };
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}
