//! The answers to "what does it cost this customer, and why" and "can it be ordered so".

use super::{
    dated,
    load::{self, Product},
    rank::{self, Case},
};
use crate::config::Config;
use async_trait::async_trait;
use std::collections::{HashMap, hash_map::Entry};
use zhike_contract::{LineAsk, LineFact, PriceAsk, Pricing, ProductFacts, Quote, Reason, ReasonArg};
use zhike_kernel::{Currency, Error, Result, error::FieldError, money::mul_div, unit};
use zhike_store::{Ctx, Query, binds};

/// Sentences about entries that lost, at most.
const WEAKER: usize = 20;

pub(crate) struct Prices;

/// The sum of the chosen options' prices and costs, in the product's currency.
struct Effect {
    price: i64,
    cost: Option<i64>,
    reasons: Vec<Reason>,
}

fn effect(ctx: &Ctx, config: &Config, options: &str) -> Option<Effect> {
    let mut out = Effect {
        price: 0,
        cost: Some(0),
        reasons: vec![],
    };
    for option in config.known(options).iter().filter_map(|i| config.options.get(*i)) {
        out.price = out.price.checked_add(option.price)?;
        out.cost = out.cost.zip(option.cost).and_then(|(a, b)| a.checked_add(b));
        if option.price != 0 {
            let name = crate::config::title(&option.name, option.latin.as_deref(), ctx.latin);
            let reason = Reason::new("price-option", true).with("option", ReasonArg::Text(name.to_owned()));
            out.reasons.push(reason.with("price", ReasonArg::Money(option.price)));
        }
    }
    Some(out)
}

fn currency_of(ctx: &Ctx, product: &Product) -> Currency {
    Currency::parse(&product.currency).unwrap_or(ctx.house.currency)
}

fn too_large() -> Error {
    Error::field("quantity", "error-too-large")
}

/// Months in one period of a plan.
pub(crate) fn months(period: &str) -> i64 {
    match period {
        "quarter" => 3,
        "year" => 12,
        _ => 1,
    }
}

fn refuse(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

#[async_trait]
impl Pricing for Prices {
    async fn facts(&self, q: &dyn Query, product: i64) -> Result<Option<ProductFacts>> {
        let sql = "SELECT configurable, unit FROM catalog_product WHERE id = $1";
        let Some(row) = q.one(sql, binds![product]).await? else {
            return Ok(None);
        };
        Ok(Some(ProductFacts {
            configurable: row.bool(0)?,
            unit: row.opt_text(1)?.unwrap_or_default(),
            units: load::units(q, product).await?,
        }))
    }

    async fn quote(&self, ctx: &Ctx, q: &dyn Query, ask: &PriceAsk) -> Result<Quote> {
        let mut found = load::products(ctx, q, &[ask.product]).await?;
        let product = found
            .remove(&ask.product)
            .ok_or_else(|| Error::field("product_id", "error-not-a-record"))?;
        let factor = load::factor(q, &product, &ask.unit)
            .await?
            .ok_or_else(|| Error::fields(vec![unknown_unit(&product, &ask.unit)]))?;
        let base_quantity = mul_div(ask.quantity, factor, 1_000).ok_or_else(too_large)?;
        let same = product.currency == ask.currency.code();
        let on = ask.on.to_string();
        let known = dated::costs(q, &[(product.id, on.clone())]).await?;
        let now = known.get(&(product.id, on.clone())).copied();
        let mut list = product.price.filter(|_| same);
        let mut cost = now.filter(|_| same);
        let mut reasons = vec![];
        let mut first = "price-list";
        if (product.price.is_none() || now.is_none())
            && let Some((price, costs)) = load::bundle(q, product.id, ask.currency, &on).await?
        {
            if product.price.is_none() {
                list = price;
                first = "price-bundle";
            }
            cost = cost.or(costs);
        }
        let case = Case {
            party: ask.party,
            tier: match ask.party {
                Some(party) => load::tier(ctx, q, party).await?,
                None => None,
            },
            channel: ask.channel.clone(),
            on,
            quantity: base_quantity.abs(),
            currency: ask.currency.code().to_owned(),
        };
        let entries = load::entries(ctx, q, &product).await?;
        let (won, mut told) = rank::choose(&entries, &case);
        told.truncate(WEAKER);
        let rate = won.and_then(|w| w.discount_rate);
        let mut base = won.and_then(|w| w.price).or(list);
        if let Some(list) = list {
            let beaten = won.is_some_and(|w| w.price.is_some());
            let code = if beaten { "price-list-beaten" } else { first };
            reasons.push(Reason::new(code, !beaten).with("price", ReasonArg::Money(list)));
        } else if product.price.is_some() {
            let code = Reason::new("price-list-currency", false);
            reasons.push(code.with("currency", ReasonArg::Text(product.currency.clone())));
        }
        reasons.extend(told);
        if product.configurable && !ask.options.is_empty() {
            let config = Config::load(q, product.id).await?;
            let effect = effect(ctx, &config, &ask.options).ok_or_else(too_large)?;
            // The options' prices are in the product's currency: without one in that currency there is no price.
            if same {
                base = base.and_then(|b| b.checked_add(effect.price));
                cost = cost.zip(effect.cost).and_then(|(a, b)| a.checked_add(b));
                reasons.extend(effect.reasons);
            } else if !effect.reasons.is_empty() {
                (base, cost) = (None, None);
            }
        }
        let per_unit = |amount: Option<i64>| amount.and_then(|a| mul_div(a, factor, 1_000));
        let unit_price = per_unit(base).map(|p| p.max(0));
        if factor != 1_000 && unit_price.is_some() {
            let reason = Reason::new("price-unit", true).with("unit", ReasonArg::Text(ask.unit.clone()));
            let reason = reason.with("n", ReasonArg::Quantity(factor));
            reasons.push(reason.with("base", ReasonArg::Text(product.unit.clone())));
        }
        if unit_price.is_none() {
            let reason = Reason::new("price-none", true);
            reasons.push(reason.with("currency", ReasonArg::Text(ask.currency.code().to_owned())));
        }
        let discount = match (unit_price, rate) {
            (Some(price), Some(rate)) => {
                let gross = mul_div(price, ask.quantity, 1_000).ok_or_else(too_large)?;
                mul_div(gross, rate, 1_000_000).ok_or_else(too_large)?
            }
            _ => 0,
        };
        let tax_rate = match product.tax_class {
            Some(class) => load::tax(q, class, &case.on).await?,
            None => None,
        };
        Ok(Quote {
            unit_price,
            discount,
            tax_rate,
            unit_cost: per_unit(cost),
            base_quantity,
            currency: ask.currency,
            per: product.recurring,
            reasons,
        })
    }

    async fn check(&self, ctx: &Ctx, q: &dyn Query, lines: &[LineAsk]) -> Result<Vec<LineFact>> {
        let mut ids: Vec<i64> = lines.iter().map(|l| l.product).collect();
        ids.sort_unstable();
        ids.dedup();
        let products = load::products(ctx, q, &ids).await?;
        let days: Vec<(i64, String)> = lines.iter().map(|l| (l.product, l.on.to_string())).collect();
        let known = dated::costs(q, &days).await?;
        let mut configs: HashMap<i64, Config> = HashMap::new();
        let mut out = Vec::with_capacity(lines.len());
        for (line, day) in lines.iter().zip(&days) {
            let Some(product) = products.get(&line.product) else {
                return Err(Error::field("product_id", "error-not-a-record"));
            };
            // What comes back is taken as it went out, whatever the rules say today.
            let judged = line.quantity >= 0;
            let factor = match load::factor(q, product, &line.unit).await? {
                None if judged => return Err(Error::fields(vec![unknown_unit(product, &line.unit)])),
                factor => factor.unwrap_or(1_000),
            };
            let mut cost = known.get(day).copied();
            if cost.is_none() && product.parts > 0 {
                let parts = load::bundle(q, product.id, currency_of(ctx, product), &day.1).await?;
                cost = parts.and_then(|p| p.1);
            }
            if product.configurable {
                let config = match configs.entry(product.id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(Config::load(q, product.id).await?),
                };
                if judged {
                    chosen_well(config, &line.options)?;
                }
                let effect = effect(ctx, config, &line.options).and_then(|e| e.cost);
                cost = cost.zip(effect).and_then(|(a, b)| a.checked_add(b));
            } else if judged && !line.options.is_empty() {
                return Err(Error::field("options", "error-line-options"));
            }
            if judged && product.variants > 0 {
                return Err(Error::field("product_id", "error-line-template"));
            }
            if judged && ctx.door.by_hand() {
                let unit = Some(line.unit.as_str())
                    .filter(|u| !u.is_empty())
                    .unwrap_or(&product.unit);
                unit::whole(unit, line.quantity)?;
            }
            if judged {
                term(product, mul_div(line.quantity, factor, 1_000).unwrap_or(0))?;
            }
            out.push(LineFact {
                factor,
                unit_cost: cost.and_then(|c| mul_div(c, factor, 1_000)),
                currency: currency_of(ctx, product),
            });
        }
        Ok(out)
    }
}

fn unknown_unit(product: &Product, unit: &str) -> FieldError {
    FieldError {
        args: vec![("unit", unit.into()), ("base", product.unit.as_str().into())],
        ..refuse("unit", "error-line-unit")
    }
}

/// The one judgement of a configuration that is to be ordered.
fn chosen_well(config: &Config, options: &str) -> Result<()> {
    let chosen = config.chosen(options).map_err(|code| {
        Error::fields(vec![FieldError {
            args: vec![("code", code.into())],
            ..refuse("options", "error-rule-code")
        }])
    })?;
    let wrong = config.complaints(&chosen);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(wrong))
    }
}

/// A plan is ordered in whole periods and not for less than its term.
fn term(product: &Product, quantity: i64) -> Result<()> {
    let Some(period) = &product.recurring else {
        return Ok(());
    };
    let least = product.term_months.unwrap_or(0);
    let have = quantity.saturating_mul(months(period));
    if quantity % 1_000 != 0 || have < least.saturating_mul(1_000) {
        let mut error = refuse("quantity", "error-line-term");
        let periods = least.saturating_add(months(period) - 1) / months(period);
        error.args = vec![("months", least.into()), ("n", periods.max(1).into())];
        return Err(Error::fields(vec![error]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_whole_periods_and_its_term_at_least() {
        let plan = |period: &str, term| Product {
            recurring: Some(period.to_owned()),
            term_months: term,
            ..Product::default()
        };
        assert!(term(&plan("month", Some(12)), 12_000).is_ok());
        assert!(term(&plan("month", Some(12)), 11_000).is_err());
        assert!(term(&plan("quarter", Some(12)), 4_000).is_ok());
        assert!(term(&plan("year", Some(13)), 1_000).is_err());
        assert!(term(&plan("month", None), 1_500).is_err());
        assert!(term(&Product::default(), 500).is_ok());
    }
}
