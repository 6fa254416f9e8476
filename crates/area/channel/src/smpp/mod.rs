//! Lines to message centres (SMPP 3.4 and 5.0): kept open while their account is in use, by one server of several.

pub(crate) mod inbound;
mod line;
mod make;
pub(crate) mod outbox;
mod wire;
pub(crate) mod words;

use crate::{
    Ports,
    account::{self, Account},
};
use line::{Line, stands};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use zhike_contract::Channel;
use zhike_jobs::Service;
use zhike_kernel::{Door, Result};
use zhike_store::{Ctx, House, binds};
use zhike_web::seal;

/// Between two looks whether accounts were set up or changed.
const REVIEW: Duration = Duration::from_secs(3);
/// A line belongs to its server for so long.
const LEASE_SECONDS: i64 = 15;

/// The service.
pub(crate) struct Lines(pub Ports);

/// One that is kept: what it was set up with, and its task.
struct Kept {
    id: i64,
    mark: String,
    task: tokio::task::JoinHandle<()>,
}

/// What a line is made of: when that changes, it is made anew.
fn mark(account: &Account) -> String {
    let names = [
        "host",
        "port",
        "login",
        "password",
        "system_type",
        "version",
        "window",
        "long",
        "alphabet",
    ];
    let mut all: Vec<&str> = names.iter().map(|n| account.setup.get(n)).collect();
    all.push(&account.sender);
    all.join("\n")
}

/// Takes the line for this server, or keeps it. The moment comes from the machine: it is about processes, not about business.
async fn lease(ctx: &Ctx, account: i64, me: &str) -> Result<bool> {
    let now = zhike_kernel::Clock::now(&zhike_kernel::SystemClock);
    let tx = ctx.begin().await?;
    let sql = "INSERT INTO channel_line (account_id, holder, until) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO UPDATE \
               SET holder = excluded.holder, until = excluded.until WHERE channel_line.holder = $4 OR channel_line.until < $5";
    let until = now.plus_seconds(LEASE_SECONDS).0;
    let mine = tx.exec(sql, binds![account, me, until, me, now.0]).await? == 1;
    tx.commit().await?;
    Ok(mine)
}

async fn free(ctx: &Ctx, me: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    tx.exec("DELETE FROM channel_line WHERE holder = $1", binds![me])
        .await?;
    tx.commit().await
}

async fn hold(ctx: &Ctx, ports: &Ports, account: &Account) {
    if let Err(e) = outbox::orphans(ctx, account.id).await {
        tracing::warn!(error = %e, "outbox");
    }
    let mut failed = 0_u32;
    loop {
        let trouble = match Line::open(ctx, ports, account).await {
            Ok(line) => {
                failed = 0;
                stands(ctx, account.id, None).await;
                line.stay().await
            }
            Err(trouble) => trouble,
        };
        stands(ctx, account.id, Some(&trouble)).await;
        failed += 1;
        let pause = (2_u64.saturating_pow(failed.min(7))).min(120);
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
}

impl Lines {
    /// The lines that this server shall hold now.
    async fn wanted(&self, ctx: &Ctx, me: &str) -> Result<Vec<Account>> {
        let mut all = account::serving(ctx, Channel::Sms).await?;
        all.retain(|a| a.kind.word() == "smpp");
        let mut mine = vec![];
        for account in all {
            if lease(ctx, account.id, me).await? {
                mine.push(account);
            }
        }
        Ok(mine)
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "one task for each line, as long as the server is there"
)]
#[async_trait::async_trait]
impl Service for Lines {
    fn name(&self) -> &'static str {
        "channel.lines"
    }
    async fn serve(&self, house: Arc<House>, mut stop: watch::Receiver<bool>) {
        let ctx = Ctx::system(&house, Door::Job);
        let me = seal::nonce();
        let mut kept: Vec<Kept> = vec![];
        loop {
            match self.wanted(&ctx, &me).await {
                Ok(now) => {
                    kept.retain(|k| {
                        let stays = !k.task.is_finished() && now.iter().any(|a| a.id == k.id && mark(a) == k.mark);
                        if !stays {
                            k.task.abort();
                        }
                        stays
                    });
                    for account in now {
                        if kept.iter().any(|k| k.id == account.id) {
                            continue;
                        }
                        let (ctx, ports) = (ctx.clone(), self.0.clone());
                        kept.push(Kept {
                            id: account.id,
                            mark: mark(&account),
                            task: tokio::spawn(async move { hold(&ctx, &ports, &account).await }),
                        });
                    }
                }
                Err(e) => tracing::warn!(error = %e, "lines cannot be read"),
            }
            tokio::select! {
                _ = stop.changed() => break,
                () = tokio::time::sleep(REVIEW) => {}
            }
        }
        for k in kept {
            k.task.abort();
        }
        if let Err(e) = free(&ctx, &me).await {
            tracing::warn!(error = %e, "lines");
        }
    }
}
