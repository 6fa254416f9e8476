//! What is done with a case from its page.

use super::{
    desk::Desk,
    grant, link,
    promise::Wish,
    solve::Solution,
    tell::{self, Telling},
};
use crate::Ports;
use axum::extract::{Path, Request};
use zhike_kernel::{Currency, Error, Result, Stamp, number};
use zhike_store::{Ctx, field::parse_date};
use zhike_web::{
    Answer, Fields, Routes, Visit,
    answer::go_saying,
    files::along::{self, Along},
};

/// Its routes.
pub(crate) fn routes(ports: &Ports) -> Routes {
    let a = ports.clone();
    let act = move |visit: Visit, Path((id, what)): Path<(String, String)>, request: Request| {
        let ports = a.clone();
        Box::pin(async move {
            let (f, files) = along::with_form(&visit, request).await?;
            act(ports, visit, id, what, f, files).await
        })
    };
    Routes::new().post("/cases/{id}/act/{what}", "case.edit", act)
}

/// An amount as people type it.
pub(crate) fn amount(text: &str, field: &str, c: Currency) -> Result<i64> {
    number::parse_scaled(text.trim(), c.decimals(), false).map_err(|_| Error::field(field, "error-not-a-number"))
}

/// The solution as the form sends it.
fn solution(f: &Fields, c: Currency) -> Result<Solution> {
    let mut remedies = vec![];
    for id in f.all("remedy") {
        let id: i64 = id.parse().map_err(|_| Error::field("remedies", "error-not-a-record"))?;
        let typed = f
            .filled(&format!("amount_{id}"))
            .map(|t| amount(t, "remedies", c))
            .transpose()?;
        remedies.push((id, typed));
    }
    let text = |name: &str| f.filled(name).unwrap_or("").to_owned();
    Ok(Solution {
        cause: f.int("cause_id"),
        factor: text("factor"),
        responsible: text("responsible"),
        party: f.int("responsible_party_id"),
        user: f.int("responsible_user_id"),
        text: f.get("solution").unwrap_or("").to_owned(),
        remedies,
        done: f.get("done") == Some("1"),
    })
}

/// A moment of a day, as people type it.
pub(crate) fn moment(ctx: &Ctx, day: &str, time: &str, field: &str) -> Result<Stamp> {
    let day = parse_date(day).ok_or_else(|| Error::field("day", "error-not-a-date"))?;
    let text = zhike_kernel::text::fold_width(time.trim());
    let padded = if text.len() == 4 { format!("0{text}") } else { text };
    let time: jiff::civil::Time = padded.parse().map_err(|_| Error::field(field, "error-not-a-time"))?;
    let at = day
        .to_datetime(time)
        .to_zoned(ctx.house.zone.clone())
        .map_err(|_| Error::field(field, "error-not-a-time"))?;
    Ok(Stamp(at.timestamp().as_microsecond()))
}

/// A wish as a form sends it: a day, two times, a channel.
pub(crate) fn wish(ctx: &Ctx, f: &Fields) -> Result<Wish> {
    let need = |name: &str| f.filled(name).ok_or_else(|| Error::field(name, "error-required"));
    let day = need("day")?;
    let contact = f.filled("contact").unwrap_or("");
    if contact.chars().count() > 200 || f.get("note").is_some_and(|n| n.chars().count() > 2_000) {
        return Err(Error::field("contact", "error-form-long"));
    }
    Ok(Wish {
        from: moment(ctx, day, need("from")?, "from")?,
        until: moment(ctx, day, need("until")?, "until")?,
        channel: tell::channel(need("channel")?)?,
        contact: contact.to_owned(),
        note: f.filled("note").map(str::to_owned),
    })
}

async fn act(ports: Ports, visit: Visit, id: String, what: String, f: Fields, files: Vec<Along>) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let ctx = &visit.ctx;
    let version = f.need_int("version")?;
    let note = f.filled("note").map(str::to_owned);
    let tx = ctx.begin().await?;
    let mut desk = Desk::open(ctx, &tx, &ports, id, version).await?;
    let mut said = format!("case-did-{what}");
    match what.as_str() {
        "assign" => desk.assign(f.need_int("user")?).await?,
        "complete" => {
            let given = |key: &str| f.get(&super::act::input_name(key)).map(str::to_owned);
            desk.complete(&given, note).await?;
        }
        "solution" => match f.get("decide") {
            Some(word) => {
                said = format!("case-did-grant-{}", if word == "yes" { "yes" } else { "no" });
                grant::decide(&mut desk, word == "yes", note).await?;
            }
            None => {
                let s = solution(&f, visit.house.currency)?;
                let done = s.done;
                desk.solve(s).await?;
                said = match (done, desk.at(crate::process::Act::Solve)) {
                    (false, _) => "case-did-kept",
                    (true, Ok(_)) => "case-did-asked",
                    (true, Err(_)) => "case-did-solution",
                }
                .to_owned();
            }
        },
        "tell" => {
            let how = Telling {
                channel: tell::channel(f.get("channel").unwrap_or(""))?,
                by_hand: f.get("by") != Some("gate"),
                note,
                files,
            };
            if !desk.tell_customer(how).await? {
                said = "case-did-withheld".into();
            }
        }
        "link" => {
            link::of_case(&tx, id).await?;
        }
        "unsatisfied" => desk.heard_unsatisfied(f.get("words").unwrap_or("").to_owned()).await?,
        "promise" => desk.promise(wish(ctx, &f)?, false).await?,
        "answered" => desk.promise_met(note).await?,
        "improve" => desk.improve(f.int("improvement"), f.filled("name")).await?,
        "time" => desk.worked(f.need_int("minutes")?, note).await?,
        _ => return Err(Error::missing().into()),
    }
    tx.commit().await?;
    go_saying(&visit, &format!("/cases/{id}"), &visit.loc.t(&said), None)
}
