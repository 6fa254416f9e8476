//! What other areas are told about parties.

use crate::{
    duplicates::{self, Asked},
    name::{name_key, phone_key},
};
use async_trait::async_trait;
use zhike_contract::{Alike, Parties, Sought, parties::Terms};
use zhike_kernel::{Error, Result, Values, text::fold_width};
use zhike_store::{Bind, Ctx, Query, Tx, binds, write};

/// Days until an invoice is due when the party has no agreement of its own.
const USUAL_DAYS: i64 = 30;
/// The currency when nothing is known of the party's.
const USUAL_CURRENCY: &str = "CNY";

pub(crate) struct Port;

#[async_trait]
impl Parties for Port {
    async fn terms(&self, q: &dyn Query, party: i64) -> Result<Option<Terms>> {
        let row = q
            .one(
                "SELECT owner_id, payment_days, currency, credit_limit FROM party_party WHERE id = $1",
                binds![party],
            )
            .await?;
        row.map(|r| {
            Ok(Terms {
                owner: r.opt_int(0)?,
                payment_days: r.opt_int(1)?.unwrap_or(USUAL_DAYS),
                currency: r
                    .opt_text(2)?
                    .filter(|c| !c.is_empty())
                    .unwrap_or_else(|| USUAL_CURRENCY.to_owned()),
                credit_limit: r.opt_int(3)?,
            })
        })
        .transpose()
    }

    async fn similar(&self, ctx: &Ctx, sought: &Sought) -> Result<(Vec<Alike>, usize)> {
        let asked = Asked {
            name: sought.name.clone(),
            phone: sought.phone.clone(),
            email: sought.email.clone(),
            ..Asked::default()
        };
        let (found, hidden) = duplicates::similar(ctx, &asked).await?;
        let alike = found
            .into_iter()
            .map(|(r, score, why)| Alike {
                id: r.id,
                number: r.text("number").to_owned(),
                name: r.text("name").to_owned(),
                person: r.text("kind") == "person",
                city: r.text("city").to_owned(),
                score,
                why,
            })
            .collect();
        Ok((alike, hidden))
    }

    async fn is_customer(&self, q: &dyn Query, sought: &Sought) -> Result<bool> {
        let keys = [
            ("name_key", name_key(&sought.name)),
            ("phone_key", phone_key(&sought.phone)),
            ("email", Some(fold_width(&sought.email).trim().to_lowercase())),
        ];
        for (column, key) in keys {
            let Some(key) = key.filter(|k| !k.is_empty()) else {
                continue;
            };
            let sql = format!(
                "SELECT 1 FROM party_party p WHERE p.archived_at IS NULL AND p.{column} = $1 AND EXISTS (SELECT 1 FROM party_role r \
                 WHERE r.party_id = p.id AND r.role = 'customer' AND r.until_on IS NULL) LIMIT 1"
            );
            if q.one(&sql, vec![Bind::from(key)]).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn known(&self, ctx: &Ctx, tx: &Tx, sought: &Sought, source: &str) -> Result<i64> {
        for (column, value) in [("email", &sought.email), ("phone", &sought.phone)] {
            if value.is_empty() {
                continue;
            }
            let sql =
                format!("SELECT id FROM party_party WHERE {column} = $1 AND archived_at IS NULL ORDER BY id LIMIT 1");
            if let Some(row) = tx.one(&sql, binds![value.as_str()]).await? {
                return row.int(0);
            }
        }
        let of = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
        let values = Values::from([
            ("kind".to_owned(), "person".into()),
            ("name".to_owned(), sought.name.as_str().into()),
            ("email".to_owned(), of(&sought.email).into()),
            ("phone".to_owned(), of(&sought.phone).into()),
            ("source".to_owned(), source.into()),
        ]);
        let ty = ctx.registry().get("party")?.clone();
        let house = Ctx::system(&ctx.house, ctx.door);
        let ids = write::insert_many(&house, tx, &ty, vec![values], None).await?;
        ids.first().copied().ok_or_else(Error::missing)
    }
}
