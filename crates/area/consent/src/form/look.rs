//! The form as it is drawn.

use super::{MOST, ROWS};
use crate::{
    rules::Per,
    wish::{LANGUAGES, LEVELS, Topic},
};
use maud::{Markup, html};
use std::collections::BTreeMap;
use zhike_contract::Channel;
use zhike_kernel::Error;
use zhike_web::{Locale, Visit, ui};

/// How the form is drawn.
pub(crate) struct Look<'a> {
    pub visit: &'a Visit,
    pub topics: Vec<&'a Topic>,
    pub values: BTreeMap<String, Vec<String>>,
    pub error: Option<&'a Error>,
    /// The channels shown.
    pub channels: Vec<Channel>,
    /// Addresses may be seen and written.
    pub addresses: bool,
    /// The customer's own page: fewer words of ours.
    pub own: bool,
}

impl Look<'_> {
    fn get(&self, name: &str) -> &str {
        self.values.get(name).and_then(|v| v.first()).map_or("", String::as_str)
    }
    fn has(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|v| v.iter().any(|x| x == value))
    }
    fn wrong(&self, name: &str) -> Option<String> {
        let found = self.error?.fields.iter().find(|f| f.field == name)?;
        Some(self.visit.loc.field_error(found))
    }
    fn rows(&self, kind: &str) -> usize {
        let least = ROWS.iter().find(|r| r.0 == kind).map_or(1, |r| r.1);
        let used = (0..MOST).filter(|i| {
            let from = self.get(&format!("{kind}{i}_from"));
            !from.is_empty() || !self.get(&format!("{kind}{i}_most")).is_empty()
        });
        used.map(|i| i + 2).max().unwrap_or(0).max(least).min(MOST)
    }

    /// The whole form's inside, without its buttons.
    pub(crate) fn draw(&self) -> Markup {
        let loc = &self.visit.loc;
        let part = |key: &str, hint: bool, inside: Markup| {
            html! {
                fieldset.field.stack.s {
                    legend.lab { (loc.t(&format!("wish-part-{key}"))) }
                    @if hint { p.xs.mut { (loc.t(&format!("wish-hint-{key}"))) } }
                    (inside)
                    @if let Some(e) = self.wrong(key) { span.err role="alert" { (e) } }
                }
            }
        };
        html! {
            (part("channels", true, self.channels()))
            (part("hours", true, self.hours()))
            (part("topics", !self.topics.is_empty(), self.topics()))
            (part("caps", true, self.caps()))
            (part("pauses", false, self.pauses()))
            (part("service", false, self.rest()))
        }
    }

    fn channels(&self) -> Markup {
        let loc = &self.visit.loc;
        let places: Vec<ui::Choice> = (1..=self.channels.len())
            .map(|n| ui::Choice::new(n.to_string(), n.to_string()))
            .collect();
        html! {
            @for channel in &self.channels {
                @let word = channel.word();
                @let name = loc.t(&format!("channel-{word}"));
                @let some = (self.get(&format!("ch_{word}")) == "some").then_some("some");
                @let choices: Vec<ui::Choice> = ["all", "service", "contract"].into_iter().chain(some).chain(["no"]).map(|w| ui::Choice::new(w, loc.t(&format!("wish-allow-{w}")))).collect();
                div.row.wrap style="gap:8px;align-items:flex-end" {
                    div style="flex:2 1 180px" { (ui::Field::new(format!("ch_{word}"), name.clone()).select(&choices, self.get(&format!("ch_{word}")), Some(&loc.t("wish-not-stated")))) }
                    div style="flex:0 0 84px" { (ui::Field::new(format!("rank_{word}"), loc.t("wish-rank")).attr("aria-label", format!("{} {name}", loc.t("wish-rank"))).select(&places, self.get(&format!("rank_{word}")), Some("—"))) }
                    @if self.addresses && !matches!(channel, Channel::Portal) {
                        div style="flex:3 1 200px" { (ui::Field::new(format!("address_{word}"), loc.t("wish-address")).attr("aria-label", format!("{} {name}", loc.t("wish-address"))).error(self.wrong(&format!("address_{word}"))).text(self.get(&format!("address_{word}")))) }
                    }
                }
            }
        }
    }

    fn channel_choices(&self) -> Vec<ui::Choice> {
        let loc = &self.visit.loc;
        self.channels
            .iter()
            .map(|c| ui::Choice::new(c.word(), loc.t(&format!("channel-{}", c.word()))))
            .collect()
    }

    fn hours(&self) -> Markup {
        let loc = &self.visit.loc;
        html! {
            @for i in 0..self.rows("w") {
                div.row.wrap style="gap:8px 14px;align-items:flex-end" role="group" aria-label=(loc.tv("wish-window", &[("n", (i + 1).into())])) {
                    div.row.wrap style="gap:6px 12px;min-height:34px" {
                        @for d in 0..7_u8 {
                            label.row style="gap:4px" { input.check type="checkbox" name={ "w" (i) "_day" } value=(d) checked[self.has(&format!("w{i}_day"), &d.to_string())]; span { (loc.t(&format!("gate-day-{}", d + 1))) } }
                        }
                    }
                    @for (part, key) in [("from", "wish-from"), ("to", "wish-to")] {
                        div style="flex:0 0 110px" { (ui::Field::new(format!("w{i}_{part}"), loc.t(key)).attr("placeholder", "14:00").text(self.get(&format!("w{i}_{part}")))) }
                    }
                    div style="flex:1 1 150px" { (ui::Field::new(format!("w{i}_channel"), loc.t("wish-for-channel")).select(&self.channel_choices(), self.get(&format!("w{i}_channel")), Some(&loc.t("wish-every-channel")))) }
                }
            }
        }
    }

    fn topics(&self) -> Markup {
        let loc = &self.visit.loc;
        let choices = ["yes", "no"].map(|w| ui::Choice::new(w, loc.t(&format!("wish-topic-{w}"))));
        html! {
            @if self.topics.is_empty() { p.mut { (loc.t("wish-no-topics")) } }
            div.row.wrap style="gap:8px 14px" { @for t in &self.topics {
                @let name = format!("t_{}", t.code);
                div style="flex:0 1 190px" { (ui::Field::new(name.clone(), t.title(self.visit.latin)).select(&choices, self.get(&name), Some(&loc.t("wish-not-stated")))) }
            } }
        }
    }

    fn caps(&self) -> Markup {
        let loc = &self.visit.loc;
        let per = Per::ALL.map(|p| ui::Choice::new(p.word(), loc.t(&format!("wish-per-{}", p.word()))));
        let topics: Vec<ui::Choice> = self
            .topics
            .iter()
            .map(|t| ui::Choice::new(t.code.clone(), t.title(self.visit.latin)))
            .collect();
        html! {
            @for i in 0..self.rows("c") {
                @let name = |part: &str| format!("c{i}_{part}");
                @let per_now = match self.get(&name("per")) { "" => "month", other => other };
                div.row.wrap style="gap:8px;align-items:flex-end" role="group" aria-label=(loc.tv("wish-cap-row", &[("n", (i + 1).into())])) {
                    div style="flex:0 0 110px" { (ui::Field::new(name("most"), loc.t("wish-most")).number(self.get(&name("most")))) }
                    div style="flex:0 0 120px" { (ui::Field::new(name("per"), loc.t("wish-per")).select(&per, per_now, None)) }
                    div style="flex:1 1 150px" { (ui::Field::new(name("topic"), loc.t("wish-for-topic")).select(&topics, self.get(&name("topic")), Some(&loc.t("wish-every-topic")))) }
                    div style="flex:1 1 150px" { (ui::Field::new(name("channel"), loc.t("wish-for-channel")).select(&self.channel_choices(), self.get(&name("channel")), Some(&loc.t("wish-every-channel")))) }
                }
            }
        }
    }

    fn pauses(&self) -> Markup {
        let loc = &self.visit.loc;
        html! {
            @for i in 0..self.rows("p") {
                div.row.wrap style="gap:8px;align-items:flex-end" {
                    div style="flex:0 1 170px" { (ui::Field::new(format!("p{i}_from"), loc.t("wish-pause-from")).date(self.get(&format!("p{i}_from")))) }
                    div style="flex:0 1 170px" { (ui::Field::new(format!("p{i}_until"), loc.t("wish-pause-until")).date(self.get(&format!("p{i}_until")))) }
                }
            }
        }
    }

    fn rest(&self) -> Markup {
        let loc = &self.visit.loc;
        let none = loc.t("wish-not-stated");
        let languages = LANGUAGES.map(|w| ui::Choice::new(w, loc.t(&format!("wish-language-{w}"))));
        let levels = LEVELS.map(|w| ui::Choice::new(w, loc.t(&format!("wish-level-{w}"))));
        html! {
            div.row.wrap style="gap:8px 14px" {
                div style="flex:1 1 170px" { (ui::Field::new("level", loc.t("wish-part-level")).error(self.wrong("level")).select(&levels, self.get("level"), Some(&none))) }
                div style="flex:1 1 170px" { (ui::Field::new("language", loc.t("wish-part-language")).error(self.wrong("language")).select(&languages, self.get("language"), Some(&none))) }
                div style="flex:1 1 170px" { (ui::Field::new("zone", loc.t("wish-part-zone")).hint(loc.t("wish-hint-zone")).error(self.wrong("zone")).attr("placeholder", zone_name(loc)).text(self.get("zone"))) }
            }
            (ui::Field::new("places", loc.t("wish-part-places")).error(self.wrong("places")).text(self.get("places")))
            (ui::Field::new("interests", loc.t("wish-part-interests")).error(self.wrong("interests")).text(self.get("interests")))
            @if !self.own {
                (ui::Field::new("proof", loc.t("wish-proof")).hint(loc.t("wish-hint-proof")).required(true).error(self.wrong("proof")).textarea(self.get("proof"), 2))
            }
        }
    }
}

fn zone_name(loc: &Locale) -> String {
    loc.zone.iana_name().unwrap_or("Asia/Shanghai").to_owned()
}
