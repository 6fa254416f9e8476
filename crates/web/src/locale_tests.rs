//! Formats in both languages, and the catalogues themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use jiff::civil::date;
use std::collections::BTreeSet;

pub(crate) fn locale(lang: Lang) -> Locale {
    Locale {
        lang,
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        catalog: Arc::new(Catalog::new(&Catalog::WEB).unwrap()),
    }
}

fn keys(lang: Lang) -> BTreeSet<String> {
    Catalog::WEB
        .iter()
        .filter(|(l, _)| *l == lang)
        .flat_map(|(_, text)| text.lines())
        .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|l| l.split_once(" =").map(|(k, _)| k.to_owned()))
        .collect()
}

/// The variables of each message, by key.
fn variables(lang: Lang) -> Vec<(String, BTreeSet<String>)> {
    let mut out: Vec<(String, BTreeSet<String>)> = vec![];
    for line in Catalog::WEB
        .iter()
        .filter(|(l, _)| *l == lang)
        .flat_map(|(_, text)| text.lines())
    {
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with(|c: char| c.is_ascii_lowercase())
            && let Some((key, _)) = line.split_once(" =")
        {
            out.push((key.to_owned(), BTreeSet::new()));
        }
        for piece in line.split('$').skip(1) {
            let name: String = piece
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            out.last_mut().unwrap().1.insert(name);
        }
    }
    out.sort();
    out
}

#[test]
fn both_languages_have_the_same_keys_and_variables() {
    assert_eq!(keys(Lang::En), keys(Lang::ZhCn));
    assert_eq!(variables(Lang::En), variables(Lang::ZhCn));
    for lang in Lang::ALL {
        let loc = locale(lang);
        for key in keys(lang) {
            assert!(loc.has(&key), "{key}");
        }
    }
}

#[test]
fn a_key_there_twice_is_refused_by_name() {
    let twice = [(Lang::En, "same = a\n"), (Lang::En, "same = b\n")];
    let error = Catalog::new(&twice).err().unwrap().to_string();
    assert!(error.contains("same"), "{error}");
    assert!(Catalog::new(&[(Lang::En, "no message here\n")]).is_err());
}

#[test]
fn languages_are_read_from_codes_and_headers() {
    assert_eq!(Lang::parse("zh_Hans_CN"), Some(Lang::ZhCn));
    assert_eq!(Lang::parse("fr"), None);
    assert_eq!(Lang::accept("fr-FR, en;q=0.4, zh-CN;q=0.8"), Some(Lang::ZhCn));
    assert_eq!(Lang::accept("en-GB,en;q=0.9,zh;q=0.8"), Some(Lang::En));
    assert_eq!(Lang::accept("zh;q=0, en;q=0.1"), Some(Lang::En));
    assert_eq!(Lang::accept("de"), None);
}

#[test]
fn money_is_short_in_the_way_of_each_language() {
    let (zh, en) = (locale(Lang::ZhCn), locale(Lang::En));
    let cny = Currency::CNY;
    for (minor, chinese, english) in [
        (0, "¥0", "¥0"),
        (1250, "¥12.50", "¥12.50"),
        (-1, "−¥0.01", "−¥0.01"),
        (980_000, "¥9,800", "¥9,800"),
        (999_960, "¥1万", "¥10K"),
        (18_200_000, "¥18.2万", "¥182K"),
        (-18_200_000, "−¥18.2万", "−¥182K"),
        (99_996_000, "¥100万", "¥1.00M"),
        (382_600_000, "¥382.6万", "¥3.83M"),
        (999_996_000, "¥1,000万", "¥10.00M"),
        (2_176_000_000, "¥2,176万", "¥21.76M"),
        (9_999_960_000, "¥1.00亿", "¥100.00M"),
        (11_700_000_000, "¥1.17亿", "¥117.00M"),
        (117_000_000_000, "¥11.70亿", "¥1.17B"),
    ] {
        assert_eq!(zh.money(minor, cny), chinese, "{minor}");
        assert_eq!(en.money(minor, cny), english, "{minor}");
    }
    assert_eq!(zh.money_full(18_200_000, cny), "¥182,000.00");
    assert_eq!(en.money_full(-5, cny), "−¥0.05");
    assert_eq!(
        en.money_full(1_234_567, Currency::parse("JPY").unwrap()),
        "JP¥1,234,567"
    );
    assert_eq!(en.money_full(i64::MIN, cny), "−¥92,233,720,368,547,758.08");
}

#[test]
fn numbers_have_separators_and_a_true_minus() {
    for loc in Lang::ALL.map(locale) {
        assert_eq!(loc.int(-1_234_567), "−1,234,567");
        assert_eq!(loc.int(999), "999");
        assert_eq!(loc.qty(1_200_000), "1,200");
        assert_eq!(loc.qty(-2_500), "−2.5");
        assert_eq!(loc.qty(1), "0.001");
        assert_eq!(loc.percent_ppm(248_000), "24.8%");
        assert_eq!(loc.percent_ppm(-18_050), "−1.8%");
        assert_eq!(loc.percent_ppm(-1), "0.0%");
        assert_eq!(loc.percent(0.1234, 1), "12.3%");
        assert_eq!(loc.percent(-0.5, 0), "−50%");
        assert_eq!(loc.percent(f64::NAN, 1), "—");
        assert_eq!(loc.number(12_345.678, 2), "12,345.68");
        assert_eq!(loc.number(-0.001, 2), "0.00");
    }
}

#[test]
fn days_and_moments() {
    let (zh, en) = (locale(Lang::ZhCn), locale(Lang::En));
    let (day, today) = (date(2026, 11, 24), date(2026, 12, 1));
    assert_eq!(zh.date(day, today), "11月24日 周二");
    assert_eq!(en.date(day, today), "Tue 24 Nov");
    assert_eq!(zh.date(day, date(2027, 1, 1)), "2026-11-24");
    assert_eq!(en.date(day, date(2027, 1, 1)), "24 Nov 2026");
    assert_eq!(zh.date_short(day, today), "11-24");
    assert_eq!(en.date_short(day, today), "24 Nov");
    let now = Stamp(
        date(2026, 11, 24)
            .at(8, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap()
            .timestamp()
            .as_microsecond(),
    );
    assert_eq!(zh.stamp(now), "2026-11-24 16:00");
    assert_eq!(en.time(now), "16:00");
    for (seconds, chinese, english) in [
        (-20, "刚刚", "just now"),
        (-300, "5 分钟前", "5 min ago"),
        (-7200, "2 小时前", "2 h ago"),
        (300, "5 分钟后", "in 5 min"),
        (47 * 3600, "47 小时后", "in 47 h"),
        (-48 * 3600, "11月22日 周日", "Sun 22 Nov"),
    ] {
        assert_eq!(zh.relative(now.plus_seconds(seconds), now), chinese);
        assert_eq!(en.relative(now.plus_seconds(seconds), now), english);
    }
}

#[test]
fn refusals_speak_and_missing_keys_show_themselves() {
    let en = locale(Lang::En);
    assert_eq!(
        en.error(&Error::too_many(1500)),
        "Too many tries. Try again in 1,500 seconds."
    );
    assert_eq!(en.t("no-such-key"), "no-such-key");
    assert!(!en.has("no-such-key"));
    for loc in Lang::ALL.map(locale) {
        for error in [
            Error::fields(vec![]),
            Error::forbidden("party.edit"),
            Error::unknown(),
            Error::missing(),
            Error::stale(),
            Error::too_many(3),
            Error::broken("x"),
        ] {
            assert!(loc.has(error.code), "{}", error.code);
        }
    }
}
