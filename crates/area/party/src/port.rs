//! What other areas are told about parties.

use async_trait::async_trait;
use zhike_contract::{Parties, parties::Terms};
use zhike_kernel::Result;
use zhike_store::{Query, binds};

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
}
