//! What kind of case a text is, and how urgent, learnt from the house's own cases: multinomial naive Bayes over pairs and
//! triples of characters. Nothing is decided by it: it is a suggestion with its confidence, and each answer to it is kept.

use std::collections::HashMap;

/// Longest text that is looked at.
const MOST: usize = 2_000;
/// Weight of what was never seen.
const SMOOTH: f64 = 0.3;

/// Pieces of a text: runs of two and three characters, without case and signs.
fn pieces(text: &str) -> Vec<String> {
    let folded = zhike_kernel::text::fold(text);
    let chars: Vec<char> = folded
        .chars()
        .take(MOST)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut out = vec![];
    for n in [2, 3] {
        out.extend(
            chars
                .windows(n)
                .filter(|w| {
                    w.iter().filter(|c| **c == ' ').count() == 0
                        || n == 3 && w.iter().filter(|c| **c == ' ').count() == 1
                })
                .map(|w| w.iter().collect()),
        );
    }
    out
}

/// What was learnt.
#[derive(Clone, Debug, Default)]
pub struct Guesser {
    classes: Vec<String>,
    /// Texts and pieces of each class.
    seen: Vec<(f64, f64)>,
    /// Of each piece, how often in each class.
    counts: HashMap<String, Vec<f64>>,
}

impl Guesser {
    /// Learns from texts and their classes.
    pub fn learn<'a>(examples: impl IntoIterator<Item = (&'a str, &'a str)>) -> Guesser {
        let mut g = Guesser::default();
        for (text, class) in examples {
            let at = match g.classes.iter().position(|c| c == class) {
                Some(at) => at,
                None => {
                    g.classes.push(class.to_owned());
                    g.seen.push((0.0, 0.0));
                    g.classes.len() - 1
                }
            };
            let all = pieces(text);
            for piece in all {
                let of = g.counts.entry(piece).or_default();
                if of.len() <= at {
                    of.resize(at + 1, 0.0);
                }
                if let Some(n) = of.get_mut(at) {
                    *n += 1.0;
                }
                if let Some(s) = g.seen.get_mut(at) {
                    s.1 += 1.0;
                }
            }
            if let Some(s) = g.seen.get_mut(at) {
                s.0 += 1.0;
            }
        }
        g
    }

    /// The likeliest class of a text and how sure that is, from 0 to 1.
    pub fn guess(&self, text: &str) -> Option<(&str, f64)> {
        let texts: f64 = self.seen.iter().map(|s| s.0).sum();
        if self.classes.len() < 2 || texts == 0.0 {
            return None;
        }
        #[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "a number of pieces")]
        let words = self.counts.len() as f64;
        let mut scores: Vec<f64> = self.seen.iter().map(|s| (s.0 / texts).ln()).collect();
        let all = pieces(text);
        let known: Vec<&Vec<f64>> = all.iter().filter_map(|p| self.counts.get(p)).collect();
        if known.is_empty() {
            return None;
        }
        for of in &known {
            for (i, score) in scores.iter_mut().enumerate() {
                let n = of.get(i).copied().unwrap_or(0.0);
                let total = self.seen.get(i).map_or(0.0, |s| s.1);
                *score += ((n + SMOOTH) / (total + SMOOTH * words)).ln();
            }
        }
        // Pieces of one text overlap and say the same again: the sureness is that of a third of them.
        #[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "a number of pieces")]
        let soften = 1.0 + known.len() as f64 / 12.0;
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|s| ((s - best) / soften).exp()).sum();
        let at = scores.iter().position(|s| *s >= best)?;
        Some((self.classes.get(at)?.as_str(), 1.0 / sum))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn it_learns_from_few_and_knows_when_it_knows_nothing() {
        let examples = [
            ("流量计读数漂移，请尽快处理", "complaint"),
            ("送货晚了三天，非常不满", "complaint"),
            ("外壳有凹痕，要求更换", "complaint"),
            ("请问低温型号怎么选", "enquiry"),
            ("想了解价格，请寄样册", "enquiry"),
            ("请问有没有无线版本", "enquiry"),
        ];
        let g = Guesser::learn(examples);
        let (class, sure) = g.guess("请问这款的价格").unwrap();
        assert_eq!(class, "enquiry");
        assert!(sure > 0.5 && sure <= 1.0, "{sure}");
        assert_eq!(g.guess("读数又漂移了，要求更换").unwrap().0, "complaint");
        assert_eq!(g.guess("zzz"), None);
        assert_eq!(Guesser::learn([("a b", "x")]).guess("a b"), None);
    }
}
