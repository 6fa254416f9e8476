//! The result of a planned run goes to its owner by mail, if they wish: what came out, and where it stands. The rows stay in the
//! house, where the reader's rights are asked at each look.

use super::store;
use async_trait::async_trait;
use serde_json::json;
use std::sync::{Arc, LazyLock};
use zhike_contract::{Mailed, Mailer, ToGateway};
use zhike_jobs::{Job, Outcome};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query, Tx, binds};
use zhike_web::{Catalog, Lang, Locale, site};

/// Name of the job.
pub(crate) const NAME: &str = "analysis.mail";
/// Seconds until a server that had no time is asked again.
const LATER: i64 = 900;

static WORDS: LazyLock<Option<Arc<Catalog>>> = LazyLock::new(|| {
    let files = [
        (Lang::En, include_str!("../../i18n/en/letters.ftl")),
        (Lang::ZhCn, include_str!("../../i18n/zh-CN/letters.ftl")),
    ];
    Catalog::new(&files).ok().map(Arc::new)
});

/// Puts the letter into the queue, once, if the analysis is to be mailed.
pub(crate) async fn ask(tx: &Tx, run: &store::Run) -> Result<()> {
    let sql = "SELECT count(*) FROM analysis_analysis WHERE id = $1 AND mail";
    if tx.number(sql, binds![run.analysis]).await? == 0 {
        return Ok(());
    }
    let key = format!("{NAME}:{}", run.id);
    let payload = json!({ "analysis": run.analysis, "run": run.id });
    zhike_jobs::push(tx, NAME, Some(&key), &payload).await.map(|_| ())
}

/// The job.
pub(crate) struct Post(pub Arc<dyn Mailer>);

/// Where a letter goes, and in which language.
struct Reader {
    email: String,
    name: String,
    loc: Locale,
}

/// The owner, if they may still sign in and have an address.
async fn reader(ctx: &Ctx, user: i64) -> Result<Option<Reader>> {
    let sql =
        "SELECT email, name, name_latin, language FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
    let Some(row) = ctx.db().one(sql, binds![user]).await? else {
        return Ok(None);
    };
    let Some(email) = row.opt_text(0)?.filter(|e| !e.is_empty()) else {
        return Ok(None);
    };
    let lang = row.opt_text(3)?.and_then(|l| Lang::parse(&l)).unwrap_or(Lang::ZhCn);
    let latin = row.opt_text(2)?.filter(|n| !n.is_empty() && lang == Lang::En);
    let catalog = WORDS
        .clone()
        .ok_or_else(|| Error::broken("the words of letters cannot be read"))?;
    Ok(Some(Reader {
        email,
        name: latin.map_or_else(|| row.text(1), Ok)?,
        loc: Locale {
            lang,
            zone: ctx.house.zone.clone(),
            catalog,
        },
    }))
}

#[async_trait]
impl Job for Post {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn run(&self, ctx: &Ctx, job: &zhike_jobs::Run) -> Result<Outcome> {
        let int = |name: &str| job.payload.get(name).and_then(serde_json::Value::as_i64).unwrap_or(0);
        let run = store::find(ctx.db(), int("analysis"), int("run")).await?;
        let Some(to) = reader(ctx, run.user).await? else {
            return Ok(Outcome::GiveUp("analysis-mail-nobody".into()));
        };
        let Some(mailbox) = self.0.usual(ctx).await? else {
            return Ok(Outcome::GiveUp("analysis-mail-no-box".into()));
        };
        let sql = "SELECT name, name_latin FROM analysis_analysis WHERE id = $1";
        let row = ctx
            .db()
            .one(sql, binds![run.analysis])
            .await?
            .ok_or_else(Error::missing)?;
        let latin = row.opt_text(1)?.filter(|n| !n.is_empty() && !to.loc.is_zh());
        let name = latin.map_or_else(|| row.text(0), Ok)?;
        let base = site::address(ctx.db()).await?;
        let at = run.finished_at.map(|at| to.loc.stamp(at)).unwrap_or_default();
        let args = [
            ("reader", to.name.as_str().into()),
            ("name", name.as_str().into()),
            ("at", at.into()),
            ("rows", run.rows.into()),
            (
                "link",
                format!("{base}/analyses/{}/result?run={}", run.analysis, run.id).into(),
            ),
        ];
        let fine = run.state == "done";
        let words = |key: &str| {
            let key = format!("letter-analysis-{key}{}", if fine { "" } else { "-failed" });
            // Marks of direction are for pages; letters carry plain text.
            to.loc.tv(&key, &args).replace(['\u{2068}', '\u{2069}'], "")
        };
        let letter = ToGateway {
            mailbox,
            to: to.email.clone(),
            subject: words("subject"),
            text: words("text"),
            ..ToGateway::default()
        };
        Ok(match self.0.hand(ctx, &letter).await? {
            // Whether it went nobody knows: a second letter would be worse than none, the page has the result.
            Mailed::Gone(_) | Mailed::Unsure(_) => Outcome::Done,
            Mailed::Later(_) => Outcome::Again { after: LATER },
            Mailed::Never(why) | Mailed::Sick(why) => Outcome::GiveUp(why),
        })
    }
}
