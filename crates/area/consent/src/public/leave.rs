//! The way out of a message with one click (RFC 8058: GET shows a page, POST does it).

use super::{bare, system};
use crate::{
    link, optout,
    rules::By,
    wish::{self, Word},
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use zhike_contract::{Channel, Holder, OptOuts};
use zhike_kernel::{Error, Result};
use zhike_store::{Ctx, Query as _, binds};
use zhike_web::{Answer, Form, Query, Visit, answer::html_with, ui};

/// The message behind a way out.
struct Message {
    id: i64,
    party: i64,
    channel: Channel,
    address: String,
    topic: String,
}

async fn message(visit: &Visit, token: &str) -> Result<Message> {
    let id = link::message(&visit.ctx, &visit.app.secret, token, &visit.peer).await?;
    let sql = "SELECT party_id, COALESCE(via, channel), address, topic FROM consent_message WHERE id = $1";
    let r = visit.db().one(sql, binds![id]).await?.ok_or_else(Error::missing)?;
    Ok(Message {
        id,
        party: r.int(0)?,
        channel: Channel::of(&r.text(1)?).ok_or_else(Error::missing)?,
        address: r.opt_text(2)?.unwrap_or_default(),
        topic: r.opt_text(3)?.unwrap_or_default(),
    })
}

fn leaving(visit: &Visit, token: &str, m: &Message, topics: &[wish::Topic], done: Option<&str>) -> Markup {
    let loc = &visit.loc;
    let topic = topics
        .iter()
        .find(|t| t.code == m.topic)
        .map(|t| t.title(visit.latin).to_owned());
    // The one who holds the message knows the address; who looks over the shoulder need not.
    let address = crate::address::masked(m.channel, &m.address);
    let args = [("address", address.into())];
    let to = format!("/leave/{token}?lang={}", loc.lang.code());
    let post = |what: &str, button: ui::Btn| {
        html! { form method="post" action=(to) style="margin:0" { (ui::hidden("what", what)) (button) } }
    };
    bare(
        visit,
        &loc.t("leave-title"),
        html! {
            @match done {
                Some("topic") => div role="status" { (ui::callout(ui::Tone::Good, loc.tv("leave-topic-done", &[("topic", topic.clone().unwrap_or_default().into())]))) },
                Some(_) => div role="status" { (ui::callout(ui::Tone::Good, html! { (loc.t("leave-done")) " " (loc.tv("leave-text", &args)) })) },
                None => {
                    p { (loc.tv("leave-ask", &args)) }
                    div.btn-row.wrap {
                        (post("all", ui::btn(loc.t("leave-do")).primary().submit()))
                        @if let Some(topic) = &topic { (post("topic", ui::btn(loc.tv("leave-topic", &[("topic", topic.clone().into())])).submit())) }
                    }
                }
            }
            div.btn-row { (post("wishes", ui::btn(loc.t("leave-all")).ghost().icon("adjustments-heart").submit())) }
        },
    )
}

/// `GET /leave/{token}`: only asks; programs that open every link in a message must not unsubscribe anybody.
pub(crate) async fn page(visit: Visit, Path(token): Path<String>, Query(q): Query) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let visit = visit.speaking(&q, None);
    let m = message(&visit, &token).await?;
    let topics = wish::topics(visit.db()).await?;
    html_with(StatusCode::OK, leaving(&visit, &token, &m, &topics, None))
}

/// `POST /leave/{token}`: by the button, or by the mail provider's (`List-Unsubscribe=One-Click`).
pub(crate) async fn post(visit: Visit, Path(token): Path<String>, Query(q): Query, Form(f): Form) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "save").await?;
    let visit = visit.speaking(&q, None);
    let m = message(&visit, &token).await?;
    let house = system(&visit);
    let topics = wish::topics(visit.db()).await?;
    let what = f.get("what").unwrap_or("all");
    match what {
        "wishes" => {
            let tx = house.begin().await?;
            let link = link::make(&tx, m.party).await?;
            tx.commit().await?;
            return zhike_web::answer::see_other(&format!(
                "{}?lang={}",
                link.address(&visit.app.secret),
                visit.loc.lang.code()
            ));
        }
        "topic" if !m.topic.is_empty() => unwant(&house, &m).await?,
        _ => shut(&house, &m).await?,
    }
    html_with(StatusCode::OK, leaving(&visit, &token, &m, &topics, Some(what)))
}

/// Closes the address to what wants to sell; once, however often it is pressed.
async fn shut(house: &Ctx, m: &Message) -> Result<()> {
    let tx = house.begin().await?;
    let holder = Holder {
        channel: m.channel,
        address: &m.address,
        party: Some(m.party),
        proof: &format!("/leave {} {}", m.id, tx.at.rfc3339()),
    };
    optout::Port.close(house, &tx, &holder).await?;
    tx.commit().await
}

/// Only this topic is not wanted any more.
async fn unwant(house: &Ctx, m: &Message) -> Result<()> {
    let tx = house.begin().await?;
    let (version, own) = wish::own(&tx, m.party).await?;
    let mut unwanted: Vec<String> = own.unwanted.map(|s| s.value).unwrap_or_default();
    if !unwanted.contains(&m.topic) {
        unwanted.push(m.topic.clone());
    }
    let wanted = own
        .wanted
        .map(|s| s.value.into_iter().filter(|t| *t != m.topic).collect::<Vec<_>>());
    let values = wish::Values {
        unwanted: Some(Some(unwanted)),
        wanted: wanted.map(Some),
        ..wish::Values::default()
    };
    let proof = format!("/leave {}", m.id);
    let word = Word {
        by: By::Customer,
        proof: &proof,
    };
    wish::state(house, &tx, m.party, version, values, word).await?;
    tx.commit().await
}
