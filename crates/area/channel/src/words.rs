//! Words by which the holder of an address closes it or opens it again. They count only when they stand alone.

use zhike_kernel::text::fold_width;

/// What such a word asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// No more of it.
    Stop,
    /// Again, please.
    Start,
}

const STOP: [&str; 21] = [
    "退订",
    "td",
    "t",
    "tt",
    "取消订阅",
    "退订短信",
    "退阅",
    "拒收",
    "不再接收",
    "停止",
    "停发",
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "unsub",
    "cancel",
    "end",
    "quit",
    "opt out",
    "optout",
];
const START: [&str; 9] = [
    "恢复",
    "恢复订阅",
    "订阅",
    "重新订阅",
    "开通",
    "start",
    "unstop",
    "subscribe",
    "resume",
];

/// The word that a message is, if it is one.
pub(crate) fn of(text: &str) -> Option<Word> {
    if text.chars().count() > 40 {
        return None;
    }
    let folded = fold_width(text).to_lowercase();
    let edge = |c: char| c.is_whitespace() || c.is_ascii_punctuation() || "。，！？、；：“”‘’（）【】《》…".contains(c);
    // “回复TD退订” is how a message of ours ends; some people send exactly that.
    let bare = folded.trim_matches(edge);
    let bare = bare
        .strip_prefix("回复")
        .or(bare.strip_prefix("回"))
        .unwrap_or(bare)
        .trim_matches(edge);
    let bare = ["td退订", "t退订", "退订t", "退订td"]
        .iter()
        .find(|w| **w == bare)
        .map_or(bare, |_| "退订");
    if STOP.contains(&bare) {
        Some(Word::Stop)
    } else if START.contains(&bare) {
        Some(Word::Start)
    } else {
        None
    }
}

/// Is it written in Chinese?
pub(crate) fn chinese(text: &str) -> bool {
    text.chars().any(zhike_kernel::text::is_han)
}

/// The one answer to such a word.
pub(crate) fn answer(word: Word, zh: bool) -> &'static str {
    match (word, zh) {
        (Word::Stop, true) => "已退订，不再向本号码发送推广信息。回复“恢复”可重新接收。",
        (Word::Stop, false) => "You will get no more offers at this address. Answer START to get them again.",
        (Word::Start, true) => "已恢复接收。回复“退订”可随时停止。",
        (Word::Start, false) => "You will hear from us again. Answer STOP to end it at any time.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_alone_count() {
        for stop in [
            "STOP",
            " stop. ",
            "ＴＤ",
            "退订",
            "退订。",
            "回复TD退订",
            "Unsubscribe!",
            "取消订阅",
            "T",
            "quit",
            "回T退订",
        ] {
            assert_eq!(of(stop), Some(Word::Stop), "{stop}");
        }
        for start in ["START", "恢复", "恢复订阅！", "unstop"] {
            assert_eq!(of(start), Some(Word::Start), "{start}");
        }
        for other in [
            "",
            "好",
            "please stop the machine first",
            "取消",
            "请取消订单",
            "不要停止供货",
            "start-up on Monday?",
            "stopped",
            "🙂",
            "TDS 值多少",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(of(&"退订".repeat(30)), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_it(text in ".*") {
            // Only short words count.
            proptest::prop_assert!(of(&text).is_none() || text.chars().count() <= 40);
        }
    }
}
