//! The text files of the checkout.

use anyhow::{Context, Result};
use std::path::Path;

/// Endings of the files that the checks read.
const ENDINGS: &[&str] = &["rs", "toml", "ftl", "md", "css", "js", "sh", "yml", "sql", "html"];

/// Folders that are not ours or are made by tools.
const SKIPPED: &[&str] = &[
    "target",
    "data",
    "node_modules",
    "fuzz/target",
    "fuzz/corpus",
    "fuzz/artifacts",
];

/// A file with its place below the root, written with `/`.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// The crate's folder, such as `crates/area/party`.
    pub fn crate_folder(&self) -> &str {
        ["/src/", "/tests/", "/benches/", "/i18n/", "/Cargo.toml"]
            .iter()
            .filter_map(|mark| self.path.split_once(mark))
            .map(|(folder, _)| folder)
            .min_by_key(|folder| folder.len())
            .unwrap_or("")
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.ends_with("_tests.rs")
    }
}

/// Reads them all, sorted by path.
pub fn read(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in folder
        .read_dir()
        .with_context(|| format!("{} cannot be read", folder.display()))?
    {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            // `.ci` and `.cargo` are ours; `.git` is not.
            if !SKIPPED.contains(&path.as_str()) && name != ".git" && name != "node_modules" {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() {
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
            if ENDINGS.contains(&ending) || prefix == ".ci/" {
                let bytes = std::fs::read(entry.path()).with_context(|| format!("{path} cannot be read"))?;
                files.push(File {
                    path,
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crate_folder_and_kind() {
        let file = |path: &str| File {
            path: path.to_owned(),
            text: String::new(),
        };
        assert_eq!(
            file("crates/area/party/src/a/tests/b.rs").crate_folder(),
            "crates/area/party"
        );
        assert_eq!(file("crates/web/i18n/zh-CN/web.ftl").crate_folder(), "crates/web");
        assert_eq!(file("Cargo.toml").crate_folder(), "");
        assert!(file("crates/store/tests/tx.rs").is_test());
        assert!(file("crates/area/party/src/merge/tests.rs").is_test());
        assert!(!file("crates/web/src/contests.rs").is_test());
    }
}
