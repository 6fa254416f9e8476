//! What the portal writes to its guests: invitations, links to sign in with, the notice of a new message.

use crate::account::{self, Account};
use std::sync::{Arc, LazyLock};
use zhike_contract::{
    Channel, Outbound,
    gate::{Ask, Class},
    outbound::Message,
};
use zhike_kernel::{Arg, Error, Result};
use zhike_store::{Ctx, Tx, setting};
use zhike_web::{Catalog, Lang, Locale, password, seal, site};

/// The words of letters; a job has no reader whose catalogue it could use.
static WORDS: LazyLock<Option<Arc<Catalog>>> = LazyLock::new(|| {
    let files = [
        (Lang::En, include_str!("../i18n/en/portal.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/portal.ftl")),
    ];
    Catalog::new(&files).ok().map(Arc::new)
});

fn locale(ctx: &Ctx, of: &Account) -> Result<Locale> {
    let catalog = WORDS
        .clone()
        .ok_or_else(|| Error::broken("the words of letters cannot be read"))?;
    // The house's own language is Chinese.
    let lang = of.language.as_deref().and_then(Lang::parse).unwrap_or(Lang::ZhCn);
    Ok(Locale {
        lang,
        zone: ctx.house.zone.clone(),
        catalog,
    })
}

struct Letter<'a> {
    key: &'a str,
    class: Class,
    /// The guest awaits it now.
    agreed: bool,
    path: String,
    once: Option<String>,
}

/// Hands a letter to the gate; nothing while the house has no address of its own.
async fn send(ctx: &Ctx, tx: &Tx, outbound: &dyn Outbound, of: &Account, letter: Letter<'_>) -> Result<bool> {
    let base = site::address(tx).await?;
    if base.is_empty() {
        return Ok(false);
    }
    let loc = locale(ctx, of)?;
    let company = setting::get(tx, "company").await?.unwrap_or_default();
    let args = [
        ("name", Arg::from(of.name.as_str())),
        ("company", company.into()),
        ("link", format!("{base}{}", letter.path).into()),
    ];
    let message = Message {
        ask: Ask {
            party: of.party,
            class: letter.class,
            topic: String::new(),
            channel: Channel::Email,
            address: Some(of.email.clone()),
            at: tx.at,
            may_change: false,
            may_wait: true,
            agreed: letter.agreed,
        },
        subject: loc.tv(&format!("letter-portal-{}-subject", letter.key), &args),
        body: loc.tv(&format!("letter-portal-{}", letter.key), &args),
        record: Some(("portal_account", of.id)),
        key: letter.once,
    };
    outbound.send(ctx, tx, &message).await?;
    Ok(true)
}

/// Makes an invitation and sends it; whether it was sent.
pub(crate) async fn invite(ctx: &Ctx, tx: &Tx, outbound: &dyn Outbound, id: i64) -> Result<bool> {
    let Some(of) = account::find(tx, id).await? else {
        return Ok(false);
    };
    let ticket = account::make(tx, id, None).await?;
    let letter = Letter {
        key: "invite",
        class: Class::Service,
        agreed: false,
        path: ticket.path(&seal::house(tx).await?),
        once: None,
    };
    let sent = send(ctx, tx, outbound, &of, letter).await?;
    account::log(ctx, tx, &of, "invited", None).await?;
    Ok(sent)
}

/// Sends a link to sign in with, good in the browser that asked for it. Nothing happens for an address that nobody has.
pub(crate) async fn link(ctx: &Ctx, outbound: &dyn Outbound, email: &str, asking: &str) -> Result<()> {
    let tx = ctx.begin().await?;
    let Some(of) = account::of_email(&tx, email).await? else {
        return Ok(());
    };
    let ticket = account::make(&tx, of.id, Some(&password::digest(asking))).await?;
    let letter = Letter {
        key: "link",
        class: Class::Contract,
        agreed: true,
        path: ticket.path(&seal::house(&tx).await?),
        once: None,
    };
    send(ctx, &tx, outbound, &of, letter).await?;
    account::log(ctx, &tx, &of, "link_asked", None).await?;
    tx.commit().await
}

/// Tells by mail that a message lies in the portal. Its words are not in the letter.
pub(crate) async fn notice(ctx: &Ctx, tx: &Tx, outbound: &dyn Outbound, of: &Account, message: i64) -> Result<()> {
    let letter = Letter {
        key: "notice",
        class: Class::Service,
        agreed: true,
        path: "/portal/messages".into(),
        once: Some(format!("portal-notice:{message}:{}", of.id)),
    };
    send(ctx, tx, outbound, of, letter).await.map(|_| ())
}
