//! The house limits that a machine can see.

use super::{Finding, Source, files::File};

/// Most lines of a file, and of a file of tests.
const LINES: usize = 400;
const TEST_LINES: usize = 800;

/// What must not stand in code, and what to do instead.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "write it, or leave the whole feature out"),
    ("unimplemented!", "write it, or leave the whole feature out"),
    ("#[ignore]", "mend the test or delete it"),
    ("#[ignore =", "mend the test or delete it"),
];

/// Places on one machine. Split, so that this file does not find itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/work", "/main"),
    concat!("/work", "/shared"),
    concat!("/work", "/target"),
    concat!("/work", "/."),
    concat!("/tmp", "/zt"),
    concat!("/home", "/"),
    concat!("/root", "/"),
    concat!("/Users", "/"),
];

/// Looks at every file.
pub fn check(files: &[File], sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        rust(source, &mut findings);
    }
    for file in files {
        machine_paths(file, &mut findings);
    }
    findings
}

fn rust(source: &Source, findings: &mut Vec<Finding>) {
    let Source { file, text } = source;
    let mut add = |line, what: String| findings.push(Finding::new(&file.path, line, what));
    let limit = if file.is_test() { TEST_LINES } else { LINES };
    let lines = file.text.lines().count();
    if lines > limit {
        add(
            limit + 1,
            format!("{lines} lines, {limit} are the limit; split it by subject"),
        );
    }
    if !file.text.starts_with("//!") {
        add(1, "the first line must be `//!` and say what the file is".to_owned());
    }
    for (pattern, mend) in UNFINISHED {
        for place in text.find(pattern) {
            add(text.line(place), format!("`{pattern}` is unfinished work; {mend}"));
        }
    }
    // Who may make a permit decides whom the house may reach: the gate alone. Split, so that this file does not find itself.
    if !file.path.starts_with("crates/area/consent/src/") {
        for place in text.find(concat!("Permit::", "grant")) {
            let mend = "ask `contract::Gate` or hand the message to `contract::Outbound`";
            add(
                text.line(place),
                format!("a permit is made by the gate alone (area consent); {mend}"),
            );
        }
    }
    // The run on PostgreSQL takes the files in tests/ only.
    if !file.is_test() && !file.path.starts_with("crates/testkit/") {
        for place in text.find("zhike_testkit") {
            let mend = "move the test to the crate's tests/, where it also runs on PostgreSQL";
            add(
                text.line(place),
                format!("a test with a database stands in src/; {mend}"),
            );
        }
    }
}

fn machine_paths(file: &File, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        for path in MACHINE_PATHS {
            // `https://example.org/home/` is not a place on a machine.
            let stands_alone = |at: usize| {
                let before = line.as_bytes().get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
                !before.is_ascii_alphanumeric() && !b"-_.}".contains(&before)
            };
            if line.match_indices(path).any(|(at, _)| stands_alone(at)) {
                let what =
                    format!("`{path}` is a place on one machine; name it relative to the checkout or ask for it");
                findings.push(Finding::new(&file.path, index + 1, what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::rust_text::RustText;

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        let files = [File {
            path: path.to_owned(),
            text: text.to_owned(),
        }];
        let sources: Vec<Source> = files
            .iter()
            .map(|file| Source {
                file,
                text: RustText::new(&file.text),
            })
            .collect();
        check(&files, &sources)
            .into_iter()
            .map(|finding| (finding.line, finding.what))
            .collect()
    }

    #[test]
    fn only_the_gate_makes_permits() {
        let text = concat!("//! What.\nfn a() { Permit::", "grant(1, c, a, 2); }\n");
        assert_eq!(found("crates/area/consent/src/gate.rs", text), []);
        assert_eq!(found("crates/area/inbox/src/mail.rs", text)[0].0, 2);
        let talk = concat!("//! What.\n/// See `Permit::", "grant`.\nfn a() {}\n");
        assert_eq!(found("crates/contract/src/gate.rs", talk), []);
    }

    #[test]
    fn a_good_file_passes() {
        let text = concat!(
            "//! What.\n// todo!() in a comment\nconst A: &str = \"todo!\"; // https://x.org/ho",
            "me/\n"
        );
        assert_eq!(found("crates/a/src/b.rs", text), []);
    }

    #[test]
    fn each_rule_is_seen() {
        let lines = |text: &str| {
            found("crates/a/src/b.rs", text)
                .iter()
                .map(|found| found.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(lines("// no\n"), [1]);
        assert_eq!(lines("//! Yes.\nfn f() { todo!() }\n#[ignore]\nfn g() {}\n"), [2, 3]);
        assert_eq!(lines(concat!("//! Yes.\n\nconst A: &str = \"/ho", "me/x\";\n")), [3]);
        assert_eq!(lines("//! Yes.\nuse zhike_testkit::TestApp;\n"), [2]);
        assert_eq!(
            found("crates/a/tests/b.rs", "//! Yes.\nuse zhike_testkit::TestApp;\n"),
            []
        );
        let long = format!("//! Yes.\n{}", "\n".repeat(LINES));
        assert_eq!(lines(&long), [LINES + 1]);
        assert_eq!(found("crates/a/tests/b.rs", &long), []);
    }
}
