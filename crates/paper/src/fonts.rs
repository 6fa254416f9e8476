//! Which font on this machine writes Chinese. Fonts are looked for in the usual folders once; what is missing is said.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// What to install where none is found (Debian, Ubuntu).
pub const PACKAGE: &str = "fonts-noto-cjk";

/// Beginnings of file names, in lower case, best first; with the ending of the bold one.
const KNOWN: [(&str, &str); 9] = [
    ("notosanscjk-regular", "notosanscjk-bold"),
    ("notosanscjksc-regular", "notosanscjksc-bold"),
    ("notosanssc-regular", "notosanssc-bold"),
    ("sourcehansanssc-regular", "sourcehansanssc-bold"),
    ("sourcehansanscn-regular", "sourcehansanscn-bold"),
    ("wqy-microhei", "wqy-microhei-bold"),
    ("wqy-zenhei", "wqy-zenhei-bold"),
    ("msyh.", "msyhbd."),
    ("droidsansfallback", "droidsansfallback-bold"),
];

/// A font that writes Chinese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cjk {
    /// The file.
    pub regular: PathBuf,
    /// Its bold one, if there is one.
    pub bold: Option<PathBuf>,
}

/// The machine's font for Chinese; `None`: install [`PACKAGE`].
pub fn cjk() -> Option<&'static Cjk> {
    static FOUND: OnceLock<Option<Cjk>> = OnceLock::new();
    FOUND.get_or_init(|| choose(&files(&folders()))).as_ref()
}

#[allow(
    clippy::disallowed_methods,
    reason = "where fonts lie is said by the machine, not by the house"
)]
fn folders() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    if let Some(home) = std::env::var_os("HOME") {
        all.push(Path::new(&home).join(".local/share/fonts"));
        all.push(Path::new(&home).join(".fonts"));
    }
    // For machines that keep them elsewhere (containers).
    if let Some(more) = std::env::var_os("ZHIKE_FONTS") {
        all.insert(0, PathBuf::from(more));
    }
    all
}

fn files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open: Vec<(PathBuf, u32)> = folders.iter().map(|f| (f.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() && depth < 5 {
                open.push((path, depth + 1));
            } else if path
                .extension()
                .is_some_and(|e| ["ttf", "ttc", "otf", "otc"].iter().any(|k| e.eq_ignore_ascii_case(k)))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn choose(files: &[PathBuf]) -> Option<Cjk> {
    let begins = |path: &PathBuf, with: &str| {
        path.file_name()
            .is_some_and(|n| n.to_string_lossy().to_lowercase().starts_with(with))
    };
    KNOWN.iter().find_map(|(regular, bold)| {
        let found = files.iter().find(|f| begins(f, regular))?;
        Some(Cjk {
            regular: found.clone(),
            bold: files.iter().find(|f| begins(f, bold)).cloned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_font_is_taken() {
        let files: Vec<PathBuf> = [
            "/a/wqy-zenhei.ttc",
            "/a/NotoSansCJK-Bold.ttc",
            "/a/NotoSansCJK-Regular.ttc",
        ]
        .map(PathBuf::from)
        .to_vec();
        let found = choose(&files);
        assert_eq!(
            found,
            Some(Cjk {
                regular: "/a/NotoSansCJK-Regular.ttc".into(),
                bold: Some("/a/NotoSansCJK-Bold.ttc".into()),
            })
        );
        assert_eq!(choose(&["/a/DejaVuSans.ttf".into()]), None);
    }
}
