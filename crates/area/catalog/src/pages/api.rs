//! Prices and configurations for programs.

use crate::{
    config::Config,
    configure::{self, Why},
    price::port::Prices,
};
use axum::{extract::Path, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value as Value_, json};
use zhike_contract::{PriceAsk, Pricing, Quote, Reason, ReasonArg};
use zhike_kernel::{Currency, Error, Result, error::FieldError, number};
use zhike_store::{Field, FieldKind, read};
use zhike_web::{
    Json, Visit,
    answer::{Answer, json as answer_json},
};

/// A question for a price, read.
pub(crate) struct Asked {
    pub product_id: i64,
    pub party_id: Option<i64>,
    pub quantity: i64,
    pub unit: String,
    pub options: String,
    pub on: Option<String>,
    pub channel: String,
    pub currency: Option<String>,
}

/// A question for a price, as a program sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    product_id: i64,
    party_id: Option<i64>,
    quantity: Option<String>,
    unit: Option<String>,
    options: Option<String>,
    on: Option<String>,
    channel: Option<String>,
    currency: Option<String>,
}

impl Body {
    fn read(self) -> Result<Asked> {
        let quantity = Field::new("quantity", FieldKind::Quantity)
            .parse(self.quantity.as_deref().unwrap_or("1"), Currency::CNY)
            .map_err(|e| Error::fields(vec![e]))?;
        Ok(Asked {
            product_id: self.product_id,
            party_id: self.party_id,
            quantity: quantity.int().unwrap_or(1_000),
            unit: self.unit.unwrap_or_default(),
            options: self.options.unwrap_or_default(),
            on: self.on,
            channel: self.channel.unwrap_or_default(),
            currency: self.currency,
        })
    }
}

/// Asks for a price. The customer must be in the asker's sight: a price tells what was agreed.
pub(crate) async fn quote(visit: &Visit, asked: &Asked) -> Result<Quote> {
    read::need(
        &visit.ctx,
        visit.db(),
        visit.registry().get("product")?,
        asked.product_id,
    )
    .await
    .map_err(|_| Error::field("product_id", "error-not-a-record"))?;
    let mut currency = match asked.currency.as_deref().filter(|c| !c.trim().is_empty()) {
        Some(code) => Some(Currency::parse(code).ok_or_else(|| Error::field("currency", "error-not-a-currency"))?),
        None => None,
    };
    if let Some(party) = asked.party_id {
        let party = read::need(&visit.ctx, visit.db(), visit.registry().get("party")?, party)
            .await
            .map_err(|_| Error::field("party_id", "error-not-a-record"))?;
        currency = currency.or_else(|| Currency::parse(party.text("currency")));
    }
    let on = match asked.on.as_deref().filter(|d| !d.trim().is_empty()) {
        Some(day) => zhike_store::field::parse_date(day).ok_or_else(|| Error::field("on", "error-not-a-date"))?,
        None => visit.today(),
    };
    let ask = PriceAsk {
        party: asked.party_id,
        product: asked.product_id,
        quantity: asked.quantity,
        unit: asked.unit.clone(),
        options: asked.options.clone(),
        on,
        channel: asked.channel.clone(),
        currency: currency.unwrap_or(visit.house.currency),
    };
    Prices.quote(&visit.ctx, visit.db(), &ask).await
}

fn money(amount: Option<i64>, c: Currency) -> Value_ {
    amount.map_or(Value_::Null, |a| number::write_scaled(a, c.decimals()).into())
}

fn reason(visit: &Visit, c: Currency, r: &Reason) -> Value_ {
    let args: serde_json::Map<String, Value_> = r
        .args
        .iter()
        .map(|(k, v)| {
            let v = match v {
                ReasonArg::Text(t) => t.as_str().into(),
                ReasonArg::Int(n) => (*n).into(),
                ReasonArg::Money(m) => money(Some(*m), c),
                ReasonArg::Quantity(q) => number::write_scaled(*q, 3).into(),
                ReasonArg::Rate(r) => number::write_scaled(*r, 4).into(),
            };
            (k.clone(), v)
        })
        .collect();
    json!({"code": r.code, "won": r.won, "args": args, "text": zhike_web::ui::reason(&visit.loc, c, r)})
}

fn shown(visit: &Visit, q: &Quote) -> Value_ {
    let c = q.currency;
    json!({
        "currency": c.code(),
        "unit_price": money(q.unit_price, c),
        "discount": money(Some(q.discount), c),
        "tax_rate": q.tax_rate.map(|r| number::write_scaled(r, 4)),
        "base_quantity": number::write_scaled(q.base_quantity, 3),
        "per": q.per,
        "reasons": q.reasons.iter().map(|r| reason(visit, c, r)).collect::<Vec<_>>(),
    })
}

/// `POST /api/v1/prices`.
pub(crate) async fn prices(visit: Visit, Json(body): Json<Body>) -> Answer {
    let quote = quote(&visit, &body.read()?).await?;
    answer_json(StatusCode::OK, &shown(&visit, &quote))
}

fn sentence(visit: &Visit, e: &FieldError) -> Value_ {
    json!({"code": e.code, "text": visit.loc.field_error(e)})
}

fn why(visit: &Visit, config: &Config, why: &Why) -> Value_ {
    json!({
        "options": config.codes(&why.choices).split(' ').filter(|c| !c.is_empty()).collect::<Vec<_>>(),
        "rules": config.sentences(&why.parts).iter().map(|e| sentence(visit, e)).collect::<Vec<_>>(),
    })
}

/// `POST /api/v1/products/{id}/configuration`: what a choice of options means, with its price.
pub(crate) async fn configuration(visit: Visit, Path(id): Path<i64>, Json(mut body): Json<Body>) -> Answer {
    body.product_id = id;
    let asked = body.read()?;
    let quote = quote(&visit, &asked).await?;
    let config = Config::load(visit.db(), id).await?;
    let chosen = config.chosen(&asked.options).map_err(|code| {
        Error::fields(vec![FieldError {
            field: "options".to_owned(),
            code: "error-rule-code",
            args: vec![("code", code.into())],
        }])
    })?;
    let found = configure::analyse(&config.model, &chosen);
    let list = |all: &[(usize, Why)]| -> Vec<Value_> {
        all.iter()
            .filter_map(|(o, w)| Some(json!({"option": config.options.get(*o)?.code, "why": why(&visit, &config, w)})))
            .collect()
    };
    let completed = configure::complete(&config.model, &chosen, &config.presets());
    answer_json(
        StatusCode::OK,
        &json!({
            "valid": found.broken.is_empty(),
            "messages": config.sentences(&found.broken).iter().map(|e| sentence(&visit, e)).collect::<Vec<_>>(),
            "impossible": found.dead.as_ref().map(|w| why(&visit, &config, w)),
            "forced": list(&found.forced),
            "forbidden": list(&found.forbidden),
            "completed": completed.map(|all| config.codes(&all)),
            "price": shown(&visit, &quote),
        }),
    )
}

/// `POST /api/v1/products/{id}/variants`: makes the variants that are missing.
pub(crate) async fn variants(visit: Visit, Path(id): Path<i64>) -> Answer {
    let made = super::variants::made(&visit, id).await?;
    answer_json(StatusCode::CREATED, &json!({"made": made}))
}
