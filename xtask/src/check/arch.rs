//! Arrows between crates point down only.

use super::{Finding, files::File};
use crate::shell;
use crate::workspace::{Package, Workspace};

/// The rooms that a room may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("sample", &[]),
    ("xtask", &[]),
    ("value", &["kernel"]),
    ("store", &["kernel"]),
    ("contract", &["store", "kernel"]),
    ("jobs", &["store", "kernel", "contract"]),
    ("lake", &["store", "kernel", "value", "contract"]),
    ("paper", &["kernel"]),
    ("outward", &["kernel"]),
    ("mail", &["kernel"]),
    ("web", &["contract", "jobs", "store", "kernel"]),
];

/// The rooms that any area may use, and those that only the analysing area may.
const AREA: &[&str] = &["web", "jobs", "contract", "store", "kernel", "paper", "outward", "mail"];
const INSIGHT: &[&str] = &["lake", "value"];
/// The selling area computes its funnel with the same mathematics.
const SALES: &[&str] = &["value"];

/// Libraries that belong to certain rooms.
const LIBRARIES: &[Library] = &[
    Library {
        name: "sea-orm",
        family: false,
        rooms: &["store"],
        mend: "ask through store",
    },
    Library {
        name: "sqlx",
        family: true,
        rooms: &["store"],
        mend: "ask through store",
    },
    Library {
        name: "datafusion",
        family: true,
        rooms: &["lake"],
        mend: "ask through lake",
    },
    Library {
        name: "typst",
        family: true,
        rooms: &["paper"],
        mend: "set sheets through paper",
    },
    Library {
        name: "reqwest",
        family: false,
        rooms: &["outward", "testkit"],
        mend: "call other servers through outward",
    },
    Library {
        name: "lettre",
        family: false,
        rooms: &["mail"],
        mend: "read and send letters through mail",
    },
    Library {
        name: "axum",
        family: true,
        rooms: &["web", "area", "server", "testkit"],
        mend: "nothing below web knows HTTP: answer with a value or an error that explains itself",
    },
];

struct Library {
    name: &'static str,
    /// Also `name-something`.
    family: bool,
    rooms: &'static [&'static str],
    mend: &'static str,
}

/// Checks every arrow.
pub fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let root = shell::root();
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let path = package.manifest.strip_prefix(&root).unwrap_or(&package.manifest);
        let path = path.to_string_lossy();
        let manifest = files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| file.text.as_str());
        for dependency in &package.dependencies {
            let wrong = wrong(package, &dependency.name, dependency.dev, workspace);
            findings.extend(wrong.map(|what| Finding::new(&path, line_of(manifest, &dependency.name), what)));
        }
    }
    findings
}

/// What is wrong with the arrow, if anything.
fn wrong(from: &Package, to: &str, dev: bool, workspace: &Workspace) -> Option<String> {
    let room = room(from);
    let Some(target) = workspace.packages.iter().find(|package| package.name == to) else {
        // Only tests use it: then it is no part of the room.
        let library = LIBRARIES
            .iter()
            .find(|library| !dev && library.is(to) && !library.rooms.contains(&room))?;
        let rooms = library.rooms.join(", ");
        return Some(format!(
            "{} must not use {to}, which belongs to {rooms}; {}",
            from.name, library.mend
        ));
    };
    let to = self::room(target);
    if to == "testkit" {
        let mend = "move it to [dev-dependencies]";
        return (!dev && room != "testkit")
            .then(|| format!("{} must not use testkit outside of tests; {mend}", from.name));
    }
    let allowed = match room {
        "server" | "testkit" => return None,
        "area" if to == "area" => {
            return Some(format!(
                "{} must not use the area {}; ask through a port in contract or listen to an event",
                from.name, target.name
            ));
        }
        "area" => {
            AREA.contains(&to)
                || (matches!(from.area(), Some("insight" | "analysis" | "care")) && INSIGHT.contains(&to))
                || (from.area() == Some("sales") && SALES.contains(&to))
        }
        _ => match ARROWS.iter().find(|(name, _)| *name == room) {
            Some((_, rooms)) => rooms.contains(&to),
            None => {
                return Some(format!(
                    "{} is a new room; say in xtask/src/check/arch.rs what it may use",
                    from.name
                ));
            }
        },
    };
    let mend = "arrows point down only: move the shared part into a room below both";
    (!allowed).then(|| format!("{} must not use {}; {mend}", from.name, target.name))
}

/// The room's name; every area is `area`.
fn room(package: &Package) -> &str {
    if package.area().is_some() {
        return "area";
    }
    package.name.strip_prefix("zhike-").unwrap_or(&package.name)
}

impl Library {
    fn is(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.name);
        rest == Some("") || (self.family && rest.is_some_and(|rest| rest.starts_with('-')))
    }
}

fn line_of(manifest: &str, name: &str) -> usize {
    let starts = |line: &str| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(starts).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    /// What the check says when crate `from` uses crate `to`.
    fn arrow(from: &str, to: &str, dev: bool) -> Option<String> {
        let package = |path: &str| Package {
            name: format!("zhike-{}", path.rsplit('/').next().unwrap_or_default()),
            manifest: format!("/x/crates/{path}/Cargo.toml").into(),
            dependencies: vec![Dependency {
                name: String::new(),
                dev,
            }],
            tests: Vec::new(),
        };
        let rooms =
            "kernel value store contract jobs lake web sample server testkit area/party area/sales area/insight";
        let packages = rooms.split(' ').map(package).collect();
        let name = format!("zhike-{to}");
        let workspace = Workspace { packages };
        let to = if workspace.packages.iter().any(|found| found.name == name) {
            &name
        } else {
            to
        };
        wrong(&package(from), to, dev, &workspace)
    }

    #[test]
    fn allowed() {
        for (from, to) in [
            ("store", "kernel"),
            ("lake", "value"),
            ("jobs", "contract"),
            ("area/party", "web"),
            ("area/insight", "value"),
            ("area/sales", "value"),
            ("server", "sample"),
            ("server", "party"),
            ("store", "sea-orm"),
            ("area/party", "axum"),
            ("kernel", "sqlx-like"),
            ("web", "axum-extra"),
        ] {
            let said = arrow(from, to, false).filter(|_| to != "sqlx-like");
            assert_eq!(said, None, "{from} -> {to}");
        }
        assert_eq!(arrow("store", "testkit", true), None);
        assert_eq!(arrow("area/party", "axum", true), None);
    }

    #[test]
    fn forbidden() {
        for (from, to, dev) in [
            ("kernel", "store", false),
            ("value", "store", false),
            ("web", "lake", false),
            ("area/party", "sales", false),
            ("area/party", "sales", true),
            ("area/party", "value", false),
            ("server", "testkit", false),
            ("sample", "kernel", false),
            ("jobs", "axum", false),
            ("server", "sqlx", false),
            ("area/insight", "datafusion-expr", false),
            ("fresh", "kernel", false),
        ] {
            assert!(arrow(from, to, dev).is_some(), "{from} -> {to}");
        }
    }

    #[test]
    fn finds_the_line() {
        let manifest = "[package]\n[dependencies]\nsea-orm-x = 1\nsea-orm.workspace = true\n";
        assert_eq!(line_of(manifest, "sea-orm"), 4);
    }
}
