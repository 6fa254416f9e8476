//! Guesses from the beginning of a text file what stands between its cells and which row holds the titles.

/// What was found.
pub struct Look {
    /// Between cells.
    pub delimiter: char,
    /// How many records stand before the titles.
    pub header: usize,
}

/// Looks at the first lines.
pub fn look(sample: &str, told: Option<char>) -> Look {
    let candidates: &[char] = match &told {
        Some(c) => std::slice::from_ref(c),
        None => &[',', ';', '\t', '|'],
    };
    let mut best = (0_usize, 0_usize, ',', 0_usize);
    for (rank, c) in candidates.iter().enumerate() {
        let widths = widths(sample, *c);
        let widest = widths.iter().copied().max().unwrap_or(0);
        // The width that most rows have, and how many have it.
        let usual = widths
            .iter()
            .filter(|w| **w > 1)
            .map(|w| (widths.iter().filter(|o| *o == w).count(), *w))
            .max()
            .unwrap_or((0, 1));
        let header = widths.iter().position(|w| w * 2 > widest).unwrap_or(0);
        let score = usual.0 * 1000 + usual.1.min(900);
        if score > best.0 || rank == 0 {
            best = (score, usual.1, *c, header);
        }
    }
    Look {
        delimiter: best.2,
        header: best.3,
    }
}

/// Filled cells of the first records; the last one may be cut off and is left out when others are there.
fn widths(sample: &str, delimiter: char) -> Vec<usize> {
    let Ok(byte) = u8::try_from(delimiter) else {
        return vec![];
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(byte)
        .from_reader(sample.as_bytes());
    let mut out: Vec<usize> = reader
        .byte_records()
        .take(30)
        .filter_map(Result::ok)
        .map(|r| r.iter().rposition(|c| !c.trim_ascii().is_empty()).map_or(0, |i| i + 1))
        .collect();
    if out.len() > 2 && out.len() < 30 {
        out.pop();
    }
    out
}
