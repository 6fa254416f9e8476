//! The first rows of a file, each column with the field it goes into, each wrong cell with its reason.

use super::matching::{Look, chosen, offered};
use crate::{mapping::Step, plan::RowError, source::Row};
use maud::{Markup, Render as _, html};
use zhike_store::RecordType;
use zhike_web::{Visit, ui};

pub(super) fn preview(visit: &Visit, step: &Step, ty: &RecordType, look: &Look) -> Markup {
    let loc = &visit.loc;
    let fields = offered(visit, ty);
    let wrong = |row: &Row, header: &str| {
        let of = |e: &&RowError| e.row == row.number && e.column.split(" + ").any(|c| c == header);
        look.errors.iter().find(of).map(|e| loc.tv(e.code, &e.args))
    };
    ui::card(loc.t("exchange-step-match"))
        .note(loc.tv("exchange-shown", &[("rows", look.rows.len().into())]))
        .flush(html! {
            table.tbl.dense.match {
                thead {
                    tr { th.r {} @for (i, header) in look.source.headers.iter().enumerate() {
                        @let name = format!("col-{i}");
                        @let current = chosen(step, header);
                        th scope="col" {
                            label for={ "f-" (name) } { (header) }
                            select.select #{ "f-" (name) } name=(name) {
                                option value="" { (loc.t("exchange-leave-out")) }
                                @for f in &fields { option value=(f.value) selected[f.value == current] { (f.label) } }
                            }
                        }
                    } }
                }
                tbody { @for row in &look.rows { tr {
                    td.r.num.dim { (row.number) }
                    @if let Some(fault) = &row.fault {
                        td.red colspan=(look.source.headers.len()) { (loc.tv(fault.code, &fault.args)) }
                    } @else {
                        @for (i, header) in look.source.headers.iter().enumerate() {
                            @match wrong(row, header) {
                                Some(why) => td.red title=(why) { (short(row.get(i))) " " small { (why) } },
                                None => td { (short(row.get(i))) },
                            }
                        }
                    }
                } } }
            }
        })
        .render()
}

fn short(text: &str) -> String {
    if text.chars().count() > 60 {
        text.chars().take(60).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}
