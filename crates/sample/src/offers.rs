//! How the made-up manufacturer sells: a meter configured to order, pressure gauges in variants, a starter kit, a care plan,
//! packages and price books. None of this depends on the seed, and no order of the history refers to it.

/// An option: group, code, Chinese, English, chosen at first, price in yuan, cost in yuan.
pub type OptionRow = (usize, &'static str, &'static str, &'static str, bool, i64, i64);
/// A group: Chinese, English, at least, at most.
pub type GroupRow = (&'static str, &'static str, i64, i64);
/// A rule: kind, if, then, Chinese, English.
pub type RuleRow = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Groups of the configurable meter EM90.
pub const GROUPS: &[GroupRow] = &[
    ("口径", "Size", 1, 1),
    ("内衬", "Lining", 1, 1),
    ("电极", "Electrodes", 1, 1),
    ("输出", "Output", 1, 1),
    ("认证", "Certificate", 0, 1),
    ("附件", "Accessories", 0, 4),
];

/// Its options.
pub const OPTIONS: &[OptionRow] = &[
    (0, "DN050", "DN50", "DN50", true, 0, 0),
    (0, "DN100", "DN100", "DN100", false, 1_900, 1_260),
    (0, "DN200", "DN200", "DN200", false, 6_800, 4_700),
    (0, "DN400", "DN400", "DN400", false, 21_500, 15_200),
    (1, "L-NE", "氯丁橡胶", "Neoprene", true, 0, 0),
    (1, "L-PTFE", "四氟 PTFE", "PTFE", false, 860, 520),
    (1, "L-PFA", "PFA", "PFA", false, 1_480, 930),
    (2, "E-316", "316L 不锈钢", "Stainless 316L", true, 0, 0),
    (2, "E-HC", "哈氏合金 C", "Hastelloy C", false, 1_250, 840),
    (2, "E-TA", "钽", "Tantalum", false, 3_600, 2_750),
    (3, "O-420", "4–20 mA", "4–20 mA", true, 0, 0),
    (3, "O-485", "RS485", "RS485", false, 280, 130),
    (3, "O-4G", "4G 无线", "4G wireless", false, 980, 610),
    (4, "C-EX", "防爆 Ex d", "Ex d", false, 2_400, 1_150),
    (4, "C-HYG", "卫生型 3-A", "Hygienic 3-A", false, 1_900, 980),
    (5, "A-GND", "接地环", "Grounding ring", false, 320, 150),
    (5, "A-BATT", "电池包", "Battery pack", false, 460, 240),
    (5, "A-ANT", "外置天线", "External antenna", false, 120, 45),
    (5, "A-SPLIT", "分体显示", "Remote display", false, 880, 420),
];

/// Its rules.
pub const RULES: &[RuleRow] = &[
    (
        "excludes",
        "DN400",
        "L-PFA",
        "DN400 没有 PFA 内衬",
        "DN400 is not lined with PFA",
    ),
    (
        "excludes",
        "L-NE",
        "E-HC E-TA",
        "橡胶内衬用不了强腐蚀介质的电极，请改用四氟或 PFA 内衬",
        "Electrodes for corrosive media need PTFE or PFA lining",
    ),
    (
        "requires",
        "O-4G",
        "A-ANT",
        "4G 要配外置天线",
        "4G needs the external antenna",
    ),
    (
        "requires",
        "A-BATT",
        "O-4G",
        "电池包只供 4G 型",
        "The battery pack is for 4G only",
    ),
    (
        "excludes",
        "C-EX",
        "A-BATT",
        "防爆型不能用电池包",
        "Ex d does not allow the battery pack",
    ),
    (
        "excludes",
        "C-HYG",
        "DN400",
        "卫生型最大到 DN200",
        "Hygienic meters end at DN200",
    ),
    (
        "requires",
        "C-HYG L-PFA",
        "E-316",
        "卫生型配 PFA 内衬时用 316L 电极",
        "Hygienic with PFA takes 316L electrodes",
    ),
    (
        "requires",
        "E-TA",
        "A-GND",
        "钽电极要配接地环",
        "Tantalum electrodes need the grounding ring",
    ),
];

/// An axis of the gauge PG40: Chinese, English, choices.
pub const AXES: &[(&str, &str, &str)] = &[
    ("量程", "Range", "0.6 MPa\n1.6 MPa\n4 MPa"),
    ("接口", "Thread", "M20\nG1/2\nNPT1/2"),
];

/// Packages: product code, unit, pieces in it.
pub const UNITS: &[(&str, &str, i64)] = &[
    ("UW20-DN015", "carton", 20),
    ("UW20-DN020", "carton", 20),
    ("SP-SEAL", "box", 12),
    ("SP-CABL", "reel", 10),
    ("SP-BATT", "box", 24),
];

/// The starter kit: product code and pieces.
pub const KIT: &[(&str, i64)] = &[("EM50-DN050", 1), ("GW5-4G", 1), ("FS-INST", 1)];

/// For whom a price book is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody.
    All,
    /// Customers of the tier gold.
    Gold,
    /// Orders by this channel.
    Channel(&'static str),
    /// The first customer.
    First,
}

/// An entry: product code, from how many pieces, price in minor units or discount in percent.
pub type EntryRow = (&'static str, i64, Option<i64>, Option<i64>);

/// A price book.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    /// Code.
    pub code: &'static str,
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// Currency.
    pub currency: &'static str,
    /// For whom.
    pub whom: Whom,
    /// First and last day of the running year, `MM-DD`.
    pub days: Option<(&'static str, &'static str)>,
    /// Entries.
    pub entries: &'static [EntryRow],
}

/// All price books.
pub const BOOKS: &[Book] = &[
    Book {
        code: "BREAKS",
        zh: "批量价",
        en: "Quantity prices",
        currency: "CNY",
        whom: Whom::All,
        days: None,
        entries: &[
            ("UW20-DN015", 20, Some(27_200), None),
            ("UW20-DN015", 200, Some(25_800), None),
            ("UW20-DN015", 1_000, Some(24_600), None),
            ("UW20-DN020", 20, Some(31_200), None),
            ("UW20-DN020", 200, Some(29_600), None),
            ("EM50-DN050", 10, None, Some(5)),
            ("EM50-DN050", 50, None, Some(9)),
            ("SP-SEAL", 12, Some(15_200), None),
        ],
    },
    Book {
        code: "GOLD",
        zh: "金牌客户价",
        en: "Gold customers",
        currency: "CNY",
        whom: Whom::Gold,
        days: None,
        entries: &[
            ("EM50-DN050", 0, None, Some(6)),
            ("EM50-DN100", 0, None, Some(6)),
            ("VX30-DN050", 0, None, Some(6)),
            ("EM90", 0, None, Some(4)),
        ],
    },
    Book {
        code: "WEB",
        zh: "网店价",
        en: "Web shop",
        currency: "CNY",
        whom: Whom::Channel("web"),
        days: None,
        entries: &[("SP-SEAL", 0, Some(15_900), None), ("SP-BATT", 0, Some(11_900), None)],
    },
    Book {
        code: "FRAME",
        zh: "框架协议价",
        en: "Frame agreement",
        currency: "CNY",
        whom: Whom::First,
        days: None,
        entries: &[
            ("EM50-DN050", 0, Some(335_000), None),
            ("CA-SITE", 0, Some(105_000), None),
        ],
    },
    Book {
        code: "AUTUMN",
        zh: "秋季促销",
        en: "Autumn offer",
        currency: "CNY",
        whom: Whom::All,
        days: Some(("09-01", "12-31")),
        entries: &[("GW5-LR", 0, Some(131_000), None), ("GW5-EDGE", 2, None, Some(8))],
    },
    Book {
        code: "EXPORT",
        zh: "出口价",
        en: "Export",
        currency: "EUR",
        whom: Whom::All,
        days: None,
        entries: &[
            ("EM50-DN050", 0, Some(52_000), None),
            ("EM50-DN100", 0, Some(79_500), None),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_named_is_there() {
        let products = crate::catalogue::products();
        let known = |sku: &str| sku == "EM90" || products.iter().any(|p| p.sku == sku);
        assert!(UNITS.iter().all(|u| known(u.0)));
        assert!(KIT.iter().all(|k| known(k.0)));
        assert!(
            BOOKS
                .iter()
                .flat_map(|b| b.entries)
                .all(|e| known(e.0) && e.2.is_some() != e.3.is_some())
        );
        assert!(OPTIONS.iter().all(|o| o.0 < GROUPS.len()));
        let option = |code: &str| OPTIONS.iter().any(|o| o.1 == code);
        assert!(RULES.iter().all(|r| r.1.split(' ').chain(r.2.split(' ')).all(option)));
    }
}
