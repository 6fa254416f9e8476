//! Assigning a case, and doing a step that is plain work: its form is read and kept.

use super::desk::Desk;
use crate::{
    beyond::improvement,
    process::{Act, Ask, Kind},
};
use serde_json::{Map, Value as Json};
use zhike_kernel::{Date, Error, Result, Values, error::FieldError, number};
use zhike_store::{Query, binds, field::parse_date, write};

/// The name of a form field as it is sent.
pub(crate) fn input_name(key: &str) -> String {
    format!("form_{key}")
}

impl Desk<'_> {
    /// Gives the open step to somebody.
    pub(crate) async fn assign(&mut self, user: i64) -> Result<()> {
        let running = self.running.clone().filter(|r| r.act != Act::Verdict);
        let running = running.ok_or_else(|| Error::refused("error-case-step"))?;
        let sql = "SELECT count(*) FROM identity_user WHERE id = $1 AND active AND archived_at IS NULL";
        if self.tx.number(sql, binds![user]).await? == 0 {
            return Err(Error::field("user", "error-not-a-record"));
        }
        let sql = "UPDATE service_step SET user_id = $1, role = NULL WHERE id = $2";
        self.tx.exec(sql, binds![user, running.id]).await?;
        let changes = Values::from([
            ("handler_id".to_owned(), user.into()),
            ("status".to_owned(), "working".into()),
        ]);
        self.set("assigned", changes, None).await
    }

    /// Does the open step of plain work; `given` answers its form.
    pub(crate) async fn complete(
        &mut self,
        given: &(dyn Fn(&str) -> Option<String> + Sync),
        note: Option<String>,
    ) -> Result<()> {
        let running = self.at(Act::Work)?;
        let fields = self
            .def
            .place(&running.step)
            .and_then(|i| self.def.steps.get(i))
            .map(|s| s.fields.clone())
            .unwrap_or_default();
        let body = read_form(&fields, given)?;
        self.taken_by_me().await?;
        let place = self.done(Some(body.to_string()), note).await?;
        self.go(Some(place)).await
    }

    /// Brings what the customer asks for to the product's owner: with an improvement that is there, or as a new one.
    pub(crate) async fn improve(&mut self, id: Option<i64>, name: Option<&str>) -> Result<()> {
        let id = match (id, name) {
            (Some(id), _) => id,
            (None, Some(name)) => {
                self.ctx.require("improvement.create")?;
                let ty = self.ctx.registry().get("improvement")?.clone();
                let values = Values::from([
                    ("name".to_owned(), name.into()),
                    ("product_id".to_owned(), self.case.int("product_id").into()),
                    ("description".to_owned(), self.case.text("description").into()),
                ]);
                write::create(self.ctx, self.tx, &ty, values).await?
            }
            (None, None) => return Err(Error::field("name", "error-required")),
        };
        let changes = Values::from([("improvement_id".to_owned(), id.into())]);
        self.set("improvement", changes, None).await?;
        improvement::ask(self.ctx, self.tx, id, self.case.int("party_id"), self.case.id).await
    }

    /// Whoever works on what nobody has, has it.
    pub(crate) async fn taken_by_me(&mut self) -> Result<()> {
        match self.tx.user {
            Some(me) if self.case.int("handler_id").is_none() => self.assign(me).await,
            _ => Ok(()),
        }
    }
}

/// Reads a form, all complaints at once.
pub(crate) fn read_form(fields: &[Ask], given: &dyn Fn(&str) -> Option<String>) -> Result<Json> {
    let (mut out, mut wrong) = (Map::new(), vec![]);
    for f in fields {
        let text = given(&f.key).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let bad = |code| FieldError {
            field: input_name(&f.key),
            code,
            args: vec![],
        };
        let value: Result<Json, FieldError> = match (text, f.kind) {
            (None, Kind::Yes) => Ok(Json::Bool(false)),
            (None, _) if f.required => Err(bad("error-required")),
            (None, _) => continue,
            (Some(t), Kind::Yes) => Ok(Json::Bool(!["0", "false", "no", "off", "否"].contains(&t.as_str()))),
            (Some(t), Kind::Number) => match number::parse_scaled(&t, 3, false) {
                Ok(_) => Ok(Json::String(t)),
                Err(_) => Err(bad("error-not-a-number")),
            },
            (Some(t), Kind::Date) => parse_date(&t)
                .map(|d: Date| Json::String(d.to_string()))
                .ok_or_else(|| bad("error-not-a-date")),
            (Some(t), Kind::Choice) if f.choices.contains(&t) => Ok(Json::String(t)),
            (Some(_), Kind::Choice) => Err(bad("error-not-a-choice")),
            (Some(t), Kind::Text) if t.chars().count() > 400 => Err(bad("error-form-long")),
            (Some(t), _) if t.chars().count() > 20_000 => Err(bad("error-form-long")),
            (Some(t), _) => Ok(Json::String(t)),
        };
        match value {
            Ok(value) => {
                out.insert(f.key.clone(), value);
            }
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() {
        Ok(Json::Object(out))
    } else {
        Err(Error::fields(wrong))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_all_that_is_wrong_and_keeps_what_is_right() {
        let ask = |key: &str, kind, required| Ask {
            key: key.into(),
            label: key.into(),
            kind,
            required,
            choices: vec!["a".into(), "b".into()],
            ..Ask::default()
        };
        let fields = [
            ask("fault", Kind::Long, true),
            ask("hours", Kind::Number, true),
            ask("day", Kind::Date, false),
            ask("way", Kind::Choice, false),
            ask("ok", Kind::Yes, true),
        ];
        let none = read_form(&fields, &|_| None).unwrap_err();
        let names: Vec<&str> = none.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["form_fault", "form_hours"]);
        let given = |key: &str| {
            let all = [
                ("fault", "漂移"),
                ("hours", "1.5"),
                ("day", "2026/7/1"),
                ("way", "b"),
                ("ok", "1"),
            ];
            all.iter().find(|a| a.0 == key).map(|a| a.1.to_owned())
        };
        let read = read_form(&fields, &given).unwrap();
        assert_eq!(
            read,
            serde_json::json!({"fault": "漂移", "hours": "1.5", "day": "2026-07-01", "way": "b", "ok": true})
        );
        let wrong = read_form(&fields, &|key| Some(if key == "fault" { "x" } else { "?" }.to_owned())).unwrap_err();
        assert_eq!(wrong.fields.len(), 3);
    }
}
