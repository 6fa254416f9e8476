//! Switchboards: one that sends signed messages, or an Asterisk whose manager we listen to. Their secrets, and how they stand.

use async_trait::async_trait;
use axum::{extract::Path, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use zhike_kernel::{Error, Result, Stamp, Value, Values};
use zhike_store::{Ctx, Event, Field, FieldKind, Hooks, Query, Record, RecordType, Tx, binds, read};
use zhike_web::{
    Answer, Form, Json as Body, Place, Tab, Visit,
    answer::{go_saying, json as answer},
    ui,
};

/// How it tells of calls.
const KINDS: &[&str] = &["webhook", "ami"];
/// Before a secret, as the Standard Webhooks specification has it.
pub(crate) const PREFIX: &str = "whsec_";

struct SwitchboardHooks;

fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::text).unwrap_or("")
}

#[async_trait]
impl Hooks for SwitchboardHooks {
    async fn check(&self, _tx: &Tx, _ctx: &Ctx, _old: Option<&Record>, new: &mut Values) -> Result<()> {
        let host = text(new, "host").trim();
        if !host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c)) || host.len() > 253 {
            return Err(Error::field("host", "error-call-host"));
        }
        let ami = text(new, "kind") == "ami";
        if ami && host.is_empty() {
            return Err(Error::field("host", "error-required"));
        }
        match new.get("port").and_then(Value::int) {
            Some(p) if !(1..=65_535).contains(&p) => return Err(Error::field("port", "error-call-port")),
            None if ami => {
                new.insert("port".into(), 5038.into());
            }
            _ => {}
        }
        // These go into lines of a protocol: nothing in them may begin a line of its own.
        for name in ["login", "channel", "context", "trunk", "caller"] {
            let word = text(new, name);
            let good = word.len() <= 120
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-./@{}:+<> \"".contains(c));
            if !good {
                return Err(Error::field(name, "error-call-line"));
            }
        }
        for name in ["channel", "trunk"] {
            if !text(new, name).is_empty()
                && text(new, name).matches("{number}").count() + text(new, name).matches("{extension}").count() != 1
            {
                return Err(Error::field(
                    name,
                    if name == "channel" {
                        "error-call-channel"
                    } else {
                        "error-call-trunk"
                    },
                ));
            }
        }
        Ok(())
    }
}

/// The record type.
pub(crate) fn switchboard() -> RecordType {
    let ami = |name, kind| Field::new(name, kind).unsorted().group("ami");
    let fields = vec![
        Field::new("name", FieldKind::Text)
            .required()
            .column()
            .search(zhike_store::Search::Name),
        Field::new("kind", FieldKind::Choice(KINDS))
            .required()
            .default("webhook")
            .column()
            .unsorted(),
        Field::new("active", FieldKind::Bool).default("yes").column().unsorted(),
        ami("host", FieldKind::Text).column(),
        ami("port", FieldKind::Int),
        ami("login", FieldKind::Text),
        ami("channel", FieldKind::Text),
        ami("context", FieldKind::Text),
        ami("trunk", FieldKind::Text),
        ami("caller", FieldKind::Text),
    ];
    RecordType {
        icon: "phone",
        title: "name",
        order: ("name", false),
        hooks: Arc::new(SwitchboardHooks),
        ..RecordType::new("switchboard", "voice_switchboard", "/switchboards", 110, fields)
    }
}

/// Its secrets: of its messages, of its manager.
pub(crate) async fn secrets(q: &dyn Query, id: i64) -> Result<(String, String)> {
    let sql = "SELECT COALESCE(hook, ''), COALESCE(password, '') FROM voice_secret WHERE switchboard_id = $1";
    let row = q.one(sql, binds![id]).await?;
    row.map_or(Ok(Default::default()), |r| Ok((r.text(0)?, r.text(1)?)))
}

/// How it stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub state: String,
    pub good_at: Option<Stamp>,
    pub trouble: String,
    pub words: String,
    pub events: i64,
}

pub(crate) async fn state(q: &dyn Query, id: i64) -> Result<Option<State>> {
    let sql = "SELECT state, good_at, COALESCE(trouble, ''), COALESCE(words, ''), events FROM voice_state WHERE switchboard_id = $1";
    let row = q.one(sql, binds![id]).await?;
    row.map(|r| {
        Ok(State {
            state: r.text(0)?,
            good_at: r.opt_int(1)?.map(Stamp),
            trouble: r.text(2)?,
            words: r.text(3)?,
            events: r.int(4)?,
        })
    })
    .transpose()
}

/// Writes down how it stands now. One event when it breaks and one when it is well again.
pub(crate) async fn told(ctx: &Ctx, tx: &Tx, id: i64, trouble: Option<(&str, &str)>, events: i64) -> Result<()> {
    let was = state(tx, id).await?;
    let (word, good) = if trouble.is_some() {
        ("failed", None)
    } else {
        ("good", Some(tx.at.0))
    };
    let words: Option<String> = trouble.map(|t| t.1.chars().filter(|c| !c.is_control()).take(300).collect());
    let sql = "INSERT INTO voice_state (switchboard_id, state, good_at, told_at, trouble, words, events) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (switchboard_id) DO UPDATE SET state = excluded.state, good_at = COALESCE(excluded.good_at, voice_state.good_at), \
               told_at = excluded.told_at, trouble = excluded.trouble, words = excluded.words, events = voice_state.events + excluded.events";
    tx.exec(
        sql,
        binds![id, word, good, tx.at.0, trouble.map(|t| t.0.to_owned()), words, events],
    )
    .await?;
    let failed_before = was.as_ref().is_some_and(|w| w.state == "failed");
    if trouble.is_some() != failed_before {
        let kind = if trouble.is_some() {
            "switchboard.failed.v1"
        } else {
            "switchboard.recovered.v1"
        };
        let event = Event {
            kind: kind.into(),
            record_type: "switchboard",
            record: id,
            note: trouble.map(|t| t.0.to_owned()),
            ..Event::default()
        };
        tx.emit(ctx.registry().listeners(), event).await?;
    }
    Ok(())
}

pub(crate) const ASKS: &str = r#"{"type":"object","required":["version"],"properties":{"version":{"type":"integer"},"password":{"type":"string"},"hook":{"type":"boolean"}}}"#;
pub(crate) const TELLS: &str =
    r#"{"type":"object","properties":{"id":{"type":"integer"},"secret":{"type":["string","null"]}}}"#;

/// A password to keep, or a new secret to make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    version: Option<i64>,
    #[serde(default)]
    password: Option<String>,
    /// Make a new secret for signed messages.
    #[serde(default)]
    hook: bool,
}

/// Keeps them; a new secret is told this once.
async fn keep(ctx: &Ctx, id: i64, sent: &Sent) -> Result<Option<String>> {
    ctx.require("switchboard.edit")?;
    let version = sent.version.ok_or_else(|| Error::field("version", "error-required"))?;
    let password = sent.password.as_deref().filter(|p| !p.is_empty());
    if password.is_some_and(|p| p.len() > 200 || p.chars().any(char::is_control)) {
        return Err(Error::field("password", "error-call-password"));
    }
    if password.is_none() && !sent.hook {
        return Err(Error::field("password", "error-required"));
    }
    let ty = ctx.registry().get("switchboard")?.clone();
    let tx = ctx.begin().await?;
    let record = read::need(ctx, &tx, &ty, id).await?;
    if record.version != version {
        return Err(Error::stale());
    }
    let (old_hook, old_password) = secrets(&tx, id).await?;
    let made = sent.hook.then(|| {
        let bytes = zhike_web::visit::new_secret();
        format!("{PREFIX}{}", BASE64.encode(bytes.get(..24).unwrap_or(&bytes)))
    });
    let sql = "INSERT INTO voice_secret (switchboard_id, hook, password) VALUES ($1, $2, $3) \
               ON CONFLICT (switchboard_id) DO UPDATE SET hook = excluded.hook, password = excluded.password";
    let kept = binds![
        id,
        made.clone().unwrap_or(old_hook),
        password.map_or(old_password, str::to_owned)
    ];
    tx.exec(sql, kept).await?;
    // That it changed is told; what it is stands nowhere else.
    let event = Event {
        kind: "switchboard.secret_changed.v1".into(),
        record_type: "switchboard",
        record: id,
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(made)
}

/// `POST /switchboards/{id}/secret`.
pub(crate) async fn page(visit: Visit, Path(id): Path<String>, Form(f): Form) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let sent = Sent {
        version: f.int("version"),
        password: f.get("password").map(str::to_owned),
        hook: f.get("hook").is_some(),
    };
    let made = keep(&visit.ctx, id, &sent).await?;
    let loc = &visit.loc;
    if let Some(secret) = made {
        // Shown this once, on a page of its own.
        let address = format!("/api/v1/switchboards/{id}/events");
        let body = html! {
            (ui::callout(ui::Tone::Warn, html! { p { (loc.t("switchboard-secret-once")) } p { code.secret { (secret) } } }))
            (ui::card(loc.t("switchboard-hook-how")).body(html! {
                p { (loc.t("switchboard-hook-text")) }
                p { code { "POST " (address) } }
                div.btn-row { (ui::btn(loc.t("web-back")).href(format!("/switchboards/{id}"))) }
            }))
        };
        return zhike_web::Screen::new(&visit, loc.t("switchboard-one"), "switchboard").show(ui::page_body(body));
    }
    go_saying(
        &visit,
        &format!("/switchboards/{id}"),
        &loc.t("switchboard-secret-kept"),
        None,
    )
}

/// `PUT /api/v1/switchboards/{id}/secret`.
pub(crate) async fn api(visit: Visit, Path(id): Path<i64>, Body(sent): Body<Sent>) -> Answer {
    let made = keep(&visit.ctx, id, &sent).await?;
    answer(StatusCode::OK, &json!({"id": id, "secret": made}))
}

/// The pieces of its page.
pub(crate) fn tabs() -> Vec<Tab> {
    vec![
        Tab::new("switchboard", "state", Place::Rail, 10, "switchboard.view", |v, r| {
            Box::pin(show(v, r))
        }),
        Tab::new(
            "switchboard",
            "secret",
            Place::Action,
            10,
            "switchboard.edit",
            |v, r| Box::pin(async move { Ok(secret(v, r)) }),
        ),
    ]
}

async fn show(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let s = state(visit.db(), record.id).await?;
    let (hook, password) = secrets(visit.db(), record.id).await?;
    let ami = record.text("kind") == "ami";
    let ready = if ami { !password.is_empty() } else { !hook.is_empty() };
    let body = html! {
        @match &s {
            None => { p.sm.mut { (loc.t(if ready { "switchboard-silent" } else { "switchboard-no-secret" })) } }
            Some(s) => {
                div.row.wrap {
                    @if s.trouble.is_empty() { (ui::badge(ui::Hue::Green, &loc.t("switchboard-good"))) }
                    @else { (ui::badge(ui::Hue::Red, &loc.t(&format!("switchboard-trouble-{}", s.trouble)))) }
                }
                (ui::kv(&[
                    (loc.t("switchboard-events"), html! { span.num { (loc.int(s.events)) } }),
                    (loc.t("switchboard-good-at"), match s.good_at {
                        Some(at) => html! { time.num title=(loc.stamp(at)) { (loc.relative(at, visit.now())) } },
                        None => html! { "—" },
                    }),
                ]))
                @if !s.trouble.is_empty() { p.xs.mut { (loc.t(&format!("switchboard-mend-{}", s.trouble))) " " span.mono { (s.words) } } }
            }
        }
        @if !ami { p.xs.mut { code { "POST /api/v1/switchboards/" (record.id) "/events" } } }
    };
    Ok(html! { (ui::card(loc.t("switchboard-state")).body(body)) })
}

fn secret(visit: &Visit, record: &Record) -> Markup {
    let loc = &visit.loc;
    let ami = record.text("kind") == "ami";
    let form = html! {
        form.stack method="post" action={ "/switchboards/" (record.id) "/secret" } autocomplete="off" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string()))
            @if ami {
                (ui::Field::new("password", loc.t("switchboard-password")).required(true).password("new-password"))
            } @else {
                p.sm.mut { (loc.t("switchboard-hook-new")) } (ui::hidden("hook", "1"))
            }
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t(if ami { "web-save" } else { "switchboard-hook-make" })).primary().submit()) }
        }
    };
    html! {
        (ui::btn(loc.t("switchboard-secret")).icon("key").opens("switchboard-secret"))
        (ui::dialog("switchboard-secret", &loc.t("switchboard-secret"), form))
    }
}
