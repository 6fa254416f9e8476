//! Words, numbers, money, days and moments in the reader's language and time zone.

mod format;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use format::{div_round, group, int, minus, scaled, short_en, short_zh, weekday_zh};
use jiff::tz::TimeZone;
use std::sync::Arc;
use zhike_kernel::{Arg, Currency, Date, Error, FieldError, Stamp};

/// Keys that this process asked for and that no catalogue has.
static MISSING: std::sync::Mutex<std::collections::BTreeSet<String>> =
    std::sync::Mutex::new(std::collections::BTreeSet::new());

/// What was asked for in vain since the process began (language and key), for the guard test.
pub fn missing() -> Vec<String> {
    MISSING
        .lock()
        .unwrap_or_else(|p| p.into_inner())
        .iter()
        .cloned()
        .collect()
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// Simplified Chinese.
    ZhCn,
}

impl Lang {
    /// Both languages.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::ZhCn];

    /// The code in `lang` attributes, the cookie and the database.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhCn => "zh-CN",
        }
    }

    /// Reads a code such as `zh`, `zh-CN`, `zh_Hans_CN` or `en-GB`.
    pub fn parse(code: &str) -> Option<Lang> {
        let first = code.trim().split(['-', '_']).next()?;
        match first.to_ascii_lowercase().as_str() {
            "en" => Some(Lang::En),
            "zh" => Some(Lang::ZhCn),
            _ => None,
        }
    }

    /// The best known language of an `Accept-Language` header.
    pub fn accept(header: &str) -> Option<Lang> {
        let mut best: Option<(Lang, u32)> = None;
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let lang = pieces.next().and_then(Lang::parse);
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(1000, |q| q.parse::<f64>().map_or(0, per_mille));
            if let Some(lang) = lang
                && weight > best.map_or(0, |b| b.1)
            {
                best = Some((lang, weight));
            }
        }
        best.map(|b| b.0)
    }

    /// The other language, for the switch.
    pub fn other(self) -> Lang {
        match self {
            Lang::En => Lang::ZhCn,
            Lang::ZhCn => Lang::En,
        }
    }
}

fn per_mille(q: f64) -> u32 {
    (0..=1000u32)
        .rev()
        .find(|n| f64::from(*n) <= q * 1000.0 + 1e-9)
        .unwrap_or(0)
}

/// Why the catalogues cannot be used.
#[derive(Debug)]
pub struct CatalogError(String);

impl std::fmt::Display for CatalogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for CatalogError {}

/// All sentences of all languages, built once.
pub struct Catalog {
    en: FluentBundle<FluentResource>,
    zh: FluentBundle<FluentResource>,
}

impl Catalog {
    /// The files of this crate; every area adds its own.
    pub const WEB: [(Lang, &'static str); 6] = [
        (Lang::En, include_str!("../i18n/en/web.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/web.ftl")),
        (Lang::En, include_str!("../i18n/en/records.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/records.ftl")),
        (Lang::En, include_str!("../i18n/en/errors.ftl")),
        (Lang::ZhCn, include_str!("../i18n/zh-CN/errors.ftl")),
    ];

    /// Reads the files. A syntax error or a key that is there twice is refused, with its name.
    pub fn new(files: &[(Lang, &'static str)]) -> Result<Catalog, CatalogError> {
        let mut catalog = Catalog {
            en: bundle(Lang::En),
            zh: bundle(Lang::ZhCn),
        };
        for (lang, text) in files {
            let resource = FluentResource::try_new((*text).to_owned())
                .map_err(|(_, errors)| CatalogError(format!("{}: {errors:?}", lang.code())))?;
            let into = match lang {
                Lang::En => &mut catalog.en,
                Lang::ZhCn => &mut catalog.zh,
            };
            into.add_resource(resource)
                .map_err(|errors| CatalogError(format!("{}: {errors:?}", lang.code())))?;
        }
        Ok(catalog)
    }

    fn bundle(&self, lang: Lang) -> &FluentBundle<FluentResource> {
        match lang {
            Lang::En => &self.en,
            Lang::ZhCn => &self.zh,
        }
    }
}

fn bundle(lang: Lang) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![lang.code().parse().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(n) if n.value.fract() == 0.0 && n.value.abs() < 9e15 => {
            format!("{:.0}", n.value).parse().ok().map(int)
        }
        _ => None,
    }));
    bundle
}

/// A language, a time zone and the sentences: what a page needs to speak.
#[derive(Clone)]
pub struct Locale {
    /// Language.
    pub lang: Lang,
    /// The reader's time zone.
    pub zone: TimeZone,
    /// The sentences.
    pub catalog: Arc<Catalog>,
}

impl Locale {
    /// The sentence of a key. A missing key is shown as it is and logged.
    pub fn t(&self, key: &str) -> String {
        self.tv(key, &[])
    }

    /// The sentence of a key with arguments.
    pub fn tv(&self, key: &str, args: &[(&str, Arg)]) -> String {
        let bundle = self.catalog.bundle(self.lang);
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
            tracing::error!(key, lang = self.lang.code(), "no such sentence");
            MISSING
                .lock()
                .unwrap_or_else(|p| p.into_inner())
                .insert(format!("{} {key}", self.lang.code()));
            return key.to_owned();
        };
        let mut fluent = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            match arg {
                Arg::Text(t) => fluent.set(*name, t.as_str()),
                Arg::Int(i) => fluent.set(*name, *i),
            }
            // A name told in both scripts: `x_latin` takes the place of `x` for readers of English.
            if let (Some(plain), Arg::Text(t), Lang::En) = (name.strip_suffix("_latin"), arg, self.lang) {
                fluent.set(plain, t.as_str());
            }
        }
        let mut errors = vec![];
        let text = bundle.format_pattern(pattern, Some(&fluent), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(key, lang = self.lang.code(), ?errors, "sentence with gaps");
        }
        text
    }

    /// Is there a sentence of this key?
    pub fn has(&self, key: &str) -> bool {
        self.catalog
            .bundle(self.lang)
            .get_message(key)
            .is_some_and(|m| m.value().is_some())
    }

    /// The sentence of a refusal.
    pub fn error(&self, error: &Error) -> String {
        self.tv(error.code, &error.args)
    }

    /// The sentence of one wrong field.
    pub fn field_error(&self, error: &FieldError) -> String {
        self.tv(error.code, &error.args)
    }

    /// Chinese?
    pub fn is_zh(&self) -> bool {
        self.lang == Lang::ZhCn
    }

    /// A unit of goods: a usual code (`piece`) in the reader's words, anything else as it was written.
    pub fn unit(&self, text: &str) -> String {
        let key = format!("unit-{text}");
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase()) && self.has(&key) {
            self.t(&key)
        } else {
            text.to_owned()
        }
    }

    /// Money, short: `¥18.2万`, `¥182K`. Put [`Locale::money_full`] in the `title`.
    pub fn money(&self, minor: i64, currency: Currency) -> String {
        let unit = 10u128.pow(currency.decimals());
        let minor_abs = u128::from(minor.unsigned_abs());
        let whole = div_round(minor_abs, unit);
        // Small amounts keep their cents: 12.50 is not 12.
        if whole < 100 && minor_abs % unit != 0 {
            return self.money_full(minor, currency);
        }
        let body = if self.is_zh() { short_zh(whole) } else { short_en(whole) };
        format!("{}{}{body}", minus(minor < 0 && whole > 0), currency.sign())
    }

    /// Money in full: `¥182,000.00`.
    pub fn money_full(&self, minor: i64, currency: Currency) -> String {
        let places = currency.decimals();
        format!(
            "{}{}{}",
            minus(minor < 0),
            currency.sign(),
            scaled(minor.unsigned_abs(), places, false)
        )
    }

    /// A quantity in thousandths: `1,200`, `2.5`.
    pub fn qty(&self, milli: i64) -> String {
        format!("{}{}", minus(milli < 0), scaled(milli.unsigned_abs(), 3, true))
    }

    /// Parts per million as a percentage with one decimal: `24.8%`.
    pub fn percent_ppm(&self, ppm: i64) -> String {
        let tenths = div_round(u128::from(ppm.unsigned_abs()), 1000);
        format!(
            "{}{}.{}%",
            minus(ppm < 0 && tenths > 0),
            group(&(tenths / 10).to_string()),
            tenths % 10
        )
    }

    /// A share of one (0.248) as a percentage.
    pub fn percent(&self, share: f64, decimals: usize) -> String {
        self.number(share * 100.0, decimals) + if share.is_finite() { "%" } else { "" }
    }

    /// A fractional number with so many decimals; a dash for what is no number.
    pub fn number(&self, value: f64, decimals: usize) -> String {
        if !value.is_finite() {
            return "—".to_owned();
        }
        let text = format!("{:.decimals$}", value.abs());
        let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{}{}{dot}{rest}", minus(value < 0.0 && !zero), group(whole))
    }

    /// An integer with thousands separators.
    pub fn int(&self, value: i64) -> String {
        int(value)
    }

    /// A day in a sentence: `11月24日 周二`, `Tue 24 Nov`; with the year if it is not this year's.
    pub fn date(&self, day: Date, today: Date) -> String {
        match (self.lang, day.year() == today.year()) {
            (Lang::ZhCn, true) => format!("{}月{}日 周{}", day.month(), day.day(), weekday_zh(day)),
            (Lang::En, true) => format!("{} {} {}", day.strftime("%a"), day.day(), day.strftime("%b")),
            (Lang::ZhCn, false) => self.date_iso(day),
            (Lang::En, false) => format!("{} {}", day.day(), day.strftime("%b %Y")),
        }
    }

    /// A day in a table: `11-24`, `24 Nov`; with the year if it is not this year's.
    pub fn date_short(&self, day: Date, today: Date) -> String {
        match (self.lang, day.year() == today.year()) {
            (Lang::ZhCn, true) => day.strftime("%m-%d").to_string(),
            (Lang::En, true) => format!("{} {}", day.day(), day.strftime("%b")),
            (Lang::ZhCn | Lang::En, false) => self.date(day, today),
        }
    }

    /// A day, unmistakable: `2026-11-24`.
    pub fn date_iso(&self, day: Date) -> String {
        day.to_string()
    }

    /// An instant in the reader's zone: `2026-11-24 14:52`.
    pub fn stamp(&self, at: Stamp) -> String {
        at.timestamp()
            .to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }

    /// The time of day in the reader's zone: `14:52`.
    pub fn time(&self, at: Stamp) -> String {
        at.timestamp().to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// The day of an instant in the reader's zone.
    pub fn day_of(&self, at: Stamp) -> Date {
        at.date(&self.zone)
    }

    /// `3 小时前`, `in 5 min`: within 48 hours; the day otherwise. Put [`Locale::stamp`] in the `title`.
    pub fn relative(&self, at: Stamp, now: Stamp) -> String {
        let seconds = at.0.saturating_sub(now.0) / 1_000_000;
        let size = i64::try_from(seconds.unsigned_abs()).unwrap_or(i64::MAX);
        if size >= 48 * 3600 {
            return self.date(self.day_of(at), self.day_of(now));
        }
        let (unit, n) = match size {
            0..60 => return self.t("web-relative-now"),
            60..3600 => ("minutes", size / 60),
            _ => ("hours", size / 3600),
        };
        let side = if seconds < 0 { "past" } else { "future" };
        self.tv(&format!("web-relative-{side}-{unit}"), &[("n", Arg::Int(n))])
    }
}

#[cfg(test)]
#[path = "locale_tests.rs"]
mod tests;
