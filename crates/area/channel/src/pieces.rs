//! An account on its page: what has to be set for its kind, how it stands, a test to oneself, where the provider reports.

use crate::{
    account::{self, Account},
    kinds::{Entry, Shape},
    setup,
};
use maud::{Markup, html};
use zhike_kernel::{Result, Stamp};
use zhike_store::{Query, Record, binds};
use zhike_web::{Place, Tab, Visit, ui};

/// The pieces.
pub(crate) fn tabs() -> Vec<Tab> {
    let of = "channel_account";
    vec![
        Tab::new(of, "setup", Place::Tab, -10, setup::EDIT, |v, r| Box::pin(form(v, r))),
        Tab::new(of, "state", Place::Rail, 10, "channel_account.view", |v, r| {
            Box::pin(state(v, r))
        }),
        Tab::new(of, "test", Place::Action, 10, setup::EDIT, |v, r| {
            Box::pin(async move { test(v, r).await })
        }),
    ]
}

fn field(visit: &Visit, account: &Account, entry: &Entry) -> Markup {
    let loc = &visit.loc;
    let key = format!("channel-{}-{}", account.kind.word(), entry.name);
    let hint = format!("{key}-hint");
    let mut field = ui::Field::new(format!("set-{}", entry.name), loc.t(&key))
        .required(entry.required && entry.shape != Shape::Secret);
    if loc.has(&hint) {
        let mut words = loc.t(&hint);
        if setup::has(account, entry.name) {
            words = format!("{words} {}", loc.t("channel-secret-kept"));
        }
        field = field.hint(words);
    } else if setup::has(account, entry.name) {
        field = field.hint(loc.t("channel-secret-kept"));
    }
    let value = account.setup.get(entry.name);
    match entry.shape {
        Shape::Line => field.text(value),
        Shape::Long => field.textarea(value, 5),
        Shape::Secret => field.password("new-password"),
        Shape::Choice(words) => {
            let choices: Vec<ui::Choice> = words
                .iter()
                .map(|w| ui::Choice::new(*w, loc.t(&format!("channel-choice-{}", w.replace('.', "-")))))
                .collect();
            field.select(&choices, value, None)
        }
    }
}

async fn form(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let account = account::of(visit.db(), record).await?;
    let kind = account.kind;
    let ready = kind.check(&account.setup).is_ok();
    let mut parts: Vec<&'static str> = vec![];
    for entry in kind.entries() {
        if !parts.contains(&entry.part) {
            parts.push(entry.part);
        }
    }
    Ok(html! {
        p.mut { (loc.t(&format!("channel-help-{}", kind.word()))) }
        @if !ready { (ui::callout(ui::Tone::Warn, loc.t("channel-unready"))) }
        form.stack.l method="post" action={ "/channels/" (record.id) "/setup" } autocomplete="off" {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &record.version.to_string()))
            @for part in parts {
                (ui::card(loc.t(&format!("channel-part-{part}"))).note(loc.t(&format!("channel-part-{part}-text"))).body(html! {
                    div.form-grid { @for entry in kind.entries().iter().filter(|e| e.part == part) { (field(visit, &account, entry)) } }
                }))
            }
            div.btn-row { (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    })
}

async fn test(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let account = account::of(visit.db(), record).await?;
    if account.kind.check(&account.setup).is_err() {
        return Ok(html! {});
    }
    let hint = loc.t(&format!("channel-test-hint-{}", account.kind.channel().word()));
    let form = html! {
        form.stack method="post" action={ "/channels/" (record.id) "/test" } {
            (ui::hidden("csrf", &visit.csrf))
            (ui::Field::new("to", loc.t("channel-test-to")).hint(hint).required(true).text(""))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("channel-test-send")).primary().icon("send").submit()) }
        }
    };
    Ok(html! {
        (ui::btn(loc.t("channel-test")).icon("send").opens("channel-test"))
        (ui::dialog("channel-test", &loc.t("channel-test"), form))
    })
}

async fn state(visit: &Visit, record: &Record) -> Result<Markup> {
    let loc = &visit.loc;
    let account = account::of(visit.db(), record).await?;
    let sql = "SELECT COALESCE(state, ''), COALESCE(trouble, ''), COALESCE(words, ''), tried_at, good_at, heard_at FROM channel_state \
               WHERE account_id = $1";
    let row = visit.db().one(sql, binds![record.id]).await?;
    let (mut state, mut trouble, mut words) = (String::new(), String::new(), String::new());
    let mut times = [None; 3];
    if let Some(row) = &row {
        (state, trouble, words) = (row.text(0)?, row.text(1)?, row.text(2)?);
        for (i, time) in times.iter_mut().enumerate() {
            *time = row.opt_int(i + 3)?.map(Stamp);
        }
    }
    let when = |at: Option<Stamp>| match at {
        Some(at) => html! { time.num title=(loc.stamp(at)) { (loc.relative(at, visit.now())) } },
        None => html! { "—" },
    };
    let active = matches!(record.get("active"), zhike_kernel::Value::Bool(true));
    let (hue, word) = match (active, state.as_str()) {
        (false, _) => (ui::Hue::Grey, "channel-paused"),
        (_, "failed") => (ui::Hue::Red, "channel_account-state-failed"),
        (_, "good") => (ui::Hue::Green, "channel_account-state-good"),
        _ => (ui::Hue::Grey, "channel-untried"),
    };
    let (_, _, hook) = account::kept(visit.db(), record.id).await?;
    let base = zhike_web::site::address(visit.db()).await?;
    Ok(html! {
        (ui::card(loc.t("channel-state")).body(html! {
            p { (ui::badge(hue, &loc.t(word))) }
            @if !active { p.sm.mut { (loc.t("channel-paused-text")) } }
            @if !trouble.is_empty() {
                p.sm { b { (loc.t(&format!("channel-trouble-{trouble}"))) } " " (loc.t(&format!("channel-mend-{trouble}"))) }
                @if !words.is_empty() { p.xs.mono style="overflow-wrap:anywhere" { (words) } }
            }
            (ui::kv(&[
                (loc.t("channel_account-good_at"), when(times[1])),
                (loc.t("channel_account-tried_at"), when(times[0])),
                (loc.t("channel_account-heard_at"), when(times[2])),
            ]))
        }))
        @if account.kind.hears() && visit.may(setup::EDIT) {
            (ui::card(loc.t("channel-hook")).body(html! {
                p.sm.mut { (loc.t("channel-hook-text")) }
                p.xs { code style="overflow-wrap:anywhere" { (base) "/api/v1/channel-hooks/" (hook) } }
            }))
        }
    })
}
