//! Calls and visits are carried by people: when their moment has come, a task is opened for the one who owns the customer.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_contract::{
    Carrier, Channel, NewTask, Permit, Tasks,
    outbound::{Carried, Parcel, Taken},
};
use zhike_kernel::Result;
use zhike_store::{Ctx, Query, binds};

struct ByTask {
    channel: Channel,
    kind: &'static str,
    tasks: Arc<dyn Tasks>,
}

/// One for telephone calls, one for visits.
pub(crate) fn carriers(tasks: &Arc<dyn Tasks>) -> Vec<Arc<dyn Carrier>> {
    [(Channel::Phone, "call"), (Channel::Visit, "visit")]
        .into_iter()
        .map(|(channel, kind)| {
            let tasks = tasks.clone();
            Arc::new(ByTask { channel, kind, tasks }) as Arc<dyn Carrier>
        })
        .collect()
}

#[async_trait]
impl Carrier for ByTask {
    fn channel(&self) -> Channel {
        self.channel
    }
    async fn ready(&self, _ctx: &Ctx) -> Result<bool> {
        Ok(true)
    }
    async fn carry(&self, ctx: &Ctx, permit: Permit, parcel: &Parcel) -> Result<Carried> {
        let tx = ctx.begin().await?;
        let owner = tx
            .one("SELECT owner_id FROM party_party WHERE id = $1", binds![permit.party()])
            .await?;
        let number = tx
            .one(
                "SELECT number FROM consent_message WHERE id = $1",
                binds![parcel.message],
            )
            .await?;
        let number = number.map(|r| r.text(0)).transpose()?.unwrap_or_default();
        let task = NewTask {
            title: if parcel.subject.is_empty() {
                number
            } else {
                parcel.subject.clone()
            },
            kind: self.kind,
            party: Some(permit.party()),
            record: Some(("message", parcel.message)),
            assignee: owner.map(|r| r.opt_int(0)).transpose()?.flatten(),
            due: Some(ctx.today()),
            note: Some(parcel.body.clone()).filter(|b| !b.is_empty()),
            key: Some(format!("consent.message:{}", parcel.message)),
        };
        let id = self.tasks.open(ctx, &tx, &task).await?;
        tx.commit().await?;
        Ok(Carried::Gone(format!("task {id}")))
    }
    async fn taken(&self, _ctx: &Ctx, _message: i64) -> Result<Taken> {
        // The task has a key of its own: opened again, it is the same one.
        Ok(Taken::No)
    }
}
