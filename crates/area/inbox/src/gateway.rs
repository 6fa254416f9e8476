//! Letters to gateways: they go by one of our mailboxes, and what the machine answers needs no answer.

use crate::{mailbox, mark};
use async_trait::async_trait;
use zhike_contract::{Mailed, Mailer, ToGateway};
use zhike_kernel::{Door, Result, Value, Values};
use zhike_mail::{Out, OutPart, Person, Post, Sent};
use zhike_store::{Ctx, Tx, read, write};
use zhike_web::seal;

#[derive(Default)]
pub(crate) struct Gateway(Post);

#[async_trait]
impl Mailer for Gateway {
    async fn hand(&self, ctx: &Ctx, letter: &ToGateway) -> Result<Mailed> {
        let wanted = letter.mailbox.trim();
        let all = mailbox::all(ctx).await?;
        let Some(from) = all.iter().find(|m| m.address.eq_ignore_ascii_case(wanted)) else {
            return Ok(Mailed::Sick(format!("no mailbox {wanted} is in use")));
        };
        let Some(account) = &from.account else {
            return Ok(Mailed::Sick(format!("the mailbox {wanted} does not send")));
        };
        let id = match letter.message {
            Some(message) => mark::write(&mark::secret(ctx.db()).await?, message, &from.address),
            None => {
                let domain = from.address.rsplit_once('@').map_or("localhost", |a| a.1);
                format!("t.{}@{domain}", seal::nonce())
            }
        };
        let out = Out {
            from: from.person(),
            to: Person {
                name: String::new(),
                address: letter.to.clone(),
            },
            subject: letter.subject.clone(),
            text: letter.text.clone(),
            id: id.clone(),
            parts: letter
                .parts
                .iter()
                .map(|(name, mime, bytes)| OutPart {
                    name: name.clone(),
                    mime: mime.clone(),
                    bytes: bytes.clone(),
                })
                .collect(),
            ..Out::default()
        };
        Ok(match self.0.send(account, &out).await {
            Ok(Sent::Gone(_)) => Mailed::Gone(id),
            Ok(Sent::Later(words)) => Mailed::Later(words),
            Ok(Sent::Never(words)) => Mailed::Never(words),
            Ok(Sent::Unsure(words)) => Mailed::Unsure(words),
            Err(trouble) => Mailed::Sick(trouble.to_string()),
        })
    }

    async fn usual(&self, ctx: &Ctx) -> Result<Option<String>> {
        let all = mailbox::all(ctx).await?;
        Ok(all.into_iter().find(|m| m.account.is_some()).map(|m| m.address))
    }

    async fn settled(&self, ctx: &Ctx, tx: &Tx, interaction: i64) -> Result<()> {
        let system = Ctx::system(&ctx.house, Door::Job);
        let ty = ctx.registry().get("interaction")?.clone();
        let Some(letter) = read::find(&system, tx, &ty, interaction).await? else {
            return Ok(());
        };
        let (version, at, talk) = (letter.version, letter.int("at"), letter.int("conversation_id"));
        let changes = Values::from([("machine".to_owned(), true.into())]);
        write::update_from(&system, tx, &ty, letter, version, changes).await?;
        let ty = ctx.registry().get("conversation")?.clone();
        let Some(talk) = talk else { return Ok(()) };
        let Some(talk) = read::find(&system, tx, &ty, talk).await? else {
            return Ok(());
        };
        // Somebody else asked before: that question still stands.
        if talk.text("state") != "open" || talk.int("unanswered_since") != at {
            return Ok(());
        }
        let alone = talk.int("contacts") == Some(1);
        let version = talk.version;
        let changes = Values::from([
            ("state".to_owned(), if alone { "closed" } else { "waiting" }.into()),
            ("unanswered_since".to_owned(), Value::Null),
        ]);
        write::update_from(&system, tx, &ty, talk, version, changes).await?;
        Ok(())
    }
}
