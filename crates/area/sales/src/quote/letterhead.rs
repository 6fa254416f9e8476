//! The letterhead of all documents, edited in the page.

use super::sheet::{self, LETTERHEAD};
use axum::extract::Multipart;
use maud::html;
use zhike_kernel::{Error, Result};
use zhike_paper::{Letterhead, Logo};
use zhike_store::{Event, setting};
use zhike_web::{
    Screen, Visit,
    answer::{Answer, go},
    ui,
};

/// Largest logo.
const MOST: usize = 400 * 1024;

/// `GET /letterhead`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let head = sheet::letterhead(visit.db(), &visit.app.company).await?;
    show(&visit, &head, None).await
}

async fn show(visit: &Visit, head: &Letterhead, problem: Option<&Error>) -> Answer {
    let loc = &visit.loc;
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let field = |name: &str| ui::Field::new(name, loc.t(&format!("letterhead-{name}"))).error(error(name));
    let fonts = html! {
        @if !zhike_paper::available() { (ui::callout(ui::Tone::Bad, loc.t("error-paper-none"))) }
        @else {
            @match zhike_paper::cjk() {
                Some(found) => (ui::callout(ui::Tone::Good, loc.tv("letterhead-font", &[("file", found.regular.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default().into())]))),
                None => (ui::callout(ui::Tone::Warn, loc.tv("letterhead-no-font", &[("package", zhike_paper::PACKAGE.into())]))),
            }
        }
    };
    let form = html! {
        form.stack method="post" action="/letterhead" enctype="multipart/form-data" {
            (ui::hidden("csrf", &visit.csrf))
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            div.form-grid {
                (field("name").required(true).text(&head.name))
                (field("name_latin").text(&head.name_latin))
                (field("address").textarea(&head.address, 2))
                (field("address_latin").textarea(&head.address_latin, 2))
                (field("contact").hint(loc.t("letterhead-contact-hint")).textarea(&head.contact, 2))
                (field("tax_number").text(&head.tax_number))
                (field("bank").text(&head.bank))
                (field("logo").hint(loc.t("letterhead-logo-hint")).file("image/png,image/jpeg,image/svg+xml"))
            }
            @if head.logo.is_some() { (ui::Field::new("no_logo", loc.t("letterhead-no-logo")).checkbox(false)) }
            (ui::submit_row(loc, None, &loc.t("web-save")))
        }
    };
    Screen::new(visit, loc.t("nav-letterhead"), "letterhead").show(ui::page_body(
        html! { (ui::card(loc.t("nav-letterhead")).note(loc.t("letterhead-note")).body(form)) (fonts) },
    ))
}

/// Reads the posted parts into a letterhead.
async fn read(visit: &Visit, mut parts: Multipart) -> Result<Letterhead> {
    let mut head = sheet::letterhead(visit.db(), "").await?;
    let mut keep = true;
    let bad = |_| Error::invalid("error-request");
    while let Some(part) = parts.next_field().await.map_err(bad)? {
        let name = part.name().unwrap_or("").to_owned();
        if name == "logo" {
            let bytes = part.bytes().await.map_err(bad)?;
            if bytes.len() > MOST {
                return Err(Error::field("logo", "error-letterhead-large"));
            }
            if !bytes.is_empty() {
                head.logo = Some(Logo::read(&bytes).ok_or_else(|| Error::field("logo", "error-letterhead-logo"))?);
            }
            continue;
        }
        let text: String = part.text().await.map_err(bad)?.trim().chars().take(600).collect();
        match name.as_str() {
            "name" => head.name = text,
            "name_latin" => head.name_latin = text,
            "address" => head.address = text,
            "address_latin" => head.address_latin = text,
            "contact" => head.contact = text,
            "tax_number" => head.tax_number = text,
            "bank" => head.bank = text,
            "no_logo" => keep = text.is_empty(),
            _ => {}
        }
    }
    if !keep {
        head.logo = None;
    }
    Ok(head)
}

/// Keeps a letterhead.
pub(crate) async fn keep(visit: &Visit, head: &Letterhead) -> Result<()> {
    visit.require("letterhead.edit")?;
    if head.name.is_empty() {
        return Err(Error::field("name", "error-required"));
    }
    let tx = visit.ctx.begin().await?;
    setting::set(&tx, LETTERHEAD, &serde_json::to_string(head).map_err(Error::broken)?).await?;
    let event = Event {
        kind: "letterhead.changed.v1".into(),
        record_type: "setting",
        note: Some(head.name.clone()),
        ..Event::default()
    };
    tx.emit(visit.registry().listeners(), event).await?;
    tx.commit().await
}

/// `POST /letterhead`.
pub(crate) async fn save(visit: Visit, parts: Multipart) -> Answer {
    let typed = match read(&visit, parts).await {
        Ok(head) => head,
        Err(e) => return again(&visit, &sheet::letterhead(visit.db(), &visit.app.company).await?, e).await,
    };
    match keep(&visit, &typed).await {
        Ok(()) => go(&visit, "/letterhead"),
        Err(e) => again(&visit, &typed, e).await,
    }
}

async fn again(visit: &Visit, head: &Letterhead, e: Error) -> Answer {
    if e.kind != zhike_kernel::Kind::Invalid {
        return Err(e.into());
    }
    let mut answer = show(visit, head, Some(&e)).await?;
    *answer.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(answer)
}
