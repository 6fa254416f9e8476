//! Message boxes for strangers: small forms that stand on other sites of the company, each with its words, its language and the
//! sites that may show it.

use async_trait::async_trait;
use std::sync::Arc;
use zhike_kernel::{Door, Error, Result, Value, Values};
use zhike_store::{Ctx, Field, FieldKind, Hooks, Migration, Query, Record, RecordType, Search, Tx, binds, read};
use zhike_web::{Lang, Locale, Visit, seal};

const LANGUAGES: &[&str] = &["auto", "zh-cn", "en"];
const PLACES: &[&str] = &["right", "left"];

/// The table.
pub(crate) const TABLE: Migration = Migration {
    name: "shop_0002",
    up: &[
        "CREATE TABLE shop_box (id {pk}, version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT, \
         name TEXT NOT NULL, active BOOLEAN NOT NULL, language TEXT NOT NULL, side TEXT NOT NULL, title TEXT, title_latin TEXT, intro TEXT, \
         intro_latin TEXT, agreement TEXT, agreement_latin TEXT, thanks TEXT, thanks_latin TEXT, sites TEXT, hour_limit BIGINT, token TEXT)",
        "CREATE UNIQUE INDEX shop_box_token ON shop_box (token)",
        "CREATE INDEX shop_box_name ON shop_box (name, id)",
        "CREATE INDEX shop_box_updated ON shop_box (updated_at, id)",
        "CREATE INDEX shop_box_created ON shop_box (created_at, id)",
        // What was posted: for what is told twice within minutes, and for how many there were.
        "CREATE TABLE shop_box_post (id {pk}, box_id BIGINT NOT NULL, peer TEXT NOT NULL, fold TEXT NOT NULL, interaction_id BIGINT NOT NULL, \
         at BIGINT NOT NULL)",
        "CREATE INDEX shop_box_post_at ON shop_box_post (box_id, at)",
    ],
};

/// The record type.
pub(crate) fn message_box() -> RecordType {
    let words = |name, kind| Field::new(name, kind).unsorted().group("words");
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(Search::Name),
        Field::new("active", FieldKind::Bool).default("yes").column().unsorted(),
        Field::new("language", FieldKind::Choice(LANGUAGES))
            .default("auto")
            .column()
            .unsorted(),
        Field::new("side", FieldKind::Choice(PLACES))
            .default("right")
            .unsorted(),
        words("title", FieldKind::Text),
        words("title_latin", FieldKind::Text),
        words("intro", FieldKind::Long),
        words("intro_latin", FieldKind::Long),
        words("agreement", FieldKind::Long),
        words("agreement_latin", FieldKind::Long),
        words("thanks", FieldKind::Long),
        words("thanks_latin", FieldKind::Long),
        Field::new("visits", FieldKind::Bool)
            .default("no")
            .unsorted()
            .group("visits"),
        Field::new("visit_words", FieldKind::Long).unsorted().group("visits"),
        Field::new("visit_words_latin", FieldKind::Long)
            .unsorted()
            .group("visits"),
        Field::new("sites", FieldKind::Long).unsorted().group("guard"),
        Field::new("hour_limit", FieldKind::Int).unsorted().group("guard"),
        Field::new("token", FieldKind::Text)
            .computed()
            .unsorted()
            .group("guard"),
    ];
    RecordType {
        icon: "message",
        order: ("name", false),
        hooks: Arc::new(BoxHooks),
        ..RecordType::new("message_box", "shop_box", "/message-boxes", 116, fields)
    }
}

struct BoxHooks;

/// The origins of sites, as they may stand in `frame-ancestors`; the first word that is none is refused.
pub(crate) fn sites(text: &str) -> std::result::Result<Vec<String>, String> {
    let mut out = vec![];
    for word in text.split([' ', ',', '，', '\n', '\r', '\t']).filter(|w| !w.is_empty()) {
        let bare = word.trim_end_matches('/');
        let host = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://"));
        let plain = |h: &str| {
            h.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '*'))
        };
        if !host.is_some_and(|h| !h.is_empty() && h.len() <= 253 && plain(h)) {
            return Err(word.chars().take(100).collect());
        }
        out.push(bare.to_owned());
    }
    Ok(out)
}

#[async_trait]
impl Hooks for BoxHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, old: Option<&Record>, new: &mut Values) -> Result<()> {
        if old.is_none() {
            new.insert("token".into(), seal::nonce().into());
        }
        let text = |name: &str| new.get(name).and_then(Value::text).unwrap_or("");
        if let Err(site) = sites(text("sites")) {
            let mut e = Error::field("sites", "error-box-site");
            for field in &mut e.fields {
                field.args.push(("site", site.clone().into()));
            }
            return Err(e);
        }
        let limit = new.get("hour_limit").and_then(Value::int);
        if limit.is_some_and(|n| !(1..=1_000).contains(&n)) {
            return Err(Error::field("hour_limit", "error-box-limit"));
        }
        Ok(())
    }
}

/// A box in use.
pub(crate) struct MessageBox {
    pub record: Record,
    pub token: String,
}

/// A box in use, by the secret part of its address.
pub(crate) async fn find(ctx: &Ctx, token: &str) -> Result<MessageBox> {
    let sql = "SELECT id FROM shop_box WHERE token = $1 AND active AND archived_at IS NULL";
    let row = ctx.db().one(sql, binds![token]).await?.ok_or_else(Error::missing)?;
    let house = Ctx::system(&ctx.house, Door::Page);
    let record = read::need(&house, ctx.db(), ctx.registry().get("message_box")?, row.int(0)?).await?;
    Ok(MessageBox {
        token: token.to_owned(),
        record,
    })
}

impl MessageBox {
    /// The language of the box: its own, or the visitor's.
    pub(crate) fn locale(&self, visit: &Visit, asked: Option<&str>) -> Locale {
        let lang = match self.record.text("language") {
            "en" => Lang::En,
            "zh-cn" => Lang::ZhCn,
            _ => asked.and_then(Lang::parse).unwrap_or(visit.loc.lang),
        };
        Locale {
            lang,
            ..visit.loc.clone()
        }
    }
    /// A text of the box in that language, the other one where there is none, else what is usual.
    pub(crate) fn words(&self, loc: &Locale, field: &str) -> String {
        words(&self.record, loc, field)
    }
    /// Who may show it within a page.
    pub(crate) fn ancestors(&self) -> String {
        let named = sites(self.record.text("sites")).unwrap_or_default();
        format!("'self' {}", named.join(" ")).trim().to_owned()
    }
}

/// See [`MessageBox::words`].
pub(crate) fn words(record: &Record, loc: &Locale, field: &str) -> String {
    let (zh, latin) = (record.text(field), record.text(&format!("{field}_latin")));
    let (first, second) = if loc.is_zh() { (zh, latin) } else { (latin, zh) };
    match [first, second].into_iter().find(|t| !t.trim().is_empty()) {
        Some(text) => text.to_owned(),
        None => loc.t(&format!("box-usual-{field}")),
    }
}

#[cfg(test)]
mod tests {
    use super::sites;

    #[test]
    fn sites_are_origins() {
        let fine = sites("https://www.example.com/\nhttp://localhost:8080，https://*.example.org").unwrap();
        assert_eq!(
            fine,
            [
                "https://www.example.com",
                "http://localhost:8080",
                "https://*.example.org"
            ]
        );
        for bad in [
            "example.com",
            "https://a.b/path",
            "https://a;script-src",
            "javascript:1",
            "https://",
        ] {
            assert!(sites(bad).is_err(), "{bad}");
        }
    }
}
