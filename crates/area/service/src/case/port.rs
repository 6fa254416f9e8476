//! Complaints that other areas bring: a message on the hotline.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{Complaints, NewComplaint, Parties, Sought};
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Query, Tx, binds, write};

pub(crate) struct Port(pub Arc<dyn Parties>);

#[async_trait]
impl Complaints for Port {
    async fn open(&self, ctx: &Ctx, tx: &Tx, new: &NewComplaint) -> Result<Option<i64>> {
        let sql = "SELECT id FROM service_case WHERE external_key = $1";
        if let Some(row) = tx.one(sql, binds![new.key.as_str()]).await? {
            return row.int(0).map(Some);
        }
        // What came has come, whoever the actor is.
        let system = Ctx::system(&ctx.house, Door::Job);
        let ty = ctx.registry().get("case")?.clone();
        let currency = ctx.house.currency;
        let email = ty
            .need("contact_email")?
            .parse(&new.email, currency)
            .unwrap_or_default();
        let phone = ty
            .need("contact_phone")?
            .parse(&new.phone, currency)
            .unwrap_or_default();
        let text = |v: &Value| v.text().unwrap_or("").to_owned();
        let party = match new.party {
            Some(party) => Some(party),
            // Nobody is known by a number that was withheld: the case stands without a customer until somebody says who it was.
            None if new.name.is_empty() && new.phone.is_empty() => None,
            None => {
                let name = if new.name.is_empty() { &new.phone } else { &new.name };
                let who = Sought {
                    name: name.clone(),
                    phone: text(&phone),
                    email: text(&email),
                };
                Some(self.0.known(&system, tx, &who, "complaint").await?)
            }
        };
        let values = Values::from([
            (
                "subject".to_owned(),
                new.subject.chars().take(300).collect::<String>().into(),
            ),
            (
                "description".to_owned(),
                Some(new.text.clone()).filter(|t| !t.is_empty()).into(),
            ),
            ("kind".to_owned(), "complaint".into()),
            ("channel".to_owned(), new.channel.word().into()),
            ("party_id".to_owned(), party.into()),
            ("contact_email".to_owned(), email),
            ("contact_phone".to_owned(), phone),
            ("external_key".to_owned(), new.key.as_str().into()),
        ]);
        match write::insert_many(&system, tx, &ty, vec![values], None).await {
            Ok(ids) => ids.first().copied().ok_or_else(Error::missing).map(Some),
            Err(e) if e.fields.iter().any(|f| f.code == "error-case-no-process") => Ok(None),
            Err(e) => Err(e),
        }
    }
}
