//! Letters for window envelopes, and addresses for sheets of labels.

use crate::Letterhead;

/// A letter, worded already.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// In Chinese? Else in English.
    pub zh: bool,
    /// The recipient, one line each.
    pub to: Vec<String>,
    /// Facts at the right of the recipient: name and value.
    pub facts: Vec<(String, String)>,
    /// What it is about.
    pub subject: String,
    /// Its text; an empty line begins a paragraph.
    pub text: String,
    /// What the reader is asked to do with the code.
    pub ask: String,
    /// The code for an answer; empty for none.
    pub code: String,
    /// The page's number: words before it, between it and the count of pages, and after.
    pub page: [String; 3],
}

/// Letters that are printed together.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    /// Sender.
    pub head: Letterhead,
    /// What they are called together.
    pub number: String,
    /// One after the other, each from a page of its own.
    pub letters: Vec<Letter>,
}

/// How the labels lie on a sheet of A4, in tenths of a millimetre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelSheet {
    /// Its word, as chosen.
    pub word: &'static str,
    /// Labels side by side.
    pub columns: u32,
    /// Labels one below the other.
    pub rows: u32,
    /// Width of one.
    pub width: u32,
    /// Height of one.
    pub height: u32,
    /// From the left edge to the first.
    pub left: u32,
    /// From the upper edge to the first.
    pub top: u32,
    /// From the left edge of one to that of the next.
    pub across: u32,
    /// From the upper edge of one to that of the next.
    pub down: u32,
}

impl LabelSheet {
    const fn new(
        word: &'static str,
        grid: (u32, u32),
        size: (u32, u32),
        edge: (u32, u32),
        step: (u32, u32),
    ) -> LabelSheet {
        LabelSheet {
            word,
            columns: grid.0,
            rows: grid.1,
            width: size.0,
            height: size.1,
            left: edge.0,
            top: edge.1,
            across: step.0,
            down: step.1,
        }
    }
    /// Sheets that shops sell: 24 of 70 × 37, 24 of 64 × 33.9, 21 of 63.5 × 38.1, 14 of 99.1 × 38.1, 8 of 105 × 74 (mm).
    pub const ALL: [LabelSheet; 5] = [
        LabelSheet::new("3x8", (3, 8), (700, 370), (0, 5), (700, 370)),
        LabelSheet::new("3x8-gap", (3, 8), (640, 339), (72, 129), (660, 339)),
        LabelSheet::new("3x7", (3, 7), (635, 381), (72, 151), (660, 381)),
        LabelSheet::new("2x7", (2, 7), (991, 381), (47, 151), (1016, 381)),
        LabelSheet::new("2x4", (2, 4), (1050, 740), (0, 5), (1050, 740)),
    ];
    /// The sheet of a word.
    pub fn of(word: &str) -> Option<LabelSheet> {
        LabelSheet::ALL.into_iter().find(|s| s.word == word)
    }
    /// How many labels a sheet has.
    pub const fn count(&self) -> u32 {
        self.columns * self.rows
    }
}

/// Addresses for a sheet of labels.
#[derive(Clone, Debug)]
pub struct Labels {
    /// What they are called together.
    pub number: String,
    /// How they lie.
    pub sheet: LabelSheet,
    /// Labels that were used already on the first sheet.
    pub skip: u32,
    /// One address each, one line each.
    pub labels: Vec<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lie_on_the_sheet_and_not_on_one_another() {
        for s in LabelSheet::ALL {
            assert!(s.across >= s.width && s.down >= s.height, "{}", s.word);
            assert!(s.left + (s.columns - 1) * s.across + s.width <= 2_100, "{}", s.word);
            assert!(s.top + (s.rows - 1) * s.down + s.height <= 2_970, "{}", s.word);
            assert_eq!(LabelSheet::of(s.word), Some(s));
        }
    }

    #[cfg(feature = "pdf")]
    #[test]
    fn letters_and_labels_are_set_whatever_stands_in_them() {
        let odd = Letter {
            zh: true,
            to: vec!["苏州市 #1 *路* \\ [x]".into(), "李雷 收".into()],
            facts: vec![("日期".into(), "2026-11-22".into())],
            subject: "关于 $x$ <script> @a".into(),
            text: format!("您好！\n#set page(width: 1mm)\n\n{}", "很长的一段文字。".repeat(900)),
            ask: "回信请注明".into(),
            code: "K7MP-X4Q".into(),
            page: ["第 ".into(), " 页，共 ".into(), " 页".into()],
        };
        let plain = Letter {
            to: vec!["Harbour Works".into()],
            ..Letter::default()
        };
        let mail = Letters {
            letters: vec![odd, plain],
            number: "LB-1".into(),
            ..Letters::default()
        };
        let pdf = crate::letters(&mail).unwrap();
        assert!(pdf.starts_with(b"%PDF"));
        for sheet in LabelSheet::ALL {
            let labels = Labels {
                number: "LB-1".into(),
                sheet,
                skip: 5,
                labels: vec![vec!["李雷".into(), "#x".into()]; 30],
            };
            assert!(crate::labels(&labels).unwrap().starts_with(b"%PDF"));
        }
    }
}
