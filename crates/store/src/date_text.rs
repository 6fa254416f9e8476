//! Days as files and people write them.

/// Reads the ways in which files write a day: `2026-11-24`, `2026/11/24`, `20261124`, `2026年11月24日`, `24.11.2026`,
/// `2026-11-24T10:00`, `11/24/2026` only when it cannot be day first (an ambiguous one is refused: say the format in the mapping).
pub fn parse_date(text: &str) -> Option<zhike_kernel::Date> {
    let folded = zhike_kernel::text::fold_width(text.trim());
    let day = folded.split(['T', ' ']).next().unwrap_or("");
    if let Some(d) = ymd(day) {
        return Some(d);
    }
    let normal = day.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let parts: Vec<i16> = normal.split('-').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let date = |y: i16, m: i16, d: i16| zhike_kernel::Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok();
    match parts.as_slice() {
        [y, m, d] if *y >= 1000 => date(*y, *m, *d),
        [d, m, y] if *y >= 1000 && day.contains('.') => date(*y, *m, *d),
        [a, b, y] if *y >= 1000 && *a > 12 => date(*y, *b, *a),
        [a, b, y] if *y >= 1000 && (*b > 12 || a == b) => date(*y, *a, *b),
        _ => None,
    }
}

fn ymd(day: &str) -> Option<zhike_kernel::Date> {
    if day.len() == 10 && day.as_bytes().get(4) == Some(&b'-') {
        return day.parse().ok();
    }
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{}-{}-{}", day.get(0..4)?, day.get(4..6)?, day.get(6..8)?)
            .parse()
            .ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_forms_and_refuses_what_is_ambiguous_or_impossible() {
        let want = Some(jiff::civil::date(2026, 11, 24));
        for text in [
            "2026-11-24",
            "2026/11/24",
            "20261124",
            "2026年11月24日",
            "24.11.2026",
            "24/11/2026",
            "11/24/2026",
            "2026-11-24T10:00",
            "２０２６-11-24",
        ] {
            assert_eq!(parse_date(text), want, "{text}");
        }
        for text in [
            "03/04/2026",
            "2026-02-30",
            "2026-13-01",
            "yesterday",
            "",
            "1/2",
            "99999999",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
