//! Names and numbers in the form in which they are compared, how alike two parties are, and how a telephone is masked.
//! Pure functions.

use zhike_kernel::text::{digits, fold, fold_width, is_han};

/// Words that say what sort of company it is; they tell nobody apart. Longest first.
const HAN_FORMS: [&str; 6] = [
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "有限公司",
    "股份公司",
    "责任公司",
];
/// The same at the end only: in the middle they belong to the name (`公司` of a branch office).
const HAN_ENDS: [&str; 3] = ["集团公司", "公司", "集团"];
/// The same in Latin script, as last words.
const LATIN_ENDS: [&str; 31] = [
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "co",
    "corp",
    "corporation",
    "company",
    "llc",
    "llp",
    "lp",
    "plc",
    "gmbh",
    "ag",
    "kg",
    "sa",
    "srl",
    "spa",
    "sarl",
    "sas",
    "bv",
    "nv",
    "ab",
    "as",
    "oy",
    "aps",
    "pty",
    "pte",
    "kk",
    "group",
    "holding",
];

/// A name without spaces, punctuation, width, case and company form: equal keys are probably one party.
pub fn name_key(name: &str) -> Option<String> {
    let folded = fold(name)
        .replace("s.r.l", "srl")
        .replace("s.p.a", "spa")
        .replace("s.a", "sa");
    let mut words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .collect();
    if words.first() == Some(&"the") && words.len() > 1 {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|w| LATIN_ENDS.contains(w)) {
        words.pop();
    }
    let whole = words.concat();
    if whole.is_empty() {
        return None;
    }
    if !whole.chars().any(is_han) {
        return Some(whole);
    }
    let mut key = whole.clone();
    for form in HAN_FORMS {
        key = key.replace(form, "");
    }
    if !key.ends_with("分公司") {
        for end in HAN_ENDS {
            if let Some(rest) = key.strip_suffix(end).filter(|r| r.chars().count() > 1) {
                key = rest.to_owned();
                break;
            }
        }
    }
    Some(if key.is_empty() { whole } else { key })
}

/// The last eight digits of a telephone number (seven, if it has no more), without an extension.
pub fn phone_key(phone: &str) -> Option<String> {
    let digits = phone_digits(phone);
    (digits.len() >= 7).then(|| last(&digits, 8))
}

fn last(text: &str, count: usize) -> String {
    let skip = text.chars().count().saturating_sub(count);
    text.chars().skip(skip).collect()
}

/// All digits of a number, without an extension such as `转801`, `ext. 5`, `x12`, `#3`, `-801` behind a whole number.
fn phone_digits(phone: &str) -> String {
    let folded = fold_width(phone).to_lowercase();
    let main = ["转", "分机", "ext", "x", "#"]
        .iter()
        .filter_map(|mark| folded.split_once(mark).map(|(before, _)| before))
        .min_by_key(|before| before.len())
        .unwrap_or(&folded);
    if let Some((before, after)) = main.rsplit_once('-')
        && digits(before).len() >= 10
        && digits(after).len() <= 4
    {
        return digits(before);
    }
    digits(main)
}

/// The same telephone, however the country and area code are written?
pub fn same_phone(a: &str, b: &str) -> bool {
    let (a, b) = (phone_digits(a), phone_digits(b));
    if a.len() < 7 || b.len() < 7 {
        return false;
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a == b || a.ends_with(b) || b.ends_with(a)
}

/// What is compared of a party.
#[derive(Clone, Debug, Default)]
pub struct Likeness {
    /// Name.
    pub name: String,
    /// Second name, in Latin script.
    pub name_latin: String,
    /// A person (else an organisation).
    pub person: bool,
    /// Telephones.
    pub phones: Vec<String>,
    /// Mail address.
    pub email: String,
    /// Tax number.
    pub tax_number: String,
    /// City.
    pub city: String,
}

/// How alike two parties are, 0 to 100, and why: keys `party-reason-…`.
pub fn score(a: &Likeness, b: &Likeness) -> (i64, Vec<&'static str>) {
    let mut points = 0;
    let mut why = vec![];
    let mut add = |n, key| {
        points += n;
        why.push(key);
    };
    let key = |text: &str| name_key(text).unwrap_or_default();
    let (name_a, name_b) = (key(&a.name), key(&b.name));
    let latin = [
        (&a.name_latin, &b.name_latin),
        (&a.name_latin, &b.name),
        (&a.name, &b.name_latin),
    ];
    if !name_a.is_empty() && name_a == name_b {
        add(if a.person { 35 } else { 55 }, "same-name");
    } else if latin
        .iter()
        .any(|(x, y)| !x.is_empty() && !y.is_empty() && key(x) == key(y))
    {
        add(45, "same-latin");
    } else if dice(&name_a, &name_b) >= 0.6 {
        add(30, "like-name");
    }
    let phones = |same: bool| {
        a.phones.iter().any(|x| {
            b.phones.iter().any(|y| {
                if same {
                    same_phone(x, y)
                } else {
                    phone_key(x).is_some_and(|k| Some(k) == phone_key(y))
                }
            })
        })
    };
    if phones(true) {
        add(35, "same-phone");
    } else if phones(false) {
        add(15, "like-phone");
    }
    if !a.email.is_empty() && fold(&a.email) == fold(&b.email) {
        add(40, "same-email");
    }
    let (tax_a, tax_b) = (fold(&a.tax_number), fold(&b.tax_number));
    if !tax_a.is_empty() && tax_a == tax_b {
        add(60, "same-tax");
    } else if !tax_a.is_empty() && !tax_b.is_empty() {
        add(-45, "other-tax");
    }
    if !a.city.is_empty() && !b.city.is_empty() {
        if fold(&a.city) == fold(&b.city) {
            add(5, "same-city");
        } else {
            add(-10, "other-city");
        }
    }
    if a.person != b.person {
        add(-25, "other-kind");
    }
    (points.clamp(0, 100), why)
}

/// Share of neighbouring pairs of characters that two texts have in common.
fn dice(a: &str, b: &str) -> f64 {
    let pairs = |t: &str| -> Vec<(char, char)> {
        let chars: Vec<char> = t.chars().collect();
        chars.iter().copied().zip(chars.iter().copied().skip(1)).collect()
    };
    let (mut left, right) = (pairs(a), pairs(b));
    let all = left.len() + right.len();
    if all == 0 {
        return 0.0;
    }
    let mut common = 0_u32;
    for pair in &right {
        if let Some(i) = left.iter().position(|p| p == pair) {
            left.swap_remove(i);
            common += 1;
        }
    }
    2.0 * f64::from(common) / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

/// Trimmed, spaces collapsed; a Chinese person's name has none inside (`张 三`).
pub fn tidy_name(name: &str, person: bool) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let han = words.iter().all(|w| w.chars().all(is_han));
    words.join(if person && han { "" } else { " " })
}

/// A tax number as authorities write it: half width, upper case, without spaces.
pub fn tidy_tax(number: &str) -> String {
    fold_width(number).to_uppercase().split_whitespace().collect()
}

/// Would a party below `parent` close a circle? `parent_of` tells the parent of each.
pub fn closes_circle(child: i64, parent: i64, parent_of: impl Fn(i64) -> Option<i64>) -> bool {
    let mut at = Some(parent);
    for _ in 0..64 {
        match at {
            None => return false,
            Some(id) if id == child => return true,
            Some(id) => at = parent_of(id),
        }
    }
    // Deeper than any group of companies: there is a circle already.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_in_many_spellings_has_one_key() {
        let same = |a: &str, b: &str| assert_eq!(name_key(a), name_key(b), "{a} / {b}");
        same("青禾乳业（苏州）有限公司", "青禾乳业(苏州)有限公司");
        same("青禾乳业（苏州）有限公司", "青禾乳业 苏州");
        same("青禾乳业股份有限公司", "青禾乳业集团");
        same("ACME Tools Ltd.", "Acme Tools Limited");
        same("ＡＣＭＥ　Ｔｏｏｌｓ", "The Acme Tools Co., Ltd.");
        same("Müller GmbH & Co. KG", "müller");
        assert_ne!(name_key("青禾乳业有限公司"), name_key("青禾乳业有限公司苏州分公司"));
        assert_ne!(name_key("Acme Tools"), name_key("Acme Tooling"));
        assert_eq!(name_key("公司").as_deref(), Some("公司"));
        assert_eq!(name_key("Limited").as_deref(), Some("limited"));
        assert_eq!(name_key(" （）- "), None);
    }

    #[test]
    fn telephones_meet_whatever_stands_before_and_behind() {
        assert_eq!(phone_key("＋86 158-0000-6631"), phone_key("15800006631"));
        assert_eq!(phone_key("0512-62881234 转 801"), phone_key("62881234"));
        assert_eq!(phone_key("0512-62881234-801"), phone_key("62881234"));
        assert_eq!(phone_key("12345"), None);
        assert!(same_phone("+86 158 0000 6631", "15800006631"));
        assert!(same_phone("(0512) 6288 1234", "62881234"));
        assert!(!same_phone("13900006631", "15800006631"));
    }

    fn firm(name: &str) -> Likeness {
        Likeness {
            name: name.into(),
            ..Likeness::default()
        }
    }

    #[test]
    fn the_score_says_why() {
        let a = Likeness {
            phones: vec!["0512-62881234".into()],
            city: "苏州".into(),
            ..firm("青禾乳业（苏州）有限公司")
        };
        let b = Likeness {
            phones: vec!["62881234".into()],
            city: "苏州".into(),
            ..firm("青禾乳业 苏州")
        };
        assert_eq!(score(&a, &b), (95, vec!["same-name", "same-phone", "same-city"]));
        assert_eq!(score(&a, &firm("云岭茶业")).0, 0);
        let (near, why) = score(&firm("青禾乳业"), &firm("青禾乳业科技"));
        assert!((20..50).contains(&near) && why == ["like-name"]);
        let taxed = |tax: &str| Likeness {
            tax_number: tax.into(),
            ..firm("Acme")
        };
        assert!(score(&taxed("91320500AB"), &taxed("９１３２０５００ab")).0 >= 100);
        assert!(score(&taxed("1"), &taxed("2")).0 <= 10);
    }

    #[test]
    fn names_are_tidied_for_people_and_companies() {
        assert_eq!(tidy_name("　张 三 ", true), "张三");
        assert_eq!(tidy_name(" Anna   Berg ", true), "Anna Berg");
        assert_eq!(tidy_name("青禾乳业  苏州", false), "青禾乳业 苏州");
        assert_eq!(tidy_tax(" ９１３２0500ab 12 "), "91320500AB12");
    }

    #[test]
    fn a_group_has_no_circle() {
        let parents = |id| match id {
            3 => Some(2),
            2 => Some(1),
            _ => None,
        };
        assert!(closes_circle(1, 3, parents));
        assert!(closes_circle(1, 1, parents));
        assert!(!closes_circle(4, 3, parents));
        assert!(
            closes_circle(9, 5, |id| Some(if id == 5 { 6 } else { 5 })),
            "a circle above is refused too"
        );
    }
}
