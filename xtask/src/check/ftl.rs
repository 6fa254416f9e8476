//! Reads translation files far enough to compare them.

use std::collections::{BTreeMap, BTreeSet};

/// The messages of one file.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// By key; an attribute is `key.attribute`.
    pub messages: BTreeMap<String, Message>,
    /// Keys that stand here a second time, and lines that are no message: line and what is wrong.
    pub faults: Vec<(usize, String)>,
}

/// One message.
#[derive(Debug, Default)]
pub struct Message {
    pub line: usize,
    /// The names of its `{ $variables }`.
    pub variables: BTreeSet<String>,
    has_text: bool,
}

/// Reads one file.
pub fn parse(text: &str) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let mut key: Option<String> = None;
    let mut current: Option<String> = None;
    let mut braces = Braces::default();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = if index == 0 {
            line.trim_start_matches('\u{feff}')
        } else {
            line
        };
        let indented = line.starts_with(' ') || braces.depth > 0 || line.starts_with('}');
        if line.trim().is_empty() || (line.starts_with('#') && braces.depth == 0) {
            continue;
        }
        let start = line.trim_start();
        let definition = match (indented, start.strip_prefix('.')) {
            (false, _) => split(line).map(|(name, value)| (name.to_owned(), value)),
            (true, Some(attribute)) if braces.depth == 0 => split(attribute)
                .zip(key.as_ref())
                .map(|((name, value), key)| (format!("{key}.{name}"), value)),
            (true, _) => None,
        };
        let value = match definition {
            Some((name, value)) => {
                if !indented {
                    key = Some(name.clone());
                }
                if catalogue.messages.contains_key(&name) {
                    catalogue
                        .faults
                        .push((number, format!("`{name}` stands twice; delete one")));
                }
                let message = catalogue.messages.entry(name.clone()).or_default();
                message.line = number;
                current = Some(name);
                value
            }
            None if indented && current.is_some() => line,
            None => {
                catalogue.faults.push((
                    number,
                    "this line is no message; write `key = text` or indent it".to_owned(),
                ));
                continue;
            }
        };
        if let Some(message) = current.as_ref().and_then(|name| catalogue.messages.get_mut(name)) {
            message.has_text |= !value.trim().is_empty();
            braces.read(value, &mut message.variables);
        }
    }
    catalogue.empty_messages();
    catalogue
}

impl Catalogue {
    fn empty_messages(&mut self) {
        let has_attribute = |key: &str| {
            let prefix = format!("{key}.");
            self.messages.keys().any(|other| other.starts_with(&prefix))
        };
        let empty = |(key, message): (&String, &Message)| {
            (!message.has_text && !has_attribute(key)).then(|| (message.line, format!("`{key}` has no text; write it")))
        };
        let faults: Vec<_> = self.messages.iter().filter_map(empty).collect();
        self.faults.extend(faults);
    }
}

/// `key = value`; a term keeps its `-`.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let plain = name.strip_prefix('-').unwrap_or(name);
    let good = plain.starts_with(|c: char| c.is_ascii_alphabetic())
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    good.then_some((name, value))
}

/// Where we are between `{` and `}`; a placeable may run over several lines.
#[derive(Default)]
struct Braces {
    depth: usize,
}

impl Braces {
    fn read(&mut self, value: &str, variables: &mut BTreeSet<String>) {
        let mut quoted = false;
        let mut chars = value.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if self.depth > 0 => quoted = !quoted,
                '\\' if quoted => {
                    chars.next();
                }
                _ if quoted => {}
                '{' => self.depth += 1,
                '}' => self.depth = self.depth.saturating_sub(1),
                '$' if self.depth > 0 => {
                    let mut name = String::new();
                    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
                        name.push(c);
                    }
                    variables.insert(name);
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(catalogue: &Catalogue, key: &str) -> Vec<String> {
        catalogue.messages[key].variables.iter().cloned().collect()
    }

    #[test]
    fn reads_keys_and_variables() {
        let catalogue = parse(
            "# about\nname = Name\nprice = { $amount } for { NUMBER($count, minimumFractionDigits: 0) }, $5 { \"{$no}\" }\n\
             many = { $count ->\n    [one] one of { $total }\n   *[other] { $count }\n}\n-brand = Zhike\n\
             field =\n    .label = For { $who }\n    .hint = Text\nlong =\n    first\n    second { $x }\n",
        );
        assert_eq!(catalogue.faults, []);
        let keys: Vec<_> = catalogue.messages.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "-brand",
                "field",
                "field.hint",
                "field.label",
                "long",
                "many",
                "name",
                "price"
            ]
        );
        assert_eq!(variables(&catalogue, "price"), ["amount", "count"]);
        assert_eq!(variables(&catalogue, "many"), ["count", "total"]);
        assert_eq!(variables(&catalogue, "field.label"), ["who"]);
        assert_eq!(variables(&catalogue, "long"), ["x"]);
        assert_eq!(catalogue.messages["-brand"].line, 8);
    }

    #[test]
    fn sees_faults() {
        let catalogue = parse("a = 1\na = 2\nempty =\nno message here\nb c = 3\n");
        let lines: BTreeSet<_> = catalogue.faults.iter().map(|fault| fault.0).collect();
        assert_eq!(lines, BTreeSet::from([2, 3, 4, 5]));
    }
}
