//! The crates of this checkout and their arrows, as `cargo metadata` tells them.

use crate::shell;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;

/// The whole checkout.
pub struct Workspace {
    pub packages: Vec<Package>,
}

/// One crate.
pub struct Package {
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest: PathBuf,
    pub dependencies: Vec<Dependency>,
    /// Names of the files in `tests/`, without the ending.
    pub tests: Vec<String>,
}

/// One line of a `[dependencies]` table.
pub struct Dependency {
    pub name: String,
    /// Of the tests only.
    pub dev: bool,
}

impl Workspace {
    /// Asks cargo.
    pub fn read() -> Result<Self> {
        let text = shell::output(shell::cargo().args(["metadata", "--offline", "--no-deps", "--format-version", "1"]))?;
        Self::parse(&text)
    }

    /// Reads cargo's answer.
    pub fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).context("cargo metadata is not JSON")?;
        let mut packages: Vec<Package> = list(&value["packages"]).iter().map(package).collect();
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { packages })
    }

    /// The test targets that touch a database: those of the store, the jobs, the areas and the server. The browser
    /// tests have a step of their own.
    pub fn database_tests(&self) -> Vec<String> {
        let with_database = |package: &&Package| {
            let name = package.name.as_str();
            matches!(name, "zhike-store" | "zhike-jobs" | "zhike-server") || package.area().is_some()
        };
        let mut names: Vec<String> = self
            .packages
            .iter()
            .filter(with_database)
            .flat_map(|package| package.tests.clone())
            .collect();
        names.retain(|name| name != "browser");
        names.sort();
        names.dedup();
        names
    }

    /// Whether the crate has that test target.
    pub fn has_test(&self, package: &str, test: &str) -> bool {
        self.packages
            .iter()
            .any(|found| found.name == package && found.tests.iter().any(|name| name == test))
    }
}

impl Package {
    /// The area's name, for the crates below `crates/area`.
    pub fn area(&self) -> Option<&str> {
        let folder = self.manifest.parent()?;
        if folder.parent()?.file_name()? != "area" {
            return None;
        }
        folder.file_name()?.to_str()
    }
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        dev: value["kind"].as_str() == Some("dev"),
    };
    let is_test = |target: &&Value| list(&target["kind"]).iter().any(|kind| kind.as_str() == Some("test"));
    Package {
        name: text(&value["name"]),
        manifest: text(&value["manifest_path"]).into(),
        dependencies: list(&value["dependencies"]).iter().map(dependency).collect(),
        tests: list(&value["targets"])
            .iter()
            .filter(is_test)
            .map(|target| text(&target["name"]))
            .collect(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
