//! A condition that is kept with a rule: the chips of a list, and for programs any filter. Its editor offers the same
//! fields, comparisons and inputs as the filter of a list.

use super::{
    ask::{Cond, Reader, operators},
    bar, inputs,
    show::label,
};
use crate::{
    input::Fields,
    ui::{self, Choice},
    visit::Visit,
};
use maud::{Markup, html};
use zhike_kernel::{Error, Filter, Op, Result};
use zhike_store::{RecordType, filter_sql::Sql};

/// See the module's text. All parts hold together; without any, every record fits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// What the editor made.
    pub conds: Vec<Cond>,
    /// What a program gave beside it.
    pub base: Filter,
}

impl Condition {
    /// Reads what [`Condition::write`] wrote; anything else asks nothing.
    pub fn read(text: &str) -> Condition {
        let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        Condition::from_json(&json).unwrap_or_default()
    }
    /// `{"conditions": ["field:op:text", …], "filter": {…}}`, both optional.
    pub fn from_json(json: &serde_json::Value) -> Option<Condition> {
        let object = json.as_object()?;
        let conds = match object.get("conditions") {
            None => vec![],
            Some(list) => list
                .as_array()?
                .iter()
                .map(|c| Cond::parse(c.as_str()?))
                .collect::<Option<Vec<_>>>()?,
        };
        let base = match object.get("filter") {
            None | Some(serde_json::Value::Null) => Filter::default(),
            Some(filter) => Filter::from_json(filter)?,
        };
        Some(Condition { conds, base })
    }
    /// As JSON.
    pub fn json(&self) -> serde_json::Value {
        let conds: Vec<String> = self.conds.iter().map(Cond::write).collect();
        let mut out = serde_json::json!({ "conditions": conds });
        if let (false, Some(map)) = (self.base.is_everything(), out.as_object_mut()) {
            map.insert("filter".into(), self.base.json());
        }
        out
    }
    /// As it is kept.
    pub fn write(&self) -> String {
        self.json().to_string()
    }
    /// Nothing is asked.
    pub fn is_everything(&self) -> bool {
        self.conds.is_empty() && self.base.is_everything()
    }
    /// As the store understands it, on the day and for the actor of `reader`.
    pub fn filter(&self, ty: &RecordType, reader: &Reader) -> Result<Filter> {
        let mut parts = vec![];
        if !self.base.is_everything() {
            parts.push(reader.resolved(ty, &self.base));
        }
        let mut wrong = vec![];
        for cond in &self.conds {
            match cond.filter(ty, reader) {
                Ok(filter) => parts.push(filter),
                Err(e) => wrong.push(e),
            }
        }
        if wrong.is_empty() {
            Ok(Filter::All(parts))
        } else {
            Err(Error::fields(wrong))
        }
    }
    /// Refuses what the type does not know.
    pub fn check(&self, visit: &Visit, ty: &RecordType) -> Result<()> {
        use zhike_store::Query as _;
        let filter = self.filter(ty, &Reader::of(&visit.ctx))?;
        Sql::new(visit.db().dialect()).filter(ty, &filter)
    }
    /// The condition changed as the editor's form asks.
    pub fn edited(&self, visit: &Visit, ty: &RecordType, f: &Fields) -> Result<Condition> {
        let mut out = self.clone();
        if f.filled("act") == Some("remove") {
            let at = usize::try_from(f.need_int("at")?).unwrap_or(usize::MAX);
            if at < out.conds.len() {
                out.conds.remove(at);
            } else {
                out.base = Filter::default();
            }
            return Ok(out);
        }
        let field = f.filled("ff").ok_or_else(|| Error::field("ff", "error-required"))?;
        let op = f
            .filled("fo")
            .and_then(Op::parse)
            .ok_or_else(|| Error::field("fo", "error-required"))?;
        let words: Vec<&str> = f.all("fv").map(str::trim).filter(|w| !w.is_empty()).collect();
        // A number of days before today, beside the day itself.
        let text = match f.int("fd") {
            Some(days) if words.is_empty() => format!("{}-{days}", super::ask::TODAY),
            _ => words.join(","),
        };
        out.conds.push(Cond {
            field: field.to_owned(),
            op,
            text,
        });
        out.check(visit, ty)?;
        Ok(out)
    }
    /// In words: `Source is Trade fair · Region is East`.
    pub async fn words(&self, visit: &Visit, ty: &RecordType) -> Result<String> {
        let mut out = vec![];
        for cond in &self.conds {
            out.push(format!(
                "{} {}",
                label(visit, ty, &cond.field),
                bar::words(visit, ty, cond).await?
            ));
        }
        if !self.base.is_everything() {
            out.push(visit.loc.t("records-condition-by-program"));
        }
        if out.is_empty() {
            return Ok(visit.loc.t("records-condition-all"));
        }
        Ok(out.join(" · "))
    }
}

/// The editor. Its forms post to `action`; `here` is the page it stands on, asked again with `?add=field`.
pub async fn editor(visit: &Visit, ty: &RecordType, is: &Condition, action: &str, here: &str) -> Result<Markup> {
    let loc = &visit.loc;
    let query = Fields::parse(visit.uri.split_once('?').map_or("", |u| u.1));
    let mut fields = bar::filterable(ty);
    let adding = query
        .filled("add")
        .and_then(|name| fields.iter().find(|f| f.name == name).cloned());
    fields.sort_by_key(|f| label(visit, ty, f.name));
    let mut chips = vec![];
    for cond in &is.conds {
        chips.push((label(visit, ty, &cond.field), bar::words(visit, ty, cond).await?));
    }
    if !is.base.is_everything() {
        chips.push((loc.t("records-condition-by-program"), is.base.json().to_string()));
    }
    let form = match &adding {
        None => html! {},
        Some(field) => {
            let ops: Vec<Choice> = operators(field)
                .iter()
                .map(|op| Choice::new(op.name(), loc.t(&format!("records-op-{}", op.name()))))
                .collect();
            let day = matches!(field.kind, zhike_store::FieldKind::Date | zhike_store::FieldKind::Stamp);
            html! {
                form.row.wrap method="post" action=(action) style="gap:8px;align-items:flex-end;margin-top:10px" {
                    (ui::hidden("ff", field.name))
                    (ui::Field::new("fo", label(visit, ty, field.name)).id("cond-op").select(&ops, "", None))
                    (inputs::filter_value(visit, ty, field).await?)
                    @if day { (ui::Field::new("fd", loc.t("records-condition-days")).id("cond-days").number("")) }
                    (ui::btn(loc.t("records-apply")).primary().submit())
                    (ui::btn(loc.t("web-cancel")).ghost().href(here))
                }
            }
        }
    };
    Ok(html! {
        div.chips {
            @for (i, (name, words)) in chips.iter().enumerate() {
                form.chip.on method="post" action=(action) style="margin:0" {
                    (ui::hidden("act", "remove")) (ui::hidden("at", &i.to_string()))
                    (name) " " b { (words) }
                    button.x type="submit" aria-label={ (loc.t("web-remove-filter")) ": " (name) } { (ui::icon_class("x", "s")) }
                }
            }
            @if chips.is_empty() { span.mut { (loc.t("records-condition-all")) } }
            details.menu.left {
                summary.chip.add { (ui::icon("filter")) (loc.t("records-condition-add")) }
                div.menu-pop style="max-height:320px;overflow:auto" {
                    @for f in &fields { a href={ (here) "?add=" (f.name) } data-item { span { (label(visit, ty, f.name)) } } }
                }
            }
        }
        (form)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_read_as_it_was_written() {
        let is = Condition {
            conds: vec![
                Cond::parse("region:is:华东").unwrap(),
                Cond::parse("last:le:today-90").unwrap(),
            ],
            base: Filter::is("status", "new"),
        };
        assert_eq!(Condition::read(&is.write()), is);
        assert!(Condition::read("nonsense").is_everything());
        assert_eq!(Condition::from_json(&serde_json::json!({"filter": {"what": 1}})), None);
    }

    #[test]
    fn days_are_told_from_today() {
        let today = "2026-11-24".parse().unwrap();
        let day = |t: &str| super::super::ask::relative(t, today).map(|d| d.to_string());
        assert_eq!(day("today").as_deref(), Some("2026-11-24"));
        assert_eq!(day("today-30").as_deref(), Some("2026-10-25"));
        assert_eq!(day("today+7").as_deref(), Some("2026-12-01"));
        assert_eq!(day("today30"), None);
        assert_eq!(day("2026-01-01"), None);
    }
}
