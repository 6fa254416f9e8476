//! The tab “Competition”: on a customer what it buys elsewhere, on a competitor its profile, its customers and its prices.

use super::{
    choices,
    schema::{CERTAINTY, POWERS, SOURCES, THREATS},
    words,
};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Op, Result};
use zhike_store::{Query as _, Record, binds, read, write};
use zhike_web::{
    Answer, Fields, Form, Routes, Screen, Visit, answer, records,
    ui::{self, Field, Hue},
};

/// What the tab posts to, and the competitor's page for those in whose sight its party is not.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/rivals/{id}", "supply.view", |visit: Visit, Path(id): Path<String>| {
            Box::pin(page(visit, id))
        })
        .post(
            "/parties/{id}/supply",
            "supply.create",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(add_supply(visit, id, f)),
        )
        .post(
            "/rivals/{id}/price",
            "price_seen.create",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(add_price(visit, id, f)),
        )
        .post(
            "/rivals/{id}/profile",
            "rival_profile.edit",
            |visit: Visit, Path(id): Path<i64>, Form(f): Form| Box::pin(save_profile(visit, id, f)),
        )
}

/// The tab.
pub(crate) async fn tab(visit: &Visit, party: &Record) -> Result<Markup> {
    if party.text("roles").split(' ').any(|r| r == "competitor") {
        return of_rival(visit, party.id).await;
    }
    let loc = &visit.loc;
    let of = || Filter::is("party_id", party.id);
    let past = |op| Filter::Field {
        field: "until_on".into(),
        op,
        values: vec![],
    };
    let today = [
        "number",
        "rival_id",
        "product_id",
        "what",
        "share",
        "amount",
        "price",
        "since_on",
        "certainty",
    ];
    let before = [
        "number",
        "rival_id",
        "product_id",
        "what",
        "share",
        "amount",
        "since_on",
        "until_on",
    ];
    let deals = of().and(Filter::Exists {
        relation: "rival".into(),
        filter: Box::new(Filter::default()),
    });
    Ok(html! {
        (ui::card(loc.t("supply-today")).flush(records::related(visit, "supply", of().and(past(Op::Empty)), &today, 50).await?))
        @if visit.may("supply.create") && party.archived_at.is_none() {
            (ui::card(loc.t("supply-add")).note(loc.t("supply-add-note")).body(supply_form(visit, party.id).await?))
        }
        (ui::card(loc.t("supply-before")).flush(records::related(visit, "supply", of().and(past(Op::Filled)), &before, 50).await?))
        (ui::card(loc.t("rival-deals")).flush(records::related(visit, "deal", deals, &["name", "number", "stage_id", "amount", "closed_on"], 20).await?))
    })
}

async fn supply_form(visit: &Visit, party: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let label = |f: &str| loc.t(&format!("supply-{f}"));
    let choices = choices(visit).await?;
    if choices.is_empty() {
        return Ok(html! { p.mut { (loc.t("rival-none-yet")) } });
    }
    Ok(html! {
        form data-stay method="post" action={ "/parties/" (party) "/supply" } {
            div.form-grid {
                (Field::new("rival_id", label("rival_id")).required(true).select(&choices, "", Some("")))
                (Field::new("product_id", label("product_id")).hint(loc.t("supply-product-hint")).combobox(loc, "/lookup/product", "", ""))
                (Field::new("what", label("what")).text(""))
                (Field::new("share", label("share")).hint(loc.t("supply-share-hint")).text(""))
                (Field::new("amount", label("amount")).text(""))
                (Field::new("price", label("price")).text(""))
                (Field::new("since_on", label("since_on")).date(&visit.today().to_string()))
                (Field::new("source", label("source")).select(&words(visit, "supply-source", SOURCES), "", Some("—")))
                (Field::new("certainty", label("certainty")).select(&words(visit, "supply-certainty", CERTAINTY), "likely", None))
            }
            div.btn-row.end { (ui::btn(loc.t("web-save")).submit()) }
        }
    })
}

async fn add(visit: &Visit, ty: &str, fixed: (&str, i64), names: &[&str], f: &Fields) -> Result<()> {
    let ty = visit.registry().get(ty)?.clone();
    let input: Vec<(String, String)> = names
        .iter()
        .filter(|n| f.filled(n).is_some())
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    let mut values = write::read_input(&visit.ctx, &ty, None, &input)?;
    values.insert(fixed.0.to_owned(), fixed.1.into());
    let tx = visit.ctx.begin().await?;
    write::create(&visit.ctx, &tx, &ty, values).await?;
    tx.commit().await
}

async fn add_supply(visit: Visit, id: i64, f: Fields) -> Answer {
    let names = [
        "rival_id",
        "product_id",
        "what",
        "share",
        "amount",
        "price",
        "since_on",
        "source",
        "certainty",
    ];
    add(&visit, "supply", ("party_id", id), &names, &f).await?;
    answer::go_saying(
        &visit,
        &format!("/parties/{id}/rivals"),
        &visit.loc.t("records-said-saved"),
        None,
    )
}

async fn add_price(visit: Visit, id: i64, f: Fields) -> Answer {
    let names = ["product_id", "price", "seen_on", "place", "source", "certainty"];
    add(&visit, "price_seen", ("rival_id", id), &names, &f).await?;
    answer::go_saying(
        &visit,
        &format!("/rivals/{id}"),
        &visit.loc.t("records-said-saved"),
        None,
    )
}

async fn profile(visit: &Visit, rival: i64) -> Result<Option<Record>> {
    let ty = visit.registry().get("rival_profile")?.clone();
    let sql = "SELECT id FROM sales_rival_profile WHERE party_id = $1 AND archived_at IS NULL";
    match visit.db().one(sql, binds![rival]).await? {
        Some(row) => read::find(&visit.ctx, visit.db(), &ty, row.int(0)?).await,
        None => Ok(None),
    }
}

async fn save_profile(visit: Visit, id: i64, f: Fields) -> Answer {
    let ty = visit.registry().get("rival_profile")?.clone();
    let mut input: Vec<(String, String)> = ["threat", "powers_note", "strengths", "weaknesses"]
        .iter()
        .map(|n| ((*n).to_owned(), f.get(n).unwrap_or("").to_owned()))
        .collect();
    input.push(("powers".into(), f.all("powers").collect::<Vec<_>>().join(" ")));
    let mut values = write::read_input(&visit.ctx, &ty, None, &input)?;
    let tx = visit.ctx.begin().await?;
    match f.int("profile") {
        Some(profile) => {
            write::update(&visit.ctx, &tx, &ty, profile, f.need_int("version")?, values).await?;
        }
        None => {
            values.insert("party_id".into(), id.into());
            write::create(&visit.ctx, &tx, &ty, values).await?;
        }
    }
    tx.commit().await?;
    answer::go_saying(
        &visit,
        &format!("/rivals/{id}"),
        &visit.loc.t("records-said-saved"),
        None,
    )
}

/// The profile in words, with the form that changes it.
async fn profile_card(visit: &Visit, rival: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let found = profile(visit, rival).await?;
    let text = |name: &str| found.as_ref().map_or("", |p| p.text(name)).to_owned();
    let powers: Vec<String> = text("powers")
        .split(' ')
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let label = |f: &str| loc.t(&format!("rival_profile-{f}"));
    let threat = text("threat");
    let hue = match threat.as_str() {
        "high" => Hue::Red,
        "low" => Hue::Green,
        _ => Hue::Grey,
    };
    let mut items = vec![];
    if found.is_some() {
        items.push((
            label("threat"),
            ui::badge(hue, &loc.t(&format!("rival_profile-threat-{threat}"))),
        ));
        items.push((
            label("powers"),
            html! { span.row.wrap {
                @for power in &powers { (ui::badge(Hue::Amber, &loc.t(&format!("rival_profile-powers-{power}")))) }
                @if powers.is_empty() { span.dim { (loc.t("rival-no-powers")) } }
            } },
        ));
        for name in ["powers_note", "strengths", "weaknesses", "looked_on"] {
            if !text(name).is_empty() {
                items.push((
                    label(name),
                    html! { span style="white-space:pre-wrap" { (text(name)) } },
                ));
            }
        }
    }
    let form = html! {
        form.stack data-stay method="post" action={ "/rivals/" (rival) "/profile" } {
            @if let Some(p) = &found { (ui::hidden("profile", &p.id.to_string())) (ui::hidden("version", &p.version.to_string())) }
            (Field::new("threat", label("threat")).select(&words(visit, "rival_profile-threat", THREATS), if threat.is_empty() { "normal" } else { &threat }, None))
            fieldset style="border:0;padding:0;margin:0" {
                legend.sm { (label("powers")) }
                div.row.wrap style="gap:6px 16px" { @for power in POWERS {
                    label.row style="gap:6px" {
                        input type="checkbox" class="check" name="powers" value=(power) checked[powers.iter().any(|p| p == power)];
                        (loc.t(&format!("rival_profile-powers-{power}")))
                    }
                } }
            }
            (Field::new("powers_note", label("powers_note")).textarea(&text("powers_note"), 2))
            (Field::new("strengths", label("strengths")).textarea(&text("strengths"), 3))
            (Field::new("weaknesses", label("weaknesses")).textarea(&text("weaknesses"), 3))
            div.btn-row { (ui::btn(loc.t("web-cancel")).closes()) (ui::btn(loc.t("web-save")).primary().submit()) }
        }
    };
    let may = visit.may("rival_profile.edit");
    let body = if items.is_empty() {
        html! { p.mut { (loc.t("rival-no-profile")) } }
    } else {
        html! { div.stack { @for (words, value) in &items { div { div.xs.mut { (words) } (value) } } } }
    };
    Ok(html! {
        (ui::card(loc.t("rival_profile-one")).actions(html! { @if may { (ui::btn(loc.t("records-edit")).small().icon("pencil").opens("rival-profile")) } }).body(body))
        @if may { (ui::dialog("rival-profile", &loc.t("rival_profile-one"), form)) }
    })
}

/// What is known of a competitor.
pub(crate) async fn of_rival(visit: &Visit, id: i64) -> Result<Markup> {
    let loc = &visit.loc;
    let customers = [
        "number",
        "party_id",
        "product_id",
        "what",
        "share",
        "amount",
        "since_on",
        "until_on",
    ];
    let prices = ["number", "product_id", "price", "seen_on", "place", "certainty"];
    let met = Filter::All(vec![Filter::Exists {
        relation: "rival".into(),
        filter: Box::new(Filter::is("rival_id", id)),
    }]);
    let label = |f: &str| loc.t(&format!("price_seen-{f}"));
    Ok(html! {
        (profile_card(visit, id).await?)
        (ui::card(loc.t("rival-supplies")).flush(records::related(visit, "supply", Filter::is("rival_id", id), &customers, 50).await?))
        (ui::card(loc.t("price_seen-many")).flush(html! {
            (records::related(visit, "price_seen", Filter::is("rival_id", id), &prices, 20).await?)
            @if visit.may("price_seen.create") {
                form data-stay method="post" action={ "/rivals/" (id) "/price" } style="padding:14px" {
                    div.form-grid {
                        (Field::new("product_id", label("product_id")).required(true).combobox(loc, "/lookup/product", "", ""))
                        (Field::new("price", label("price")).required(true).text(""))
                        (Field::new("seen_on", label("seen_on")).date(&visit.today().to_string()))
                        (Field::new("place", label("place")).text(""))
                    }
                    div.btn-row.end { (ui::btn(loc.t("price-seen-add")).small().icon("plus").submit()) }
                }
            }
        }))
        (ui::card(loc.t("rival-met")).flush(records::related(visit, "deal", met, &["name", "party_id", "stage_id", "amount", "closed_on"], 30).await?))
    })
}

async fn page(visit: Visit, id: String) -> Answer {
    let id: i64 = id.parse().map_err(|_| Error::missing())?;
    let name = super::names(&visit).await?.remove(&id).ok_or_else(Error::missing)?;
    let body = of_rival(&visit, id).await?;
    Screen::new(&visit, name, "rival")
        .crumb(visit.loc.t("nav-rival"), "/rivals")
        .show(ui::page_body(html! { div.stack.l { (body) } }))
}
