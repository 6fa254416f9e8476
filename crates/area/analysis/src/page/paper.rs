//! A result on paper: what was asked, by which steps, of which facts, and the rows.

use super::{Names, cells, words};
use crate::chain::Col;
use crate::run::Run;
use zhike_kernel::{Error, Result, Value};
use zhike_paper::{Block, Column, Letterhead, Sheet};
use zhike_store::{Record, setting};
use zhike_web::Visit;

/// Rows on paper, at most: some forty pages. Who wants more takes the workbook.
const MOST: usize = 2_000;
/// Columns that can be read side by side on a page.
const WIDE: usize = 9;

/// The result as a PDF, in the reader's language.
pub(super) async fn pdf(
    visit: &Visit,
    analysis: &Record,
    run: &Run,
    rows: &[Vec<Value>],
    names: &Names,
) -> Result<Vec<u8>> {
    if rows.len() > MOST {
        return Err(Error::refused("error-analysis-paper-long").with("most", MOST));
    }
    if run.columns.len() > WIDE {
        return Err(Error::refused("error-analysis-paper-wide").with("most", WIDE));
    }
    let loc = &visit.loc;
    let latin = analysis.text("name_latin");
    let title = if visit.latin && !latin.is_empty() {
        latin
    } else {
        analysis.text("name")
    };
    let columns = run.columns.iter().zip(0..).map(|(col, i): (&Col, usize)| Column {
        title: col.label.words(visit),
        right: col.kind.is_number(),
        wide: i == 0 && !col.kind.is_number(),
    });
    let lines = rows.iter().map(|row| {
        let cells = run.columns.iter().zip(row);
        cells
            .map(|(col, value)| cells::text(visit, col, value, names))
            .collect()
    });
    let steps: Vec<String> = run
        .steps
        .iter()
        .zip(1..)
        .map(|(step, n): (_, usize)| format!("{n}. {}", words::step(visit, step, &run.columns)))
        .collect();
    let page = loc.tv("account-page", &[("n", "\u{1}".into()), ("of", "\u{1}".into())]);
    let mut parts = page.split('\u{1}').map(|p| p.replace(['\u{2068}', '\u{2069}'], ""));
    let mut next = || parts.next().unwrap_or_default();
    let head = Letterhead::kept(setting::get(visit.db(), "letterhead").await?, &visit.app.company);
    let question = Some(analysis.text("question").to_owned()).filter(|q| !q.is_empty());
    let sheet = Sheet {
        zh: loc.is_zh(),
        head,
        title: title.to_owned(),
        to: question.into_iter().collect(),
        facts: vec![
            (
                loc.t("analysis-paper-at"),
                run.finished_at.map(|at| loc.stamp(at)).unwrap_or_default(),
            ),
            (loc.t("analysis-paper-facts"), run.facts.clone()),
            (loc.t("analysis-paper-rows"), loc.int(run.rows)),
        ],
        columns: columns.collect(),
        rows: lines.collect(),
        blocks: vec![Block {
            title: loc.t("analysis-paper-steps"),
            text: steps.join("\n"),
        }],
        page: [next(), next(), next()],
        ..Sheet::default()
    };
    zhike_web::blocking(move || zhike_paper::pdf(&sheet)).await?
}
