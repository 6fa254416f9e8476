//! What a customer stated, held against what could be offered; pure.

use zhike_contract::Leaning;

/// What must be known of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Id.
    pub id: i64,
    /// Everything by which somebody might name it or its category, in small letters.
    pub words: Vec<String>,
    /// Code of its category, if it has one.
    pub category: String,
}

/// How a product stands to what was stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Nothing was stated about it.
    Open,
    /// The customer named it, or its kind, as an interest.
    Wanted,
    /// The customer refused its kind.
    Unwanted,
}

/// Words shorter than this are found in too much.
const SHORTEST: usize = 2;

/// How a product stands. A topic whose code is that of a category speaks of that category.
pub fn fit(leaning: &Leaning, item: &Item) -> Fit {
    let named =
        |list: &[String]| !item.category.is_empty() && list.iter().any(|t| t.eq_ignore_ascii_case(&item.category));
    if named(&leaning.unwanted) {
        return Fit::Unwanted;
    }
    let said = leaning.interests.to_lowercase();
    let spoken = |w: &String| w.chars().count() >= SHORTEST && said.contains(w.as_str());
    if named(&leaning.wanted) || (!said.is_empty() && item.words.iter().any(spoken)) {
        return Fit::Wanted;
    }
    Fit::Open
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_stated_counts() {
        let item = Item {
            id: 1,
            words: vec!["采集网关".into(), "data gateways".into(), "gw10".into()],
            category: "gateway".into(),
        };
        let said = |interests: &str, wanted: &[&str], unwanted: &[&str]| {
            let own = |l: &[&str]| l.iter().map(|t| (*t).to_owned()).collect();
            let leaning = Leaning {
                wanted: own(wanted),
                unwanted: own(unwanted),
                interests: interests.to_owned(),
            };
            (fit(&leaning, &item), leaning.closed())
        };
        assert_eq!(said("", &[], &[]), (Fit::Open, false));
        assert_eq!(said("茶叶，采集网关", &[], &[]), (Fit::Wanted, false));
        assert_eq!(said("new Data Gateways", &[], &[]), (Fit::Wanted, false));
        assert_eq!(said("", &["offers", "Gateway"], &[]), (Fit::Wanted, false));
        assert_eq!(said("采集网关", &[], &["gateway"]), (Fit::Unwanted, false));
        assert_eq!(said("", &[], &["offers"]), (Fit::Open, true));
        assert_eq!(
            said("", &["tips"], &[]),
            (Fit::Open, true),
            "once named, other topics are not wanted"
        );
    }
}
