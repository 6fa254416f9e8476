//! What somebody wrote now, without the letters quoted below it.

/// Lines with which programs begin the letter they quote.
const HEADS: &[&str] = &[
    "-----original message-----",
    "----- original message -----",
    "---------- forwarded message",
    "________________________________",
    "-----邮件原件-----",
    "-----原始邮件-----",
    "----- 原始邮件 -----",
    "------------------ 原始邮件 ------------------",
    "------------------&nbsp;原始邮件",
    "发自我的",
    "sent from my ",
];

fn begins_quote(line: &str) -> bool {
    let line = line.trim();
    let low = line.to_lowercase();
    if HEADS.iter().any(|h| low.starts_with(h)) || (low.starts_with("---") && low.contains("原始邮件")) {
        return true;
    }
    // "On Tue, 3 Mar 2026, Li Lei wrote:" and «在 2026-03-03 10:00:00，李雷 写道：».
    (low.starts_with("on ") && low.ends_with("wrote:"))
        || ((low.starts_with('在') || low.starts_with("于")) && (low.ends_with("写道：") || low.ends_with("写道:")))
        || low == "--"
}

/// The text above the first quotation; the whole text when nothing stands above it.
pub fn fresh(text: &str) -> &str {
    let mut end = text.len();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins_quote(line) || line.starts_with('>') {
            end = at;
            break;
        }
        at += line.len();
    }
    let above = text.get(..end).unwrap_or(text).trim();
    if above.is_empty() { text.trim() } else { above }
}

#[cfg(test)]
mod tests {
    use super::fresh;

    #[test]
    fn quotations_are_left_out() {
        assert_eq!(
            fresh("Still broken.\n\nOn Tue, 3 Mar 2026, Service wrote:\n> try this\n"),
            "Still broken."
        );
        assert_eq!(
            fresh("还是不行。\n\n在 2026-03-03 10:00:00，客服 写道：\n> 请重启"),
            "还是不行。"
        );
        assert_eq!(
            fresh("好的\n------------------ 原始邮件 ------------------\n发件人: a"),
            "好的"
        );
        assert_eq!(fresh("> only a quotation"), "> only a quotation");
        assert_eq!(
            fresh("On Monday it broke.\nIt wrote: nothing"),
            "On Monday it broke.\nIt wrote: nothing"
        );
    }
}
