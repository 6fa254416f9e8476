//! The carrier of the portal: a message lies there until its reader comes, and a letter tells that it does.

use crate::{account, letter};
use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{
    Carrier, Channel, Interactions, NewInteraction, Outbound, Permit,
    outbound::{Carried, Parcel, Taken},
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

pub(crate) struct Shelf {
    pub interactions: Arc<dyn Interactions>,
    pub outbound: Arc<dyn Outbound>,
}

#[async_trait]
impl Carrier for Shelf {
    fn channel(&self) -> Channel {
        Channel::Portal
    }

    async fn ready(&self, _ctx: &Ctx) -> Result<bool> {
        Ok(true)
    }

    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let tx = ctx.begin().await?;
        let sql = "SELECT id FROM portal_account WHERE party_id = $1 AND archived_at IS NULL ORDER BY id LIMIT 20";
        let mut readers = vec![];
        for row in tx.all(sql, binds![permit.party()]).await? {
            readers.extend(account::find(&tx, row.int(0)?).await?);
        }
        if readers.is_empty() {
            return Ok(Carried::Refused("nobody of them has an account in the portal".into()));
        }
        let new = NewInteraction {
            channel: Channel::Portal,
            outgoing: true,
            at: tx.at,
            party: Some(permit.party()),
            address: permit.address().to_owned(),
            subject: parcel.subject.clone(),
            body: parcel.body.clone(),
            record: parcel.record.clone(),
            message: Some(parcel.message),
            user: None,
            seconds: None,
            key: Some(format!("message:{}", parcel.message)),
        };
        let id = self.interactions.note(ctx, &tx, &new).await?;
        for of in &readers {
            letter::notice(ctx, &tx, self.outbound.as_ref(), of, parcel.message).await?;
        }
        tx.commit().await?;
        Ok(Carried::Gone(format!("portal:{id}")))
    }

    async fn taken(&self, _ctx: &Ctx, _message: i64) -> Result<Taken> {
        // Laid down under a key of its own: once more changes nothing.
        Ok(Taken::No)
    }
}
