//! What the customer is told in words, in their language, and how it is handed over to the gate.

use super::{desk::Desk, link};
use crate::hours;
use jiff::tz::TimeZone;
use std::sync::{Arc, LazyLock};
use zhike_contract::{
    Channel,
    gate::{Ask, Class},
    outbound::{Handed, Message},
};
use zhike_kernel::{Arg, Error, Result, Stamp};
use zhike_web::{
    Catalog, Lang, Locale,
    files::along::{self, Along},
};

/// The words of letters; a job has no reader whose catalogue it could use.
static WORDS: LazyLock<Option<Arc<Catalog>>> = LazyLock::new(|| {
    let files = [
        (Lang::En, include_str!("../../i18n/en/letters.ftl")),
        (Lang::ZhCn, include_str!("../../i18n/zh-CN/letters.ftl")),
    ];
    Catalog::new(&files).ok().map(Arc::new)
});

/// A language for letters; the house's own is Chinese.
pub(crate) fn locale(language: &str, zone: &TimeZone) -> Result<Locale> {
    let catalog = WORDS
        .clone()
        .ok_or_else(|| Error::broken("the words of letters cannot be read"))?;
    Ok(Locale {
        lang: if language == "en" { Lang::En } else { Lang::ZhCn },
        zone: zone.clone(),
        catalog,
    })
}

/// By which way this customer is answered: as they wished, else as they came.
pub(crate) fn channel(word: &str) -> Channel {
    Channel::of(word).unwrap_or(Channel::Email)
}

/// How a message is meant.
pub(crate) struct Letter<'a> {
    /// Which words.
    pub key: &'a str,
    pub channel: Channel,
    pub address: Option<String>,
    /// Not before.
    pub at: Stamp,
    /// The customer awaits it.
    pub agreed: bool,
    /// What makes it the same.
    pub once: String,
    pub args: Vec<(&'static str, Arg)>,
    /// What goes along; such a letter goes by mail or not at all.
    pub files: &'a [Along],
}

/// Can anything be sent about this case?
pub(crate) async fn can(desk: &Desk<'_>) -> Result<bool> {
    let set_up = desk.ports.outbound.is_some() && desk.case.int("party_id").is_some();
    Ok(set_up && !hours::settings(desk.tx).await?.address.is_empty())
}

/// Hands a letter to the gate.
pub(crate) async fn send(desk: &Desk<'_>, letter: Letter<'_>) -> Result<Handed> {
    let (Some(outbound), Some(party)) = (&desk.ports.outbound, desk.case.int("party_id")) else {
        return Err(Error::refused("error-case-cannot-send"));
    };
    let base = hours::settings(desk.tx).await?.address;
    if base.is_empty() {
        return Err(Error::refused("error-case-no-address"));
    }
    let loc = locale(desk.case.text("language"), &desk.ctx.house.zone)?;
    let path = link::address(desk.tx, &link::of_case(desk.tx, desk.case.id).await?).await?;
    let mut args = letter.args;
    args.extend([
        ("number", Arg::from(desk.case.text("number"))),
        ("subject", desk.case.text("subject").into()),
        ("link", format!("{base}{path}").into()),
    ]);
    let message = Message {
        ask: Ask {
            party,
            class: Class::Service,
            topic: "complaint".into(),
            channel: letter.channel,
            address: letter.address,
            at: letter.at,
            may_change: letter.files.is_empty(),
            may_wait: true,
            agreed: letter.agreed,
        },
        subject: loc.tv(&format!("letter-{}-subject", letter.key), &args),
        body: loc.tv(&format!("letter-{}", letter.key), &args),
        record: Some(("case", desk.case.id)),
        key: Some(format!("case:{}:{}", desk.case.id, letter.once)),
    };
    let handed = outbound.send(desk.ctx, desk.tx, &message).await?;
    along::put(desk.tx, "message", handed.message, letter.files).await?;
    Ok(handed)
}

/// The customer hears that their word has arrived, and is asked when and how to answer.
pub(crate) async fn acknowledge(desk: &mut Desk<'_>) -> Result<()> {
    // What we found ourselves nobody waits to see acknowledged.
    let by_hand = matches!(desk.ctx.door, zhike_kernel::Door::Import) || desk.case.text("channel") == "house";
    if by_hand || desk.running.is_none() || !can(desk).await? {
        return Ok(());
    }
    let letter = Letter {
        key: "received",
        channel: channel(desk.case.text("channel")),
        address: None,
        at: desk.tx.at,
        agreed: true,
        once: "received".into(),
        args: vec![],
        files: &[],
    };
    let handed = send(desk, letter).await?;
    desk.say("acknowledged", Some(handed.verdict.word().to_owned())).await
}
