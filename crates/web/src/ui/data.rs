//! Numbers drawn: money cells, sparklines, charts, the confusion matrix, progress.

use crate::locale::Locale;
use maud::{Markup, PreEscaped, html};
use zhike_kernel::Currency;

/// Money, short, with the full amount on hover; negative amounts are red.
pub fn money(loc: &Locale, minor: i64, currency: Currency) -> Markup {
    let class = if minor < 0 { "num red" } else { "num" };
    html! { span class=(class) title=(loc.money_full(minor, currency)) { (loc.money(minor, currency)) } }
}

/// Money in full, as on orders and invoices.
pub fn money_full(loc: &Locale, minor: i64, currency: Currency) -> Markup {
    let class = if minor < 0 { "num red" } else { "num" };
    html! { span class=(class) { (loc.money_full(minor, currency)) } }
}

/// A quantity in thousandths.
pub fn qty(loc: &Locale, milli: i64) -> Markup {
    html! { span.num { (loc.qty(milli)) } }
}

/// Twelve (or any number of) bars; the last is dark, negative ones hang.
pub fn spark(label: &str, values: &[i64]) -> Markup {
    let (width, height) = (74.0_f64, 20.0_f64);
    let as_float: Vec<f64> = values.iter().map(|v| to_f64(*v)).collect();
    let most = as_float.iter().copied().fold(1.0, f64::max);
    let least = as_float.iter().copied().fold(0.0, f64::min);
    let span = most - least;
    let room = height - 2.0;
    let zero = height - 1.0 + least / span * room;
    let step = width / to_f64(i64::try_from(values.len().max(1)).unwrap_or(1));
    let words: Vec<String> = values.iter().map(i64::to_string).collect();
    html! {
        svg.spark viewBox="0 0 74 20" role="img" aria-label={ (label) ": " (words.join(", ")) } {
            @for (i, value) in as_float.iter().enumerate() {
                @let x = 0.6 + step * to_f64(i64::try_from(i).unwrap_or(0));
                @let tall = if *value == 0.0 { 1.0 } else { (value.abs() / span * room).max(1.5) };
                @let top = if *value >= 0.0 { zero - tall + 1.0 } else { zero + 1.0 };
                @let class = if *value == 0.0 { "z" } else if *value < 0.0 { "n" } else if i + 1 == values.len() { "l" } else { "" };
                rect class=(class) x=(format!("{x:.1}")) y=(format!("{top:.1}"))
                    width=(format!("{:.1}", (step - 1.2).max(0.5))) height=(format!("{tall:.1}")) rx="1" {}
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "only for drawing")]
fn to_f64(value: i64) -> f64 {
    value as f64
}

/// A chart that `charts.js` draws from its data; the label says in a sentence what it shows.
/// Kinds: `whale`, `products`, `lines`, `bars`.
pub fn chart(kind: &str, data: &serde_json::Value, height: u32, label: &str) -> Markup {
    // Inside a script element only these characters could end it or open a comment.
    let json = data
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    html! {
        div.chart data-chart=(kind) style={ "height:" (height) "px" } role="img" aria-label=(label) {
            script type="application/json" { (PreEscaped(json)) }
        }
    }
}

/// Two ratings against each other: rows by hand, columns automatic, darkest where most are (never so dark that the
/// number is hard to read).
pub fn confusion(loc: &Locale, grades: &[&str], counts: &[Vec<i64>], row_label: &str, column_label: &str) -> Markup {
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    html! {
        table.conf {
            caption.vh { (row_label) " × " (column_label) }
            thead { tr {
                th scope="col" { (row_label) " ↓ " (column_label) " →" }
                @for grade in grades { th scope="col" { (super::mark::grade(grade)) } }
            } }
            tbody {
                @for (i, (grade, row)) in grades.iter().zip(counts).enumerate() {
                    tr {
                        th scope="row" { (super::mark::grade(grade)) }
                        @for (j, count) in row.iter().enumerate() {
                            @let share = to_f64(*count) / to_f64(most);
                            @let strength = if *count == 0 { 0.0 } else { 8.0 + 36.0 * share.sqrt() };
                            @let class = if i == j { "d" } else { "e" };
                            td class=(class) style={ "--a:" (format!("{strength:.0}")) } { (loc.int(*count)) }
                        }
                    }
                }
            }
        }
    }
}

/// How far a job is, 0 to 1, with words below.
pub fn progress(loc: &Locale, share: f64, text: &str) -> Markup {
    html! {
        div.progress role="group" aria-label=(text) {
            (super::mark::meter(loc, share, super::mark::Hue::Blue, None))
            p.sm.mut { (text) }
        }
    }
}
