//! The evaluation model: its indicators, weights, scales, cuts and knock-outs, with a preview of what a change would do.

use super::value::{kappa, part_of};
use super::{nothing, share};
use crate::model::{self, Body, INDICATORS, Version};
use crate::preview::{self as trial, Preview};
use crate::{job, result};
use maud::{Markup, html};
use zhike_kernel::{Error, Result};
use zhike_value::rating::{Cuts, Direction, Grade, Indicator, KnockOut, Limit, Model, Scale};
use zhike_web::ui::{self, Choice, Field};
use zhike_web::{Answer, Fields, Form, Screen, Visit, answer};

/// Knock-outs on the form.
const KNOCK_OUTS: usize = 3;

/// `GET /value/model`.
pub async fn show(visit: Visit) -> Answer {
    let loc = &visit.loc;
    let screen = Screen::new(&visit, loc.t("value-model"), "value").crumb(loc.t("nav-value"), "/value");
    let Some(run) = result::latest(visit.db()).await? else {
        return screen.show(nothing(&visit));
    };
    let now = model::active(visit.db()).await?;
    let preview = trial::preview(&visit.ctx, &run, &now.body).await?;
    let older = model::versions(visit.db(), false, 10).await?;
    let edits = visit.may("value.edit");
    screen.show(html! {
        div.page {
            form.g-value method="post" action="/value/model" {
                (ui::hidden("csrf", &visit.csrf)) (ui::hidden("version", &now.version.to_string()))
                div.stack.l hx-post="/value/model/preview" hx-trigger="change delay:300ms" hx-target="#value-preview" hx-swap="outerHTML" hx-include="closest form" {
                    (form(&visit, &now.body, edits))
                    @if edits {
                        (Field::new("note", loc.t("value-model-note")).text(""))
                        (ui::submit_row(loc, Some("/value"), &loc.t("value-save-and-run")))
                    }
                }
                div.stack.l {
                    (outcome(&visit, &preview))
                    (ui::card(loc.t("value-model-versions")).flush(versions(&visit, &now, &older)))
                }
            }
        }
    })
}

fn versions(visit: &Visit, now: &Version, all: &[Version]) -> Markup {
    let loc = &visit.loc;
    html! {
        table.tbl.plain { tbody {
            @if all.is_empty() { tr { td { span.mut { (loc.t("value-model-shipped")) } } } }
            @for v in all { tr {
                td.num { (v.version) }
                td { (loc.stamp(zhike_kernel::Stamp(v.created_at))) }
                td.wrap { (v.note.as_deref().unwrap_or("")) }
                td { @if v.id == now.id { (ui::badge(ui::Hue::Blue, &loc.t("value-model-active"))) } }
            } }
        } }
    }
}

fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn form(visit: &Visit, body: &Body, edits: bool) -> Markup {
    let loc = &visit.loc;
    let on = |field: Field| {
        if edits {
            field
        } else {
            field.attr("disabled", "disabled")
        }
    };
    let ways = |value: Direction| {
        let list = [
            Choice::new("higher", loc.t("value-higher")),
            Choice::new("lower", loc.t("value-lower")),
        ];
        let now = if value == Direction::Higher { "higher" } else { "lower" };
        (list, now)
    };
    let scales = [
        Choice::new("quantile", loc.t("value-scale-quantile")),
        Choice::new("linear", loc.t("value-scale-linear")),
    ];
    let grades: Vec<Choice> = ["B", "C", "D"].iter().map(|g| Choice::new(*g, *g)).collect();
    let limits = [
        Choice::new("least", loc.t("value-at-least")),
        Choice::new("most", loc.t("value-at-most")),
    ];
    let keys: Vec<Choice> = INDICATORS
        .iter()
        .map(|(key, _)| Choice::new(*key, loc.t(&format!("value-indicator-{key}"))))
        .collect();
    let (cut_kind, cuts) = match body.model.cuts {
        Cuts::Quantile(c) => ("quantile", c.map(|v| v * 100.0)),
        Cuts::Score(c) => ("score", c),
    };
    html! {
        (ui::card(loc.t("value-model-indicators")).note(loc.t("value-model-indicators-note")).body(html! {
            @for (key, direction) in INDICATORS {
                @let own = body.model.indicators.iter().find(|i| i.key == key);
                @let weight = own.map_or_else(String::new, |i| number(model::float(i.weight_ppm) / 10_000.0));
                @let (list, way) = ways(own.map_or(direction, |i| i.direction));
                @let (scale, low, high) = match own.map(|i| i.scale) {
                    Some(Scale::Linear { low, high }) => ("linear", number(low), number(high)),
                    _ => ("quantile", String::new(), String::new()),
                };
                fieldset.field {
                    legend.lab { (loc.t(&format!("value-indicator-{key}"))) }
                    p.hint { (loc.t(&format!("value-indicator-{key}-hint"))) }
                    div.g3 {
                        (on(Field::new(format!("weight-{key}"), loc.t("value-weight"))).money(&weight, "%"))
                        (on(Field::new(format!("way-{key}"), loc.t("value-way"))).select(&list, way, None))
                        (on(Field::new(format!("scale-{key}"), loc.t("value-scale"))).select(&scales, scale, None))
                        (on(Field::new(format!("low-{key}"), loc.t("value-low"))).number(&low))
                        (on(Field::new(format!("high-{key}"), loc.t("value-high"))).number(&high))
                    }
                }
            }
        }))
        (ui::card(loc.t("value-model-cuts")).note(loc.t("value-model-cuts-note")).body(html! {
            div.g3 {
                (on(Field::new("cuts", loc.t("value-cuts"))).select(
                    &[Choice::new("quantile", loc.t("value-cuts-quantile")), Choice::new("score", loc.t("value-cuts-score"))], cut_kind, None))
                @for (name, value) in ["cut-a", "cut-b", "cut-c"].iter().zip(cuts) {
                    (on(Field::new(*name, loc.t(&format!("value-{name}")))).number(&number(value)))
                }
                (on(Field::new("hysteresis", loc.t("value-hysteresis"))).hint(loc.t("value-hysteresis-hint")).number(&number(body.hysteresis)))
            }
        }))
        (ui::card(loc.t("value-model-knock-outs")).note(loc.t("value-model-knock-outs-note")).body(html! {
            @for i in 0..KNOCK_OUTS {
                @let own = body.model.knock_outs.get(i);
                @let (limit, bound) = match own.map(|k| k.limit) {
                    Some(Limit::AtMost(v)) => ("most", number(v)),
                    Some(Limit::AtLeast(v)) => ("least", number(v)),
                    None => ("least", String::new()),
                };
                div.g3 {
                    (on(Field::new(format!("ko-key-{i}"), loc.t("value-indicator"))).select(&keys, own.map_or("", |k| k.key.as_str()), Some("–")))
                    (on(Field::new(format!("ko-limit-{i}"), loc.t("value-must-be"))).select(&limits, limit, None))
                    (on(Field::new(format!("ko-value-{i}"), loc.t("value-bound"))).number(&bound))
                    (on(Field::new(format!("ko-grade-{i}"), loc.t("value-at-best"))).select(&grades, own.map_or("C", |k| model::letter(k.worst_grade)), None))
                }
            }
        }))
    }
}

/// What a model would do, for the card at the right.
fn outcome(visit: &Visit, p: &Preview) -> Markup {
    let loc = &visit.loc;
    let total: i64 = p.grades.iter().sum();
    html! {
        div #value-preview {
            (ui::card(loc.t("value-preview")).body(html! {
                p.sm { (loc.tv("value-preview-agree", &[("share", share(visit, p.agreement.accuracy, 1).into())])) " · " (kappa(visit, &p.agreement)) }
                p.sm { (loc.tv("value-preview-moved", &[("n", p.moved.into())])) }
                (ui::kv(&["A", "B", "C", "D"].iter().zip(p.grades).map(|(g, n)| {
                    let part = part_of(usize::try_from(n).unwrap_or(0), usize::try_from(total).unwrap_or(0));
                    ((*g).to_owned(), html! { span.num { (loc.int(n)) } " " span.dim { (share(visit, part, 1)) } })
                }).collect::<Vec<_>>()))
                @if p.of > 1 { p.xs.dim { (loc.tv("value-preview-sample", &[("n", p.of.into())])) } }
            }))
        }
    }
}

fn fraction(form: &Fields, name: &str) -> Result<Option<f64>> {
    let Some(text) = form.filled(name) else { return Ok(None) };
    let scaled = zhike_kernel::number::parse_scaled(text.trim_end_matches('%'), 6, true);
    scaled
        .map(|v| Some(model::float(v) / 1_000_000.0))
        .map_err(|_| Error::field(name, "error-not-a-number"))
}

/// Reads the form.
fn read_form(form: &Fields) -> Result<Body> {
    let mut indicators = vec![];
    for (key, direction) in INDICATORS {
        let weight = fraction(form, &format!("weight-{key}"))?.unwrap_or(0.0);
        if weight == 0.0 {
            continue;
        }
        let way = match form.get(&format!("way-{key}")) {
            Some("higher") => Direction::Higher,
            Some("lower") => Direction::Lower,
            _ => direction,
        };
        let scale = if form.get(&format!("scale-{key}")) == Some("linear") {
            let need = |name: String| fraction(form, &name)?.ok_or_else(|| Error::field(&name, "error-required"));
            Scale::Linear {
                low: need(format!("low-{key}"))?,
                high: need(format!("high-{key}"))?,
            }
        } else {
            Scale::Quantile
        };
        indicators.push(Indicator {
            key: key.to_owned(),
            weight_ppm: model::whole(weight * 10_000.0),
            direction: way,
            scale,
        });
    }
    let cut = |name| fraction(form, name)?.ok_or_else(|| Error::field(name, "error-required"));
    let cuts = [cut("cut-a")?, cut("cut-b")?, cut("cut-c")?];
    let mut knock_outs = vec![];
    for i in 0..KNOCK_OUTS {
        let Some(key) = form.filled(&format!("ko-key-{i}")) else {
            continue;
        };
        let name = format!("ko-value-{i}");
        let bound = fraction(form, &name)?.ok_or_else(|| Error::field(&name, "error-required"))?;
        knock_outs.push(KnockOut {
            key: key.to_owned(),
            limit: if form.get(&format!("ko-limit-{i}")) == Some("most") {
                Limit::AtMost(bound)
            } else {
                Limit::AtLeast(bound)
            },
            worst_grade: form
                .get(&format!("ko-grade-{i}"))
                .and_then(model::grade)
                .unwrap_or(Grade::C),
        });
    }
    Ok(Body {
        model: Model {
            indicators,
            cuts: if form.get("cuts") == Some("score") {
                Cuts::Score(cuts)
            } else {
                Cuts::Quantile(cuts.map(|c| c / 100.0))
            },
            knock_outs,
        },
        hysteresis: fraction(form, "hysteresis")?.unwrap_or(0.0),
    })
}

/// `POST /value/model/preview`.
pub async fn preview(visit: Visit, Form(form): Form) -> Answer {
    let body = read_form(&form)?;
    model::check(&body)?;
    let run = result::latest(visit.db()).await?.ok_or_else(Error::missing)?;
    let preview = trial::preview(&visit.ctx, &run, &body).await?;
    answer::html(outcome(&visit, &preview))
}

/// `POST /value/model`.
pub async fn save(visit: Visit, Form(form): Form) -> Answer {
    let body = read_form(&form)?;
    keep(&visit, form.need_int("version")?, &body, form.filled("note")).await?;
    answer::go(&visit, "/value")
}

/// Saves a new version and asks for a new analysis with it.
pub async fn keep(visit: &Visit, seen: i64, body: &Body, note: Option<&str>) -> Result<i64> {
    let tx = visit.ctx.begin().await?;
    let version = model::save(&visit.ctx, &tx, seen, body, note.map(str::to_owned)).await?;
    job::ask(&tx).await?;
    tx.commit().await?;
    visit.app.nudge.notify_one();
    Ok(version)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_model() {
        let form = Fields::parse(
            "weight-profit=60&way-profit=higher&scale-profit=quantile&weight-recency=40&way-recency=lower&scale-recency=linear\
             &low-recency=0.5&high-recency=4&cuts=quantile&cut-a=20&cut-b=50&cut-c=80&hysteresis=1.5\
             &ko-key-0=profit&ko-limit-0=least&ko-value-0=-100&ko-grade-0=D",
        );
        let body = read_form(&form).unwrap();
        model::check(&body).unwrap();
        assert_eq!(body.model.indicators.len(), 2);
        assert_eq!(body.model.indicators[0].weight_ppm, 600_000);
        assert_eq!(body.model.indicators[1].scale, Scale::Linear { low: 0.5, high: 4.0 });
        assert_eq!(body.model.cuts, Cuts::Quantile([0.2, 0.5, 0.8]));
        assert_eq!(body.model.knock_outs[0].limit, Limit::AtLeast(-100.0));
        assert_eq!(body.model.knock_outs[0].worst_grade, Grade::D);
        let gap = Fields::parse("weight-profit=60&scale-profit=linear&low-profit=1&cut-a=1&cut-b=2&cut-c=3");
        assert_eq!(read_form(&gap).unwrap_err().fields[0].field, "high-profit");
    }
}
