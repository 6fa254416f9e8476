//! Small marks: icons, badges, tiers, grades, squares for companies, rounds for people, meters.

use crate::locale::Locale;
use maud::{Markup, html};
use std::sync::OnceLock;

/// An icon of the sprite.
pub fn icon(name: &str) -> Markup {
    icon_class(name, "")
}

/// An icon with a size class: `s`, `l` or `xl`.
pub fn icon_class(name: &str, class: &str) -> Markup {
    static SPRITE: OnceLock<String> = OnceLock::new();
    let sprite = SPRITE.get_or_init(|| crate::assets::url("sprite.svg"));
    html! { svg class={ "i " (class) } aria-hidden="true" { use href={ (sprite) "#i-" (name) } {} } }
}

/// The hues of badges and marks, by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Hue {
    /// Neither good nor bad.
    #[default]
    Grey,
    /// Late, broken.
    Red,
    /// Wants attention.
    Amber,
    /// Done, money up.
    Green,
    /// Ours, running.
    Blue,
    /// The customer decided.
    Jade,
    /// Mail.
    Violet,
    /// Top tier.
    Gold,
}

impl Hue {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Hue::Grey => "",
            Hue::Red => "red",
            Hue::Amber => "amber",
            Hue::Green => "green",
            Hue::Blue => "blue",
            Hue::Jade => "jade",
            Hue::Violet => "violet",
            Hue::Gold => "gold",
        }
    }
}

/// A state in one or two words.
pub fn badge(hue: Hue, text: &str) -> Markup {
    html! { span class={ "badge " (hue.class()) } { (text) } }
}

/// A state with an icon.
pub fn badge_icon(hue: Hue, name: &str, text: &str) -> Markup {
    html! { span class={ "badge " (hue.class()) } { (icon(name)) (text) } }
}

/// A coloured dot; a word must stand beside it.
pub fn dot(hue: Hue) -> Markup {
    html! { span class={ "dot " (hue.class()) } aria-hidden="true" {} }
}

/// A customer's tier of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Earns most.
    Gold,
    /// Earns.
    Regular,
    /// Earns little or costs.
    Low,
}

impl Tier {
    /// Reads `gold`, `regular` or `low`.
    pub fn parse(word: &str) -> Option<Tier> {
        match word {
            "gold" => Some(Tier::Gold),
            "regular" => Some(Tier::Regular),
            "low" => Some(Tier::Low),
            _ => None,
        }
    }
}

/// The tier by shape and word, never by colour alone.
pub fn tier(loc: &Locale, tier: Tier) -> Markup {
    let (class, shape, key) = match tier {
        Tier::Gold => ("gold", "diamond-filled", "web-tier-gold"),
        Tier::Regular => ("std", "circle-filled", "web-tier-regular"),
        Tier::Low => ("low", "circle", "web-tier-low"),
    };
    html! { span class={ "tier " (class) } { (icon(shape)) (loc.t(key)) } }
}

/// A rating `A` to `D`; others are shown grey.
pub fn grade(letter: &str) -> Markup {
    let class = match letter.chars().next() {
        Some('A') => "g-a",
        Some('B') => "g-b",
        Some('C') => "g-c",
        Some('D') => "g-d",
        _ => "",
    };
    html! { span class={ "grade " (class) } { (letter) } }
}

/// Size of a square or round mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Size {
    /// 20 px.
    Small,
    /// 26 px.
    #[default]
    Normal,
    /// 44 px (company), 40 px (person).
    Large,
}

impl Size {
    fn class(self) -> &'static str {
        match self {
            Size::Small => "sm",
            Size::Normal => "",
            Size::Large => "lg",
        }
    }
}

const HUES: [&str; 8] = ["blue", "jade", "violet", "amber", "slate", "rose", "green", "gold"];

fn hue_of(id: i64) -> &'static str {
    // Fibonacci hashing spreads neighbouring ids over the hues.
    let mixed = id.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61;
    usize::try_from(mixed)
        .ok()
        .and_then(|i| HUES.get(i))
        .copied()
        .unwrap_or("slate")
}

/// A company's square: its first character, hue by id.
pub fn co(id: i64, name: &str, size: Size) -> Markup {
    let letter: String = name
        .chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    html! { span class={ "co h-" (hue_of(id)) " " (size.class()) } aria-hidden="true" { (letter) } }
}

/// A person's round: last character of a Chinese name, else the initial; hue by id.
pub fn av(id: i64, name: &str, size: Size) -> Markup {
    let last = name.trim().chars().last().filter(|c| zhike_kernel::text::is_han(*c));
    let letter: String = last
        .or_else(|| name.chars().find(|c| c.is_alphanumeric()))
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    html! { span class={ "av h-" (hue_of(id.wrapping_add(5))) " " (size.class()) } title=(name) aria-hidden="true" { (letter) } }
}

/// A bar from 0 to 1 with its words; `mark` is a line on it.
pub fn meter(loc: &Locale, share: f64, hue: Hue, mark: Option<f64>) -> Markup {
    let label = loc.percent(share, 0);
    let width = |v: f64| {
        if v.is_finite() {
            (v * 100.0).clamp(0.0, 100.0)
        } else {
            0.0
        }
    };
    html! {
        span class={ "meter " (hue.class()) } role="img" aria-label=(label) {
            span style={ "width:" (format!("{:.1}", width(share))) "%" } {}
            @if let Some(mark) = mark { i style={ "left:" (format!("{:.1}", width(mark))) "%" } {} }
        }
    }
}

/// A change against before, as a share: arrow, hue and number. `good_up` says which direction is good.
pub fn delta(loc: &Locale, share: f64, good_up: bool) -> Markup {
    if !share.is_finite() {
        return html! { span.dim { "—" } };
    }
    let up = share >= 0.0;
    let class = if up == good_up { "up" } else { "down" };
    let arrow = if up { "arrow-up-right" } else { "arrow-down-right" };
    html! { span class={ "delta " (class) } { (icon(arrow)) (loc.percent(share.abs(), 1)) } }
}

/// A key of the keyboard.
pub fn kbd(key: &str) -> Markup {
    html! { kbd { (key) } }
}

/// The seal, so many pixels wide.
pub fn logo(size: u32) -> Markup {
    html! { img.logo src=(crate::assets::url("favicon.svg")) width=(size) height=(size) alt=""; }
}
