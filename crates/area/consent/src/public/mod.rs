//! The customer's own page, without signing in: the wishes by a signed address.

pub(crate) mod leave;

use crate::{
    form::{self, Look},
    link,
    load::Loaded,
    rules::{By, Consent, Wish},
    wish::{self, Word},
};
use axum::{extract::Path, http::StatusCode};
use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_contract::Channel;
use zhike_kernel::{Error, Kind, Result, Value, Values};
use zhike_store::{Ctx, Query as _, Record, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Query, Visit,
    answer::{html_with, status},
    ui,
};

/// Channels that a customer is asked about.
const CHANNELS: [Channel; 6] = [
    Channel::Email,
    Channel::Phone,
    Channel::Sms,
    Channel::Chat,
    Channel::Letter,
    Channel::Visit,
];

fn system(visit: &Visit) -> Ctx {
    Ctx::system(&visit.house, visit.door)
}

async fn party(house: &Ctx, id: i64) -> Result<Record> {
    let found = read::find(house, house.db(), house.registry().get("party")?, id).await?;
    found.filter(|p| p.archived_at.is_none()).ok_or_else(Error::missing)
}

fn bare(visit: &Visit, title: &str, body: Markup) -> Markup {
    let main = html! {
        div.stack.l.public { b { (visit.app.company) } h1 { (title) } (body) }
    };
    ui::bare(&visit.loc, title, &visit.uri, main)
}

fn closed(visit: &Visit) -> Answer {
    let loc = &visit.loc;
    let body = ui::callout(
        ui::Tone::Warn,
        html! { b { (loc.t("public-closed")) } " " (loc.t("public-closed-text")) },
    );
    html_with(StatusCode::GONE, bare(visit, &loc.t("public-title"), body))
}

/// Does the customer agree to promotion now?
fn agrees(consents: &[Consent], today: zhike_kernel::Date) -> bool {
    consents
        .iter()
        .any(|c| c.withdrawn.is_none() && c.given <= today && c.until.is_none_or(|u| u >= today))
}

/// The page as it is about to be drawn.
struct Sheet<'a> {
    visit: &'a Visit,
    token: &'a str,
    party: &'a Record,
    version: i64,
    consent: bool,
    values: BTreeMap<String, Vec<String>>,
    topics: &'a [wish::Topic],
    told: Option<(ui::Tone, String)>,
    error: Option<&'a Error>,
}

impl Sheet<'_> {
    fn draw(self) -> Markup {
        let loc = &self.visit.loc;
        let latin = self.party.text("name_latin");
        let name = if self.visit.latin && !latin.is_empty() {
            latin
        } else {
            self.party.text("name")
        };
        let look = Look {
            visit: self.visit,
            topics: self.topics.iter().filter(|t| t.offered).collect(),
            values: self.values,
            error: self.error,
            channels: CHANNELS.to_vec(),
            // Whoever holds the link may not be the one whose numbers these are.
            addresses: false,
            own: true,
        };
        let choices = ["yes", "no"].map(|w| ui::Choice::new(w, loc.t(&format!("public-consent-{w}"))));
        let now = if self.consent {
            "public-consent-now-yes"
        } else {
            "public-consent-now-no"
        };
        let agreed = ui::Field::new("consent", loc.t("public-consent-text")).hint(loc.t(now));
        bare(
            self.visit,
            &loc.t("public-title"),
            html! {
                p.mut { (loc.tv("public-hello", &[("name", name.into())])) " " (loc.t("public-say")) }
                @if let Some((tone, words)) = self.told { div role="status" { (ui::callout(tone, words)) } }
                @if let Some(e) = self.error { (ui::form_errors(&[loc.error(e)])) }
                form.stack.l method="post" action={ "/wishes/" (self.token) "?lang=" (loc.lang.code()) } novalidate {
                    (ui::hidden("version", &self.version.to_string()))
                    section.card { div.card-b style="padding-top:14px" { div.stack { (agreed.segmented(&choices, if self.consent { "yes" } else { "no" })) } } }
                    section.card { div.card-b style="padding-top:14px" { div.stack.l { (look.draw()) } } }
                    div.btn-row { (ui::btn(loc.t("public-save")).primary().icon("check").submit()) }
                }
            },
        )
    }
}

/// `GET /wishes/{token}`.
pub(crate) async fn page(visit: Visit, Path(token): Path<String>, Query(q): Query) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "look").await?;
    let l = link::need(&visit.ctx, &visit.app.secret, &token, &visit.peer).await?;
    let visit = visit.speaking(&q, None);
    if !l.good(visit.now()) {
        return closed(&visit);
    }
    let house = system(&visit);
    let party = party(&house, l.party).await?;
    if !visit.signed_in() {
        let tx = house.begin().await?;
        link::seen(&tx, &l).await?;
        tx.commit().await?;
    }
    let (version, own, consents) = standing(&house, party.id).await?;
    let topics = wish::topics(visit.db()).await?;
    let page = Sheet {
        visit: &visit,
        token: &token,
        party: &party,
        version,
        consent: agrees(&consents, visit.today()),
        values: form::fill(&own),
        topics: &topics,
        told: None,
        error: None,
    };
    html_with(StatusCode::OK, page.draw())
}

async fn standing(house: &Ctx, party: i64) -> Result<(i64, Wish, Vec<Consent>)> {
    let (version, own) = wish::own(house.db(), party).await?;
    let loaded = Loaded::read(house, house.db(), &[party], house.now(), &[]).await?;
    let consents = loaded.of(party).map(|k| k.consents.clone()).unwrap_or_default();
    Ok((version, own, consents))
}

/// `POST /wishes/{token}`.
pub(crate) async fn save(visit: Visit, Path(token): Path<String>, Query(q): Query, Form(f): Form) -> Answer {
    link::limit(&visit.ctx, &visit.peer, "save").await?;
    let l = link::need(&visit.ctx, &visit.app.secret, &token, &visit.peer).await?;
    let visit = visit.speaking(&q, None);
    if !l.good(visit.now()) {
        return closed(&visit);
    }
    let house = system(&visit);
    let party = party(&house, l.party).await?;
    let topics = wish::topics(visit.db()).await?;
    let done = keep(&house, party.id, &f, &topics).await;
    let (version, own, consents) = standing(&house, party.id).await?;
    let consent = agrees(&consents, visit.today());
    let loc = &visit.loc;
    let sheet = Sheet {
        visit: &visit,
        token: &token,
        party: &party,
        version,
        consent,
        values: form::fill(&own),
        topics: &topics,
        told: None,
        error: None,
    };
    let page = match &done {
        Ok(changed) => {
            let words = loc.t(if *changed { "public-saved" } else { "public-same" });
            Sheet {
                told: Some((ui::Tone::Good, words)),
                ..sheet
            }
        }
        Err(e) if e.kind == Kind::Stale => Sheet {
            told: Some((ui::Tone::Warn, loc.t("public-stale"))),
            ..sheet
        },
        Err(e) if e.kind == Kind::Invalid => Sheet {
            consent: f.get("consent") == Some("yes"),
            values: form::sent(&f),
            error: Some(e),
            ..sheet
        },
        Err(_) => return Err(done.err().unwrap_or_else(Error::missing).into()),
    };
    let page = page.draw();
    html_with(done.err().map_or(StatusCode::OK, |e| status(e.kind)), page)
}

/// The customer's own word.
async fn keep(house: &Ctx, party: i64, f: &Fields, topics: &[wish::Topic]) -> Result<bool> {
    let tx = house.begin().await?;
    let (_, own) = wish::own(&tx, party).await?;
    let values = form::read(f, &own, topics)?;
    let word = Word {
        by: By::Customer,
        proof: "",
    };
    let stated = wish::state(house, &tx, party, f.need_int("version")?, values, word).await?;
    let loaded = Loaded::read(house, &tx, &[party], tx.at, &[]).await?;
    let consents = loaded.of(party).map(|k| k.consents.clone()).unwrap_or_default();
    let now = agrees(&consents, house.today());
    let turned = match (f.get("consent"), now) {
        (Some("yes"), false) => {
            agree(house, &tx, party).await?;
            true
        }
        (Some("no"), true) => {
            withdraw(house, &tx, party).await?;
            true
        }
        _ => false,
    };
    tx.commit().await?;
    Ok(stated.is_some() || turned)
}

async fn agree(house: &Ctx, tx: &zhike_store::Tx, party: i64) -> Result<()> {
    let ty = house.registry().get("consent")?.clone();
    let words: [(&str, Value); 5] = [
        ("party_id", party.into()),
        ("purpose", "promotion".into()),
        ("given_on", house.today().into()),
        ("source", "portal".into()),
        ("proof", format!("/wishes {}", tx.at.rfc3339()).into()),
    ];
    let row: Values = words.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    write::insert_many(house, tx, &ty, vec![row], None).await.map(|_| ())
}

/// Takes back everything that was agreed to.
async fn withdraw(house: &Ctx, tx: &zhike_store::Tx, party: i64) -> Result<()> {
    let ty = house.registry().get("consent")?.clone();
    let sql = "SELECT id, version FROM consent_consent WHERE party_id = $1 AND purpose = 'promotion' AND withdrawn_on IS NULL \
               AND archived_at IS NULL ORDER BY id";
    for r in tx.all(sql, binds![party]).await? {
        let how = format!("/wishes {}", tx.at.rfc3339());
        let row: Values = [
            ("withdrawn_on".to_owned(), house.today().into()),
            ("withdrawn_how".to_owned(), how.into()),
        ]
        .into();
        write::update(house, tx, &ty, r.int(0)?, r.int(1)?, row).await?;
    }
    Ok(())
}
