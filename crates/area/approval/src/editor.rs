//! Flows edited in the page: what is approved, under which condition, in which levels.

use crate::{hooks::condition, levels::steps, port::Subjects, schema::SUBJECTS};
use axum::extract::Path;
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Op, Result, Value};
use zhike_store::{Field, FieldKind, Query as _, Record, binds, read, write};
use zhike_web::{
    Fields, Form, Screen, Visit,
    answer::{Answer, go},
    ui::{self, Choice},
};

/// Rows of conditions on the form.
const ROWS: usize = 4;
/// Operators offered.
const OPS: [Op; 6] = [Op::Ge, Op::Le, Op::Gt, Op::Lt, Op::Is, Op::Not];

/// The fields that a condition of this subject may ask for.
fn fields(visit: &Visit, subjects: &Subjects, subject: &str) -> Result<Vec<Field>> {
    let Some(of) = subjects.find(subject) else {
        return Ok(vec![]);
    };
    let fits = |f: &&Field| {
        f.filterable
            && !matches!(
                f.kind,
                FieldKind::Long | FieldKind::Stamp | FieldKind::Many(_) | FieldKind::Ref(_)
            )
    };
    let mut all = of.extra();
    all.extend(visit.registry().get(subject)?.fields.iter().filter(fits).cloned());
    Ok(all)
}

pub(crate) fn number(id: &str) -> Result<i64> {
    id.parse().map_err(|_| Error::missing())
}

pub(crate) async fn need(visit: &Visit, id: &str) -> Result<Record> {
    read::need(
        &visit.ctx,
        visit.db(),
        visit.registry().get("approval_flow")?,
        number(id)?,
    )
    .await
}

pub(crate) async fn levels(visit: &Visit, flow: i64) -> Result<Vec<Record>> {
    let sql = "SELECT id FROM approval_level WHERE flow_id = $1 AND archived_at IS NULL ORDER BY position, id";
    let ids: Vec<i64> = visit
        .db()
        .all(sql, binds![flow])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let mut found = read::find_many(&visit.ctx, visit.db(), visit.registry().get("approval_level")?, &ids).await?;
    found.sort_by_key(|l| ids.iter().position(|id| *id == l.id));
    Ok(found)
}

/// `GET /approval-flows`.
pub(crate) async fn list(visit: Visit, subjects: Subjects) -> Answer {
    let loc = &visit.loc;
    let sql = "SELECT id FROM approval_flow WHERE archived_at IS NULL ORDER BY position, id LIMIT 200";
    let ids: Vec<i64> = visit
        .db()
        .all(sql, binds![])
        .await?
        .iter()
        .map(|r| r.int(0))
        .collect::<Result<_>>()?;
    let ty = visit.registry().get("approval_flow")?;
    let mut flows = read::find_many(&visit.ctx, visit.db(), ty, &ids).await?;
    flows.sort_by_key(|f| ids.iter().position(|id| *id == f.id));
    let new = html! { @if visit.may("approval_flow.create") { (ui::btn(loc.t("approval-flow-new")).icon("plus").primary().href("/approval-flows/new")) } };
    let body = html! {
        @if flows.is_empty() {
            (ui::empty("checks", &loc.t("approval-flows-none"), &loc.t("approval-flows-none-text"), new.clone()))
        } @else {
            table.tbl.plain {
                thead { tr {
                    th scope="col" { (loc.t("approval_flow-name")) }
                    th scope="col" { (loc.t("approval_flow-subject")) }
                    th scope="col" { (loc.t("approval_flow-condition")) }
                    th scope="col" { (loc.t("approval_flow-active")) }
                } }
                tbody data-rows { @for f in &flows { tr {
                    td { a.link href={ "/approval-flows/" (f.id) } { (name(&visit, f)) } }
                    td { (loc.t(&format!("{}-many", f.text("subject")))) }
                    td { (words(&visit, &subjects, f)?) }
                    td { (ui::badge(if f.get("active").truth() == Some(true) { ui::Hue::Green } else { ui::Hue::Grey }, &loc.t(if f.get("active").truth() == Some(true) { "approval-on" } else { "approval-off" }))) }
                } } }
            }
        }
    };
    Screen::new(&visit, loc.t("nav-approval_flow"), "approval_flow")
        .actions(new)
        .show(ui::page_body(html! { (ui::card("").flush(body)) }))
}

fn name(visit: &Visit, flow: &Record) -> String {
    let latin = flow.text("name_latin");
    if visit.latin && !latin.is_empty() {
        latin
    } else {
        flow.text("name")
    }
    .to_owned()
}

/// The rows of a condition: field, operator, text. What rows cannot say is shown as JSON and kept.
fn rows(visit: &Visit, fields: &[Field], filter: &Filter) -> Option<Vec<(String, Op, String)>> {
    let parts = match filter {
        Filter::All(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    parts
        .iter()
        .map(|part| {
            let Filter::Field { field, op, values } = part else {
                return None;
            };
            let declared = fields.iter().find(|f| f.name == *field)?;
            let value = values.first().filter(|_| values.len() == 1 && OPS.contains(op))?;
            Some((field.clone(), *op, declared.write(value, visit.house.currency)))
        })
        .collect()
}

fn words(visit: &Visit, subjects: &Subjects, flow: &Record) -> Result<String> {
    let loc = &visit.loc;
    let subject = flow.text("subject");
    let Some(filter) = condition(flow.text("condition")).filter(|f| !f.is_everything()) else {
        return Ok(loc.t("approval-always"));
    };
    let ty = visit.registry().get(subject)?;
    let fields = fields(visit, subjects, subject)?;
    Ok(match rows(visit, &fields, &filter) {
        Some(rows) => rows
            .iter()
            .map(|(field, op, text)| {
                // An amount is read with its currency and in groups.
                let money = fields
                    .iter()
                    .find(|f| f.name == field && matches!(f.kind, FieldKind::Money { .. }))
                    .and_then(|f| f.parse(text, visit.house.currency).ok())
                    .and_then(|v| v.int());
                let text = money.map_or_else(|| text.clone(), |m| loc.money_full(m, visit.house.currency));
                let percent = fields.iter().any(|f| f.name == field && f.kind == FieldKind::Rate);
                format!(
                    "{} {} {text}{}",
                    loc.t(&ty.label(field)),
                    loc.t(&format!("approval-op-{}", op.name())),
                    if percent { "%" } else { "" }
                )
            })
            .collect::<Vec<_>>()
            .join(" · "),
        None => filter.json().to_string(),
    })
}

/// `GET /approval-flows/new`.
pub(crate) async fn new(visit: Visit, subjects: Subjects) -> Answer {
    form(&visit, &subjects, None, &Fields::default(), None).await
}

/// `GET /approval-flows/{id}`.
pub(crate) async fn edit(visit: Visit, Path(id): Path<String>, subjects: Subjects) -> Answer {
    let flow = need(&visit, &id).await?;
    form(&visit, &subjects, Some(&flow), &Fields::default(), None).await
}

pub(crate) async fn form(
    visit: &Visit,
    subjects: &Subjects,
    flow: Option<&Record>,
    typed: &Fields,
    problem: Option<&Error>,
) -> Answer {
    let loc = &visit.loc;
    let kept = |name: &str| flow.map_or("", |f| f.text(name)).to_owned();
    let value = |name: &str| typed.get(name).map_or_else(|| kept(name), str::to_owned);
    let error = |field: &str| {
        let found = problem.and_then(|e| e.fields.iter().find(|f| f.field == field));
        found.map(|f| loc.field_error(f))
    };
    let field = |name: &str| ui::Field::new(name, loc.t(&format!("approval_flow-{name}"))).error(error(name));
    let subject = match value("subject") {
        s if s.is_empty() => "quote".to_owned(),
        s => s,
    };
    let offered: Vec<Choice> = SUBJECTS
        .iter()
        .filter(|s| subjects.find(s).is_some())
        .map(|s| Choice::new(*s, loc.t(&format!("{s}-one"))))
        .collect();
    let active = flow.is_none_or(|f| f.get("active").truth() == Some(true));
    let may = visit.may("approval_flow.edit");
    let head = html! {
        form.stack method="post" action=(flow.map_or_else(|| "/approval-flows".to_owned(), |f| format!("/approval-flows/{}", f.id))) {
            (ui::hidden("csrf", &visit.csrf))
            @if let Some(f) = flow { (ui::hidden("version", &f.version.to_string())) (ui::hidden("subject", &subject)) }
            @if let Some(e) = problem.filter(|e| e.fields.is_empty()) { (ui::form_errors(&[loc.error(e)])) }
            div.form-grid {
                (field("name").required(true).text(&value("name")))
                (field("name_latin").text(&value("name_latin")))
                @if flow.is_none() { (field("subject").required(true).select(&offered, &subject, None)) }
                (field("position").number(&flow.and_then(|f| f.int("position")).map(|p| p.to_string()).unwrap_or_default()))
                (field("active").switch(active))
            }
            @if flow.is_some() { (conditions(visit, subjects, &subject, &kept("condition"), typed, &error)?) }
            @if may { (ui::submit_row(loc, Some("/approval-flows"), &loc.t(if flow.is_some() { "web-save" } else { "approval-flow-next" }))) }
        }
    };
    let title = flow.map_or_else(|| loc.t("approval-flow-new"), |f| name(visit, f));
    let steps = match flow {
        Some(f) => steps(visit, f, may, typed, problem).await?,
        None => html! {},
    };
    let about = flow
        .map(|f| loc.t(&format!("{}-many", f.text("subject"))))
        .unwrap_or_default();
    Screen::new(visit, title, "approval_flow")
        .crumb(loc.t("nav-approval_flow"), "/approval-flows")
        .show(ui::page_body(
            html! { (ui::card(loc.t("approval-flow")).note(about).body(head)) (steps) },
        ))
}

fn conditions(
    visit: &Visit,
    subjects: &Subjects,
    subject: &str,
    kept: &str,
    typed: &Fields,
    error: &dyn Fn(&str) -> Option<String>,
) -> Result<Markup> {
    let loc = &visit.loc;
    let ty = visit.registry().get(subject)?;
    let fields = fields(visit, subjects, subject)?;
    let filter = condition(kept).unwrap_or_default();
    let Some(rows) = rows(visit, &fields, &filter) else {
        return Ok(
            html! { (ui::callout(ui::Tone::Info, html! { p { (loc.t("approval-condition-json")) } pre.wrap { (kept) } })) },
        );
    };
    let names: Vec<Choice> = fields
        .iter()
        .map(|f| Choice::new(f.name, loc.t(&ty.label(f.name))))
        .collect();
    let ops: Vec<Choice> = OPS
        .iter()
        .map(|o| Choice::new(o.name(), loc.t(&format!("approval-op-{}", o.name()))))
        .collect();
    let at = |i: usize, part: &str| typed.get(&format!("{part}{i}")).map(str::to_owned);
    Ok(html! {
        fieldset.field {
            legend.lab { (loc.t("approval_flow-condition")) }
            (ui::hidden("rows", "1"))
            p.hint { (loc.t("approval-condition-hint")) }
            @for i in 0..ROWS.max(rows.len() + 1) {
                @let (field, op, text) = rows.get(i).cloned().unwrap_or((String::new(), Op::Ge, String::new()));
                div.form-grid.three {
                    (ui::Field::new(format!("field{i}"), loc.t("approval-field")).select(&names, &at(i, "field").unwrap_or(field), Some("")))
                    (ui::Field::new(format!("op{i}"), loc.t("approval-op")).select(&ops, &at(i, "op").unwrap_or_else(|| op.name().to_owned()), None))
                    (ui::Field::new(format!("text{i}"), loc.t("approval-value")).error(error(&format!("text{i}"))).text(&at(i, "text").unwrap_or(text)))
                }
            }
        }
    })
}

/// What the rows say, as the kept JSON; nothing when the form has no rows.
fn read_condition(visit: &Visit, subjects: &Subjects, subject: &str, f: &Fields) -> Result<Option<String>> {
    if f.get("rows").is_none() {
        return Ok(None);
    }
    let fields = fields(visit, subjects, subject)?;
    let (mut parts, mut wrong) = (vec![], vec![]);
    for i in 0..50 {
        let Some(name) = f.filled(&format!("field{i}")) else {
            continue;
        };
        let Some(field) = fields.iter().find(|f| f.name == name) else {
            return Err(Error::invalid("error-no-such-field").with("field", name));
        };
        let op = f
            .get(&format!("op{i}"))
            .and_then(Op::parse)
            .filter(|o| OPS.contains(o))
            .unwrap_or(Op::Ge);
        let place = format!("text{i}");
        match field.parse(f.get(&place).unwrap_or(""), visit.house.currency) {
            Ok(Value::Null) => wrong.push(zhike_kernel::FieldError {
                field: place,
                ..field.missing()
            }),
            Ok(value) => parts.push(Filter::field(name, op, value)),
            Err(e) => wrong.push(zhike_kernel::FieldError { field: place, ..e }),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    let all = Filter::All(parts);
    Ok(Some(if all.is_everything() {
        String::new()
    } else {
        all.json().to_string()
    }))
}

async fn save(visit: &Visit, subjects: &Subjects, flow: Option<&Record>, f: &Fields) -> Result<i64> {
    let ty = visit.registry().get("approval_flow")?.clone();
    let subject = flow.map_or_else(
        || f.get("subject").unwrap_or("").to_owned(),
        |r| r.text("subject").to_owned(),
    );
    let mut input: Vec<(String, String)> = ["name", "name_latin", "position"]
        .iter()
        .filter_map(|n| Some(((*n).to_owned(), f.get(n)?.to_owned())))
        .collect();
    input.push((
        "active".into(),
        if f.get("active").is_some() { "yes" } else { "no" }.into(),
    ));
    if flow.is_none() {
        input.push(("subject".into(), subject.clone()));
    }
    let mut values = write::read_input(&visit.ctx, &ty, flow, &input)?;
    if let Some(text) = read_condition(visit, subjects, &subject, f)? {
        values.insert("condition".into(), text.into());
    }
    let tx = visit.ctx.begin().await?;
    let id = match flow {
        None => write::create(&visit.ctx, &tx, &ty, values).await?,
        Some(r) => {
            write::update(&visit.ctx, &tx, &ty, r.id, f.need_int("version")?, values).await?;
            r.id
        }
    };
    tx.commit().await?;
    Ok(id)
}

async fn saved(visit: &Visit, subjects: &Subjects, flow: Option<Record>, f: Fields) -> Answer {
    match save(visit, subjects, flow.as_ref(), &f).await {
        Ok(id) => go(visit, &format!("/approval-flows/{id}")),
        Err(e)
            if !matches!(
                e.kind,
                zhike_kernel::Kind::Missing | zhike_kernel::Kind::Broken | zhike_kernel::Kind::Forbidden
            ) =>
        {
            let mut answer = form(visit, subjects, flow.as_ref(), &f, Some(&e)).await?;
            *answer.status_mut() = zhike_web::answer::status(e.kind);
            Ok(answer)
        }
        Err(e) => Err(e.into()),
    }
}

/// `POST /approval-flows`.
pub(crate) async fn create(visit: Visit, subjects: Subjects, Form(f): Form) -> Answer {
    saved(&visit, &subjects, None, f).await
}

/// `POST /approval-flows/{id}`.
pub(crate) async fn change(visit: Visit, Path(id): Path<String>, subjects: Subjects, Form(f): Form) -> Answer {
    let flow = need(&visit, &id).await?;
    saved(&visit, &subjects, Some(flow), f).await
}
