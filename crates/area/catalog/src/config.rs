//! A configurable product as the database has it: groups, options, rules; and the sentences for what does not go together.

use crate::{
    configure::{Group, Model, Part, Rule},
    hooks::options::codes,
};
use std::collections::HashMap;
use zhike_kernel::{Result, error::FieldError};
use zhike_store::{Query, binds};

/// A group.
pub(crate) struct GroupOf {
    pub id: i64,
    pub name: String,
    pub latin: Option<String>,
    pub least: i64,
    pub most: i64,
}

/// An option.
pub(crate) struct Choice {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub latin: Option<String>,
    pub group: usize,
    pub preset: bool,
    pub price: i64,
    pub cost: Option<i64>,
    pub currency: String,
}

/// A rule as it was written; one rule may be several clauses.
pub(crate) struct RuleOf {
    pub kind: String,
    pub given: String,
    pub others: String,
    pub message: String,
    pub latin: String,
}

/// A configurable product.
#[derive(Default)]
pub(crate) struct Config {
    pub groups: Vec<GroupOf>,
    pub options: Vec<Choice>,
    pub rules: Vec<RuleOf>,
    pub model: Model,
    /// The rule behind each clause of the model.
    behind: Vec<usize>,
}

pub(crate) fn title<'a>(name: &'a str, other: Option<&'a str>, latin: bool) -> &'a str {
    other.filter(|o| latin && !o.is_empty()).unwrap_or(name)
}

impl Config {
    /// Reads it.
    pub(crate) async fn load(q: &dyn Query, product: i64) -> Result<Config> {
        let mut out = Config::default();
        let sql = "SELECT id, name, name_latin, least, most FROM catalog_option_group WHERE product_id = $1 AND archived_at IS NULL \
                   ORDER BY position IS NULL, position, id";
        let mut places = HashMap::new();
        for row in q.all(sql, binds![product]).await? {
            places.insert(row.int(0)?, out.groups.len());
            out.groups.push(GroupOf {
                id: row.int(0)?,
                name: row.text(1)?,
                latin: row.opt_text(2)?,
                least: row.int(3)?,
                most: row.int(4)?,
            });
        }
        let sql = "SELECT id, code, name, name_latin, group_id, preset, price, cost, currency FROM catalog_option \
                   WHERE product_id = $1 AND archived_at IS NULL ORDER BY position IS NULL, position, id";
        for row in q.all(sql, binds![product]).await? {
            let Some(group) = places.get(&row.int(4)?).copied() else {
                continue;
            };
            out.options.push(Choice {
                id: row.int(0)?,
                code: row.text(1)?,
                name: row.text(2)?,
                latin: row.opt_text(3)?,
                group,
                preset: row.bool(5)?,
                price: row.int(6)?,
                cost: row.opt_int(7)?,
                currency: row.opt_text(8)?.unwrap_or_default(),
            });
        }
        let sql = "SELECT kind, given, others, message, message_latin FROM catalog_option_rule \
                   WHERE product_id = $1 AND archived_at IS NULL ORDER BY id";
        for row in q.all(sql, binds![product]).await? {
            out.rules.push(RuleOf {
                kind: row.text(0)?,
                given: row.text(1)?,
                others: row.opt_text(2)?.unwrap_or_default(),
                message: row.opt_text(3)?.unwrap_or_default(),
                latin: row.opt_text(4)?.unwrap_or_default(),
            });
        }
        out.build();
        Ok(out)
    }

    /// The clauses: "A, B require C, D" is two of them, "A, B exclude C" is one, "A, B exclude" alone too.
    fn build(&mut self) {
        let at: HashMap<&str, usize> = self
            .options
            .iter()
            .enumerate()
            .map(|(i, o)| (o.code.as_str(), i))
            .collect();
        let places = |text: &str| {
            codes(text)
                .iter()
                .map(|c| at.get(c.as_str()).copied())
                .collect::<Option<Vec<usize>>>()
        };
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        let mut model = Model {
            options: self.options.len(),
            ..Model::default()
        };
        for (i, g) in self.groups.iter().enumerate() {
            let members = (0..self.options.len()).filter(|o| self.options.get(*o).is_some_and(|o| o.group == i));
            model.groups.push(Group {
                members: members.collect(),
                least: count(g.least),
                most: count(g.most),
            });
        }
        let mut behind = vec![];
        for (i, rule) in self.rules.iter().enumerate() {
            // The hooks refuse rules about options that are not there.
            let (Some(given), Some(others)) = (places(&rule.given), places(&rule.others)) else {
                continue;
            };
            let excludes = rule.kind == "excludes";
            let clauses: Vec<Rule> = if excludes && others.is_empty() {
                vec![Rule { all: given, then: None }]
            } else {
                let one = |other: &usize| {
                    let mut all = given.clone();
                    if excludes {
                        all.push(*other);
                    }
                    Rule {
                        all,
                        then: (!excludes).then_some(*other),
                    }
                };
                others.iter().map(one).collect()
            };
            behind.extend(clauses.iter().map(|_| i));
            model.rules.extend(clauses);
        }
        (self.model, self.behind) = (model, behind);
    }

    /// The places of options by their codes; the code that is none of them.
    pub(crate) fn chosen(&self, text: &str) -> std::result::Result<Vec<usize>, String> {
        let place = |code: String| self.options.iter().position(|o| o.code == code).ok_or(code);
        codes(text).into_iter().map(place).collect()
    }

    /// The places of those codes that are known.
    pub(crate) fn known(&self, text: &str) -> Vec<usize> {
        let place = |code: String| self.options.iter().position(|o| o.code == code);
        codes(text).into_iter().filter_map(place).collect()
    }

    /// Codes of options, in the order of the product.
    pub(crate) fn codes(&self, chosen: &[usize]) -> String {
        let all = self.options.iter().enumerate().filter(|(i, _)| chosen.contains(i));
        all.map(|(_, o)| o.code.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// What is chosen before anybody chose.
    pub(crate) fn presets(&self) -> Vec<usize> {
        (0..self.options.len())
            .filter(|i| self.options.get(*i).is_some_and(|o| o.preset))
            .collect()
    }

    fn names(&self, text: &str, latin: bool) -> String {
        let all: Vec<&str> = self
            .known(text)
            .iter()
            .filter_map(|i| self.options.get(*i))
            .map(|o| title(&o.name, o.latin.as_deref(), latin))
            .collect();
        all.join(if latin { ", " } else { "、" })
    }

    /// The sentence for a part that is broken. It carries the words of both languages; the catalogue picks.
    pub(crate) fn complaint(&self, part: Part) -> FieldError {
        let (code, args) = match part {
            Part::Group(i) => self.groups.get(i).map(|g| {
                let (least, most) = (g.least, g.most);
                let code = match (least, most) {
                    (1, 1) => "error-config-one",
                    (0, 1) => "error-config-most-one",
                    (0, _) => "error-config-most",
                    _ => "error-config-between",
                };
                let latin = title(&g.name, g.latin.as_deref(), true).to_owned();
                (
                    code,
                    vec![
                        ("group", g.name.clone().into()),
                        ("group_latin", latin.into()),
                        ("least", least.into()),
                        ("most", most.into()),
                    ],
                )
            }),
            Part::Rule(i) => self.behind.get(i).and_then(|r| self.rules.get(*r)).map(|r| {
                if !r.message.is_empty() || !r.latin.is_empty() {
                    let pick = |a: &String, b: &String| if a.is_empty() { b.clone() } else { a.clone() };
                    (
                        "error-config-message",
                        vec![
                            ("message", pick(&r.message, &r.latin).into()),
                            ("message_latin", pick(&r.latin, &r.message).into()),
                        ],
                    )
                } else {
                    let code = match (r.kind.as_str(), r.others.is_empty()) {
                        ("excludes", true) => "error-config-together",
                        ("excludes", false) => "error-config-excludes",
                        _ => "error-config-requires",
                    };
                    let args = vec![
                        ("given", self.names(&r.given, false).into()),
                        ("given_latin", self.names(&r.given, true).into()),
                        ("others", self.names(&r.others, false).into()),
                        ("others_latin", self.names(&r.others, true).into()),
                    ];
                    (code, args)
                }
            }),
        }
        .unwrap_or(("error-config-rule", vec![]));
        FieldError {
            field: "options".to_owned(),
            code,
            args,
        }
    }

    /// Everything that stands against ordering this choice; rules that are several clauses complain once.
    pub(crate) fn complaints(&self, chosen: &[usize]) -> Vec<FieldError> {
        self.sentences(&self.model.broken(chosen))
    }

    /// The sentences of several parts, each once.
    pub(crate) fn sentences(&self, parts: &[Part]) -> Vec<FieldError> {
        let mut out: Vec<FieldError> = vec![];
        for part in parts {
            let one = self.complaint(*part);
            if !out.contains(&one) {
                out.push(one);
            }
        }
        out
    }
}
