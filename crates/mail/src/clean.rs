//! HTML of strangers: what may be shown of it, and what it says as plain text.

use ammonia::Builder;
use std::collections::HashSet;

/// HTML that can be shown: no script, no style, no form, no picture (a picture of a stranger's server tells the stranger that the
/// letter was opened); links open apart and carry no trace of where they stood.
pub fn clean(html: &str) -> String {
    let mut builder = Builder::default();
    builder
        .rm_tags(["img", "area", "map"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .url_relative(ammonia::UrlRelative::Deny);
    builder.clean(html).to_string()
}

/// What an HTML letter says, a line for each of its blocks.
pub fn plain(html: &str) -> String {
    // The parser's own conversion keeps line breaks; the cleaning before it drops what is not text.
    let text = mail_parser::decoders::html::html_to_text(&clean(html));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in lines {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_stranger_runs_or_loads() {
        let bad = r#"<p onclick="x()">Hello <b>you</b><script>alert(1)</script><style>p{}</style>
            <img src="https://spy.example/1.gif"><a href="javascript:x()">a</a><a href="https://good.example/">b</a>
            <iframe src="https://x.example"></iframe><form action="/x"><input name=q></form><svg onload=x()></svg></p>"#;
        let good = clean(bad);
        for word in [
            "script",
            "onclick",
            "img",
            "javascript",
            "iframe",
            "form",
            "input",
            "style",
            "svg",
            "onload",
        ] {
            assert!(!good.contains(word), "{word} in {good}");
        }
        assert!(good.contains("<b>you</b>") && good.contains(r#"href="https://good.example/""#));
        assert!(good.contains("noreferrer") && good.contains("_blank"));
    }

    #[test]
    fn html_is_told_as_text() {
        assert_eq!(plain("<p>您好</p><p>第二行<br>第三行</p>"), "您好\n第二行\n第三行");
    }
}
