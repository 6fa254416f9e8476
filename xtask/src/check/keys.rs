//! The translation keys that Rust code names.

use super::rust_text::{Literal, RustText};

/// Calls whose argument is a translation key: the words before the `(`, and which argument, from 0.
const CALLS: &[(&str, usize)] = &[
    (".t", 0),
    (".tv", 0),
    ("Error::new", 1),
    ("Error::refused", 0),
    ("Error::invalid", 0),
    ("Error::missing", 0),
    ("Error::field", 1),
    (".refuse", 1),
];

/// Every literal key outside of tests, in order.
pub fn used(text: &RustText) -> Vec<&Literal> {
    let tests = text.test_blocks();
    let mut found = Vec::new();
    for (call, argument) in CALLS {
        for place in text.find(call) {
            if !tests.iter().any(|test| test.contains(&place)) {
                found.extend(argument_at(text, place + call.len(), *argument).and_then(|at| text.literal_at(at)));
            }
        }
    }
    found.sort_by_key(|literal| literal.start);
    found
}

/// Where the argument with that number begins.
fn argument_at(text: &RustText, after_name: usize, number: usize) -> Option<usize> {
    let open = text.skip_blanks(after_name);
    if text.code.get(open) != Some(&b'(') {
        return None;
    }
    let mut at = open + 1;
    let mut depth = 0_usize;
    let mut left = number;
    while left > 0 {
        match text.code.get(at)? {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => left -= 1,
            _ => {}
        }
        at += 1;
    }
    Some(text.skip_blanks(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_literal_keys() {
        let source = r#"
            fn page(loc: &Locale) {
                loc.t("a-title"); loc
                    .tv( "b-count", &[("n", 1)] );
                Err(Error::refused("c-no").into());
                zhike_kernel::Error::invalid(
                    "d-bad",
                );
                form.refuse(field(1, 2), "e-wrong"); form.refuse("name", code); form.refuse("name")
                loc.t(key); loc.title("not"); x.tvx("not"); MyError::refused("not"); // loc.t("not")
                let s = "loc.t(\"not\")";
                html! { h1 { (loc.t("f-head")) } }
            }
            #[cfg(test)]
            mod tests { fn f() { loc.t("not") } }
        "#;
        let text = RustText::new(source);
        let keys: Vec<_> = used(&text).into_iter().map(|literal| literal.text.as_str()).collect();
        assert_eq!(keys, ["a-title", "b-count", "c-no", "d-bad", "e-wrong", "f-head"]);
    }
}
