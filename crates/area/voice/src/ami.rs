//! The manager of an Asterisk (AMI): blocks of lines read, and what they tell of calls.

use crate::told::{Kind, Told};
use std::collections::{HashMap, HashSet};

/// Longest line, and lines of a block.
pub(crate) const LINE: usize = 4 * 1024;
const LINES: usize = 200;
/// Calls that are kept in mind; one that never ends goes when there are more.
const CALLS: usize = 2_000;

/// A block: an event or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block(Vec<(String, String)>);

impl Block {
    /// Takes a line in; true when the block is whole.
    pub(crate) fn line(&mut self, line: &str) -> bool {
        if line.is_empty() {
            return !self.0.is_empty();
        }
        if let Some((name, value)) = line.split_once(':').filter(|_| self.0.len() < LINES) {
            self.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        false
    }
    /// The first value of a name, empty for none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }
}

/// An action, as it is sent. Nothing in a value begins a line of its own.
pub(crate) fn action(name: &str, id: &str, fields: &[(&str, &str)]) -> String {
    let clean = |v: &str| v.chars().filter(|c| !c.is_control()).take(400).collect::<String>();
    let mut out = format!("Action: {}\r\nActionID: {}\r\n", clean(name), clean(id));
    for (name, value) in fields {
        out.push_str(&format!("{}: {}\r\n", clean(name), clean(value)));
    }
    out.push_str("\r\n");
    out
}

/// The telephone of a channel: `PJSIP/801-0000001f` is 801.
pub(crate) fn device(channel: &str) -> &str {
    let rest = channel.split_once('/').map_or(channel, |(_, r)| r);
    let rest = rest.rsplit_once('-').map_or(rest, |(d, _)| d);
    rest.split(['@', '/']).next().unwrap_or(rest)
}

/// A number as it is shown by the switchboard; what is none is empty.
fn number(text: &str) -> String {
    crate::told::number(text, "number").unwrap_or_default()
}

#[derive(Clone, Debug, Default)]
struct Live {
    outgoing: bool,
    extension: String,
    number: String,
    line: String,
    answered: bool,
    rang: bool,
    busy: bool,
    age: u64,
}

/// What goes on at a switchboard just now.
#[derive(Default)]
pub(crate) struct Board {
    calls: HashMap<String, Live>,
    count: u64,
}

impl Board {
    /// What an event tells of a call: its name and the word. `ours` are the telephones of users.
    pub(crate) fn take(&mut self, event: &Block, at: i64, ours: &HashSet<String>) -> Option<(String, Told)> {
        let key = event.get("linkedid").to_owned();
        if key.is_empty() || key.len() > 100 {
            return None;
        }
        let first = event.get("uniqueid") == key;
        match event.get("event") {
            "Newchannel" if first => {
                self.begin(key, event, ours);
                None
            }
            "DialBegin" => self.dial(&key, event, at),
            "DialEnd" => self.dialled(&key, event, at),
            "Hangup" if first => {
                let live = self.calls.remove(&key).filter(|l| l.rang)?;
                let result = if live.busy && !live.answered { "busy" } else { "" };
                Some((key, told(Kind::End, at, &live, "", result)))
            }
            _ => None,
        }
    }

    fn begin(&mut self, key: String, event: &Block, ours: &HashSet<String>) {
        let own = device(event.get("channel"));
        let outgoing = ours.contains(own);
        let dialled = event.get("exten");
        // Colleagues among themselves are nobody's customer.
        if outgoing && ours.contains(dialled) {
            return;
        }
        self.count += 1;
        if self.calls.len() >= CALLS
            && let Some(old) = self.calls.iter().min_by_key(|(_, l)| l.age).map(|(k, _)| k.clone())
        {
            self.calls.remove(&old);
        }
        let live = Live {
            outgoing,
            extension: if outgoing { own.to_owned() } else { String::new() },
            number: number(if outgoing { dialled } else { event.get("calleridnum") }),
            line: number(if outgoing { event.get("calleridnum") } else { dialled }),
            age: self.count,
            ..Live::default()
        };
        self.calls.insert(key, live);
    }

    fn dial(&mut self, key: &str, event: &Block, at: i64) -> Option<(String, Told)> {
        let live = self.calls.get_mut(key)?;
        live.rang = true;
        if live.number.is_empty() && live.outgoing {
            live.number = number(event.get("destcalleridnum"));
        }
        let rings = if live.outgoing {
            live.extension.clone()
        } else {
            device(event.get("destchannel")).to_owned()
        };
        Some((key.to_owned(), told(Kind::Ring, at, live, &rings, "")))
    }

    fn dialled(&mut self, key: &str, event: &Block, at: i64) -> Option<(String, Told)> {
        let live = self.calls.get_mut(key)?;
        match event.get("dialstatus") {
            "ANSWER" => {
                live.answered = true;
                let by = if live.outgoing {
                    live.extension.clone()
                } else {
                    device(event.get("destchannel")).to_owned()
                };
                Some((key.to_owned(), told(Kind::Answer, at, live, &by, "")))
            }
            "BUSY" => {
                live.busy = true;
                None
            }
            _ => None,
        }
    }
}

fn told(kind: Kind, at: i64, live: &Live, extension: &str, result: &str) -> Told {
    Told {
        kind,
        at,
        extension: crate::told::extension(extension, "extension").unwrap_or_default(),
        direction: if live.outgoing { "out" } else { "in" }.into(),
        number: live.number.clone(),
        line: live.line.clone(),
        result: result.into(),
        cost: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(text: &str) -> Block {
        let mut block = Block::default();
        for line in text.split('|') {
            block.line(line);
        }
        block
    }

    #[test]
    fn a_call_is_told_from_the_managers_events() {
        let ours: HashSet<String> = ["801", "802"].map(str::to_owned).into();
        let mut board = Board::default();
        let mut say = |text: &str, at| board.take(&block(text), at, &ours);
        assert_eq!(
            say(
                "Event: Newchannel|Channel: PJSIP/trunk-00000001|CallerIDNum: 13800001111|Exten: 8000|Uniqueid: 1.1|Linkedid: 1.1",
                1
            ),
            None
        );
        let (key, ring) = say("Event: DialBegin|Channel: PJSIP/trunk-00000001|DestChannel: PJSIP/801-00000002|Uniqueid: 1.1|Linkedid: 1.1", 2).unwrap();
        assert_eq!(
            (
                key.as_str(),
                ring.kind,
                ring.extension.as_str(),
                ring.number.as_str(),
                ring.direction.as_str()
            ),
            ("1.1", Kind::Ring, "801", "13800001111", "in")
        );
        let (_, answer) = say(
            "Event: DialEnd|DestChannel: PJSIP/801-00000002|DialStatus: ANSWER|Linkedid: 1.1",
            3,
        )
        .unwrap();
        assert_eq!((answer.kind, answer.extension.as_str()), (Kind::Answer, "801"));
        assert_eq!(
            say(
                "Event: Hangup|Channel: PJSIP/801-00000002|Uniqueid: 1.2|Linkedid: 1.1",
                4
            ),
            None,
            "only a leg of it"
        );
        let (_, end) = say(
            "Event: Hangup|Channel: PJSIP/trunk-00000001|Uniqueid: 1.1|Linkedid: 1.1",
            5,
        )
        .unwrap();
        assert_eq!((end.kind, end.result.as_str()), (Kind::End, ""));
        assert_eq!(say("Event: Hangup|Uniqueid: 1.1|Linkedid: 1.1", 6), None);
        // Ours to them, who are busy.
        say(
            "Event: Newchannel|Channel: PJSIP/802-00000005|Exten: 13900002222|Uniqueid: 2.1|Linkedid: 2.1",
            7,
        );
        let (_, ring) = say("Event: DialBegin|DestChannel: PJSIP/trunk-6|Linkedid: 2.1", 8).unwrap();
        assert_eq!(
            (ring.direction.as_str(), ring.extension.as_str(), ring.number.as_str()),
            ("out", "802", "13900002222")
        );
        assert_eq!(say("Event: DialEnd|DialStatus: BUSY|Linkedid: 2.1", 9), None);
        let (_, end) = say("Event: Hangup|Uniqueid: 2.1|Linkedid: 2.1", 10).unwrap();
        assert_eq!(end.result, "busy");
        // Colleagues among themselves.
        say(
            "Event: Newchannel|Channel: PJSIP/802-00000007|Exten: 801|Uniqueid: 3.1|Linkedid: 3.1",
            11,
        );
        assert_eq!(say("Event: DialBegin|DestChannel: PJSIP/801-8|Linkedid: 3.1", 12), None);
    }

    #[test]
    fn nothing_begins_a_line_of_its_own() {
        assert_eq!(
            action("Originate", "7", &[("Exten", "138\r\nAction: Command")]),
            "Action: Originate\r\nActionID: 7\r\nExten: 138Action: Command\r\n\r\n"
        );
        assert_eq!(
            (
                device("PJSIP/801-0000001f"),
                device("Local/802@in-0001;1"),
                device("SIP/trunk-a-1")
            ),
            ("801", "802", "trunk-a")
        );
    }

    proptest! {
        #[test]
        fn no_lines_break_the_board(lines in prop::collection::vec("(Event: (Newchannel|DialBegin|DialEnd|Hangup)|Linkedid: [0-9]|Uniqueid: [0-9]|Channel: .{0,12}|DestChannel: .{0,12}|CallerIDNum: .{0,12}|Exten: .{0,12}|DialStatus: (ANSWER|BUSY)||.{0,20})", 0..80)) {
            let mut board = Board::default();
            let mut now = Block::default();
            for line in &lines {
                if now.line(line) {
                    if let Some((_, told)) = board.take(&now, 1, &HashSet::new()) {
                        prop_assert!(told.number.chars().count() <= 40 && told.extension.len() <= 40);
                    }
                    now = Block::default();
                }
            }
        }
    }
}
