//! Counts the `test result:` lines of `cargo test` while passing its output on.

use crate::shell;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    /// Adds the numbers of one line, if it is a result line.
    pub fn read(&mut self, line: &str) {
        if let Some(count) = parse(line) {
            self.add(count);
        }
    }

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Reads `test result: ok. 3 passed; 1 failed; ...`.
pub fn parse(line: &str) -> Option<Count> {
    let (_, numbers) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let mut count = Count::default();
    for part in numbers.split("; ") {
        match part.split_once(' ') {
            Some((number, "passed")) => count.passed = number.parse().ok()?,
            Some((number, "failed")) => count.failed = number.parse().ok()?,
            _ => {}
        }
    }
    Some(count)
}

/// Runs tests, passes their output on to `out` and counts. Returns the count and whether the command succeeded.
pub fn run(command: &mut Command, out: &mut impl Write) -> Result<(Count, bool)> {
    let shown = shell::shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown} does not start"))?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            // Bytes, not text: a test may print anything.
            let mut line = line?;
            count.read(&String::from_utf8_lossy(&line));
            line.push(b'\n');
            out.write_all(&line)?;
            out.flush()?;
        }
    }
    Ok((count, child.wait()?.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_result_lines_and_nothing_else() {
        let output = "\
running 4 tests
test a ... ok
test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 1.20s
test result: about 9 passed
the 7 passed; 7 failed of another tool
";
        let mut count = Count::default();
        output.lines().for_each(|line| count.read(line));
        assert_eq!(count, Count { passed: 14, failed: 2 });
    }

    #[test]
    fn counts_a_command_and_sees_its_end() {
        let mut command = shell::command("sh");
        command.args([
            "-c",
            "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101",
        ]);
        let mut out = Vec::new();
        assert_eq!(
            run(&mut command, &mut out).unwrap(),
            (Count { passed: 1, failed: 1 }, false)
        );
        assert_eq!(out, b"test result: FAILED. 1 passed; 1 failed; 0 ignored\n");
    }
}
