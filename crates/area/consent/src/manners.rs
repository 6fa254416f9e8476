//! What the house holds decent where a customer said nothing: hours, days without work, how much promotion.

use crate::{
    load::{MANNERS, manners},
    rules::{Cap, Manners, Per, Window},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use zhike_kernel::{Date, Error, FieldError, Kind, Result};
use zhike_store::{Ctx, Event, setting};
use zhike_web::{
    Answer, Fields, Form, Json, Screen, Visit,
    answer::{go_saying, html_with, json, status},
    site, ui,
};

/// Who sees it, who changes it.
pub(crate) const VIEW: &str = "system.view";
const EDIT: &str = "system.edit";
/// Rows of hours and frequencies offered, beside those that are filled.
const ROWS: usize = 3;

/// One row more than are filled.
fn rows(f: &Fields, kind: &str) -> usize {
    let filled = (0..20).filter(|i| {
        f.filled(&format!("{kind}{i}_from"))
            .or(f.filled(&format!("{kind}{i}_most")))
            .is_some()
    });
    filled.map(|i| i + 2).max().unwrap_or(0).clamp(ROWS, 20)
}

fn wrong(field: &str, code: &'static str) -> FieldError {
    FieldError {
        field: field.to_owned(),
        code,
        args: vec![],
    }
}

/// What is wrong with it.
fn check(m: &Manners) -> Vec<FieldError> {
    let mut out = vec![];
    if m.hours.len() > 20
        || m.hours
            .iter()
            .any(|w| w.days & 127 == 0 || w.days > 127 || w.from >= w.to || w.to > 1_440)
    {
        out.push(wrong("hours", "error-wish-hours"));
    }
    if m.caps.len() > 20 || m.caps.iter().any(|c| c.most > 1_000) {
        out.push(wrong("caps", "error-wish-caps"));
    }
    if !(1..=365).contains(&m.alarm_days) {
        out.push(wrong("alarm_days", "error-manners-alarm"));
    }
    out.extend(site::check(&m.address).err().into_iter().flat_map(|e| e.fields));
    out
}

async fn save(ctx: &Ctx, new: Manners) -> Result<Manners> {
    ctx.require(EDIT)?;
    let wrongs = check(&new);
    if !wrongs.is_empty() {
        return Err(Error::fields(wrongs));
    }
    let tx = ctx.begin().await?;
    let old = manners(&tx).await?;
    if old.version != new.version {
        return Err(Error::stale());
    }
    if old == new {
        return Ok(old);
    }
    let new = Manners {
        version: old.version + 1,
        ..new
    };
    let text = serde_json::to_string(&new).map_err(Error::broken)?;
    setting::set(&tx, MANNERS, &text).await?;
    site::keep(&tx, &new.address).await?;
    let before = serde_json::to_string(&old).map_err(Error::broken)?;
    let event = Event {
        kind: "gate.manners_changed.v1".into(),
        record_type: "setting",
        note: Some(format!("{before} → {text}")),
        ..Event::default()
    };
    tx.emit(ctx.registry().listeners(), event).await?;
    tx.commit().await?;
    Ok(new)
}

fn time(m: u16) -> String {
    if m == 1_440 {
        "23:59".to_owned()
    } else {
        format!("{:02}:{:02}", m / 60, m % 60)
    }
}

/// The form's fields as they stand.
fn fill(m: &Manners) -> Fields {
    let mut out: Vec<(String, String)> = vec![];
    for (i, w) in m.hours.iter().enumerate() {
        for d in (0..7_u8).filter(|d| w.days & (1 << d) != 0) {
            out.push((format!("w{i}_day"), d.to_string()));
        }
        out.push((format!("w{i}_from"), time(w.from)));
        out.push((format!("w{i}_to"), time(w.to)));
        out.push((format!("w{i}_channel"), w.channel.map_or("", |c| c.0.word()).to_owned()));
    }
    for (i, c) in m.caps.iter().enumerate() {
        out.push((format!("c{i}_most"), c.most.to_string()));
        out.push((format!("c{i}_per"), c.per.word().into()));
        out.push((format!("c{i}_topic"), c.topic.clone().unwrap_or_default()));
        out.push((format!("c{i}_channel"), c.channel.map_or("", |x| x.0.word()).to_owned()));
    }
    let days: Vec<String> = m.holidays.iter().map(Date::to_string).collect();
    out.push(("holidays".into(), days.join("\n")));
    out.push(("alarm_days".into(), m.alarm_days.to_string()));
    out.push(("address".into(), m.address.clone()));
    out.push(("version".into(), m.version.to_string()));
    Fields(out)
}

fn read(f: &Fields) -> Result<Manners> {
    let mut wrongs = vec![];
    let mut holidays = vec![];
    for line in f
        .get("holidays")
        .unwrap_or("")
        .split([',', '\n', '，'])
        .map(str::trim)
        .filter(|l| !l.is_empty())
    {
        match line.parse::<Date>() {
            Ok(day) => holidays.push(day),
            Err(_) => wrongs.push(FieldError {
                args: vec![("text", line.chars().take(40).collect::<String>().into())],
                ..wrong("holidays", "error-manners-day")
            }),
        }
    }
    holidays.sort_unstable();
    holidays.dedup();
    let hours = crate::form::windows(f, &mut wrongs);
    let caps = crate::form::caps(f, &mut wrongs);
    if !wrongs.is_empty() {
        return Err(Error::fields(wrongs));
    }
    Ok(Manners {
        version: f.need_int("version")?,
        hours,
        holidays,
        caps,
        alarm_days: f.int("alarm_days").unwrap_or(0),
        address: f.filled("address").unwrap_or("").trim_end_matches('/').to_owned(),
    })
}

fn draw(visit: &Visit, f: &Fields, standing: &Manners, error: Option<&Error>) -> Markup {
    let loc = &visit.loc;
    let wrong = |name: &str| {
        let found = error.and_then(|e| e.fields.iter().find(|f| f.field == name));
        found.map(|f| loc.field_error(f))
    };
    let get = |name: String| f.get(&name).unwrap_or("").to_owned();
    let per = Per::ALL.map(|p| ui::Choice::new(p.word(), loc.t(&format!("wish-per-{}", p.word()))));
    let hours: Vec<(u8, u16, u16)> = standing.hours.iter().map(|w: &Window| (w.days, w.from, w.to)).collect();
    let caps: Vec<String> = standing.caps.iter().map(|c: &Cap| words::cap(visit, &[], c)).collect();
    let body = html! {
        form.stack.l method="post" action="/settings/gate" novalidate {
            (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", f.get("version").unwrap_or("0")))
            fieldset.field.stack.s {
                legend.lab { (loc.t("manners-hours")) }
                p.xs.mut { (loc.t("manners-hours-hint")) }
                @for i in 0..rows(f, "w") {
                    (ui::hidden(&format!("w{i}_channel"), &get(format!("w{i}_channel"))))
                    div.row.wrap style="gap:8px 14px;align-items:flex-end" role="group" aria-label=(loc.tv("wish-window", &[("n", (i + 1).into())])) {
                        div.row.wrap style="gap:6px 12px;min-height:34px" { @for d in 0..7_u8 {
                            label.row style="gap:4px" { input.check type="checkbox" name={ "w" (i) "_day" } value=(d) checked[f.all(&format!("w{i}_day")).any(|x| x == d.to_string())]; span { (loc.t(&format!("gate-day-{}", d + 1))) } }
                        } }
                        @for (part, key) in [("from", "wish-from"), ("to", "wish-to")] {
                            div style="flex:0 0 110px" { (ui::Field::new(format!("w{i}_{part}"), loc.t(key)).attr("placeholder", "09:00").text(&get(format!("w{i}_{part}")))) }
                        }
                    }
                }
                @if let Some(e) = wrong("hours") { span.err role="alert" { (e) } }
            }
            fieldset.field.stack.s {
                legend.lab { (loc.t("manners-caps")) }
                p.xs.mut { (loc.t("manners-caps-hint")) }
                @for i in 0..rows(f, "c") {
                    (ui::hidden(&format!("c{i}_topic"), &get(format!("c{i}_topic")))) (ui::hidden(&format!("c{i}_channel"), &get(format!("c{i}_channel"))))
                    @let chosen = match get(format!("c{i}_per")).as_str() { "" => "month".to_owned(), other => other.to_owned() };
                    div.row.wrap style="gap:8px;align-items:flex-end" role="group" aria-label=(loc.tv("wish-cap-row", &[("n", (i + 1).into())])) {
                        div style="flex:0 0 110px" { (ui::Field::new(format!("c{i}_most"), loc.t("wish-most")).number(&get(format!("c{i}_most")))) }
                        div style="flex:0 0 120px" { (ui::Field::new(format!("c{i}_per"), loc.t("wish-per")).select(&per, &chosen, None)) }
                    }
                }
                @if let Some(e) = wrong("caps") { span.err role="alert" { (e) } }
            }
            (ui::Field::new("holidays", loc.t("manners-holidays")).hint(loc.t("manners-holidays-hint")).error(wrong("holidays")).textarea(&get("holidays".into()), 4))
            (ui::Field::new("alarm_days", loc.t("manners-alarm")).error(wrong("alarm_days")).number(&get("alarm_days".into())))
            (ui::Field::new("address", loc.t("manners-address")).hint(loc.t("manners-address-hint")).error(wrong("address")).text(&get("address".into())))
            @if visit.may(EDIT) { (ui::submit_row(loc, None, &loc.t("web-save"))) }
        }
    };
    Screen::new(visit, loc.t("manners-title"), "gate").markup(ui::page_body(html! {
        @if let Some(e) = error { (ui::form_errors(&[loc.error(e)])) }
        @if visit.may("topic.create") { form method="post" action="/topics/usual" style="margin:0" { (ui::hidden("csrf", &visit.csrf)) (ui::btn(loc.t("topic-usual")).small().icon("plus").submit()) } }
        p.mut { (zhike_web::gate::hours(loc, &hours)) " · " (words::join(loc, &caps)) }
        (ui::card(String::new()).body(body))
    }))
}

/// `GET /settings/gate`.
pub(crate) async fn page(visit: Visit) -> Answer {
    let m = manners(visit.db()).await?;
    html_with(StatusCode::OK, draw(&visit, &fill(&m), &m, None))
}

/// `POST /settings/gate`.
pub(crate) async fn post(visit: Visit, Form(f): Form) -> Answer {
    visit.require(EDIT)?;
    let done = match read(&f) {
        Ok(new) => save(&visit.ctx, new).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(_) => go_saying(&visit, "/settings/gate", &visit.loc.t("manners-saved"), None),
        Err(e) if matches!(e.kind, Kind::Invalid | Kind::Stale) => {
            let standing = manners(visit.db()).await?;
            html_with(status(e.kind), draw(&visit, &f, &standing, Some(&e)))
        }
        Err(e) => Err(e.into()),
    }
}

/// `GET /api/v1/gate/manners`.
pub(crate) async fn api_get(visit: Visit) -> Answer {
    let m = manners(visit.db()).await?;
    json(StatusCode::OK, &serde_json::to_value(&m).map_err(Error::broken)?)
}

/// `PUT /api/v1/gate/manners`.
pub(crate) async fn api_put(visit: Visit, Json(new): Json<Manners>) -> Answer {
    let m = save(&visit.ctx, new).await?;
    json(StatusCode::OK, &serde_json::to_value(&m).map_err(Error::broken)?)
}
