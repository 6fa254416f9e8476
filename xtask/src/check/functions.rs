//! Long functions: counted, shown, not refused.

use super::Source;

/// Above this many lines a function is long.
const LONG: usize = 60;

/// How many of the longest are named.
const SHOWN: usize = 5;

/// One line for the number, one for each of the longest.
pub fn summary(sources: &[Source]) -> String {
    let mut long = Vec::new();
    for source in sources.iter().filter(|source| !source.file.is_test()) {
        let tests = source.text.test_blocks();
        for start in source.text.find("fn") {
            let Some(block) = source.text.block(start) else {
                continue;
            };
            let first = source.text.line(start);
            let lines = source.text.line(block.end) - first + 1;
            if lines > LONG && !tests.iter().any(|test| test.contains(&start)) {
                long.push((lines, &source.file.path, first));
            }
        }
    }
    long.sort_by(|a, b| b.cmp(a));
    let mut text = format!("functions: {} longer than {LONG} lines (for information)", long.len());
    for (lines, path, first) in long.iter().take(SHOWN) {
        text.push_str(&format!("\n  {path}:{first}: {lines} lines"));
    }
    text
}
