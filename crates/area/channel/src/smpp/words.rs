//! Words of a text message as octets: the alphabet of GSM 03.38 where it has every sign, else UCS-2; long ones in parts that
//! the telephone puts together again.

/// The default alphabet by its octets; `\u{1b}` stands for the way into the second table.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The second table: octet and sign.
const MORE: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];
const ESCAPE: u8 = 0x1B;
/// Parts of one message at most: more is no text message any more.
pub(crate) const PARTS: usize = 20;

/// How the octets are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gsm,
    Ucs2,
}

/// A sign in the default alphabet: one octet or two.
fn gsm_sign(c: char) -> Option<Vec<u8>> {
    if c != '\u{1b}'
        && let Some(at) = BASIC.chars().position(|b| b == c)
    {
        return u8::try_from(at).ok().map(|o| vec![o]);
    }
    MORE.iter().find(|m| m.1 == c).map(|m| vec![ESCAPE, m.0])
}

/// Words as signs that must not be torn apart.
fn signs(text: &str, coding: Coding) -> Option<Vec<Vec<u8>>> {
    text.chars()
        .map(|c| match coding {
            Coding::Gsm => gsm_sign(c),
            Coding::Ucs2 => {
                let mut units = [0; 2];
                Some(
                    c.encode_utf16(&mut units)
                        .iter()
                        .flat_map(|u| u.to_be_bytes())
                        .collect(),
                )
            }
        })
        .collect()
}

/// What is written, and in how many parts: none for nothing or far too much.
pub(crate) fn parts(text: &str, only_ucs2: bool, whole: bool) -> Option<(Coding, Vec<Vec<u8>>)> {
    let text = text.replace("\r\n", "\n");
    let gsm = if only_ucs2 { None } else { signs(&text, Coding::Gsm) };
    let (coding, all) = match gsm {
        Some(all) => (Coding::Gsm, all),
        None => (Coding::Ucs2, signs(&text, Coding::Ucs2)?),
    };
    // Octets of one message alone, and of one part beside its head of six octets (seven septets).
    let (alone, beside) = match coding {
        Coding::Gsm => (160, 153),
        Coding::Ucs2 => (140, 134),
    };
    let total: usize = all.iter().map(Vec::len).sum();
    if total == 0 || total > beside * PARTS {
        return None;
    }
    if whole || total <= alone {
        return Some((coding, vec![all.concat()]));
    }
    let mut out: Vec<Vec<u8>> = vec![vec![]];
    for sign in all {
        let full = out.last().is_some_and(|p| p.len() + sign.len() > beside);
        if full {
            out.push(vec![]);
        }
        if let Some(last) = out.last_mut() {
            last.extend(sign);
        }
    }
    (out.len() <= PARTS).then_some((coding, out))
}

/// The head of a part: which of how many, of which message.
pub(crate) fn head(reference: u8, total: usize, number: usize) -> Vec<u8> {
    let octet = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    vec![5, 0, 3, reference, octet(total), octet(number)]
}

/// A part that came in: of which message, of how many, which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub reference: i64,
    pub total: i64,
    pub number: i64,
}

/// Takes the head off. None in front for a message that has no parts.
pub(crate) fn split(octets: &[u8]) -> (Option<Part>, &[u8]) {
    let Some((&length, rest)) = octets.split_first() else {
        return (None, octets);
    };
    let Some((mut head, body)) = rest.split_at_checked(usize::from(length)) else {
        return (None, octets);
    };
    let mut part = None;
    while let [id, size, more @ ..] = head {
        let Some((value, after)) = more.split_at_checked(usize::from(*size)) else {
            break;
        };
        let made = |reference: i64, total: u8, number: u8| Part {
            reference,
            total: i64::from(total),
            number: i64::from(number),
        };
        match (*id, value) {
            (0, [r, total, number]) => part = Some(made(i64::from(*r), *total, *number)),
            (8, [a, b, total, number]) => part = Some(made(i64::from(*a) * 256 + i64::from(*b), *total, *number)),
            _ => {}
        }
        head = after;
    }
    let part = part.filter(|p| p.total > 1 && (1..=p.total).contains(&p.number));
    (part, body)
}

/// Octets as words, by the number of their coding.
pub(crate) fn read(octets: &[u8], coding: u8) -> String {
    match coding {
        8 => {
            let units: Vec<u16> = octets
                .chunks(2)
                .map(|c| u16::from_be_bytes([c.first().copied().unwrap_or(0), c.get(1).copied().unwrap_or(0)]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        3 => octets.iter().map(|b| char::from(*b)).collect(),
        0 | 0xF0..=0xF3 => gsm(octets),
        // Plain signs, and whatever the centre calls so: most send UTF-8 or ASCII there.
        _ => String::from_utf8_lossy(octets).into_owned(),
    }
}

fn gsm(octets: &[u8]) -> String {
    let basic: Vec<char> = BASIC.chars().collect();
    let mut out = String::new();
    let mut second = false;
    for o in octets {
        if second {
            second = false;
            out.push(MORE.iter().find(|m| m.0 == *o).map_or(' ', |m| m.1));
        } else if *o == ESCAPE {
            second = true;
        } else {
            out.push(basic.get(usize::from(*o)).copied().unwrap_or('?'));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_has_its_128_signs() {
        assert_eq!(BASIC.chars().count(), 128);
        assert_eq!(gsm_sign('@'), Some(vec![0]));
        assert_eq!(gsm_sign('A'), Some(vec![0x41]));
        assert_eq!(gsm_sign('à'), Some(vec![0x7F]));
        assert_eq!(gsm_sign('€'), Some(vec![0x1B, 0x65]));
        assert_eq!(gsm_sign('好'), None);
    }

    #[test]
    fn short_words_go_whole_and_long_ones_in_parts() {
        let count = |text: &str| parts(text, false, false).map(|(c, p)| (c, p.len()));
        assert_eq!(count(&"a".repeat(160)), Some((Coding::Gsm, 1)));
        assert_eq!(count(&"a".repeat(161)), Some((Coding::Gsm, 2)));
        assert_eq!(count(&"好".repeat(70)), Some((Coding::Ucs2, 1)));
        assert_eq!(count(&"好".repeat(71)), Some((Coding::Ucs2, 2)));
        assert_eq!(count(""), None);
        assert_eq!(count(&"好".repeat(67 * PARTS + 1)), None);
        assert_eq!(parts(&"好".repeat(71), false, true).unwrap().1.len(), 1);
        assert_eq!(parts("abc", true, false).unwrap().0, Coding::Ucs2);
    }

    proptest! {
        #[test]
        fn what_is_taken_apart_is_put_together_again(text in "[a-z€\\[\\]好😀 \\n]{1,400}") {
            if let Some((coding, all)) = parts(&text, false, false) {
                let number = if coding == Coding::Gsm { 0 } else { 8 };
                let mut back = String::new();
                for (i, part) in all.iter().enumerate() {
                    let wire = [head(7, all.len(), i + 1), part.clone()].concat();
                    let head = usize::from(all.len() > 1) * 6;
                    prop_assert!(part.len() + head <= 160);
                    let (told, body) = split(&wire);
                    if all.len() > 1 {
                        prop_assert_eq!(told, Some(Part { reference: 7, total: all.len() as i64, number: i as i64 + 1 }));
                    }
                    back.push_str(&read(body, number));
                }
                prop_assert_eq!(back, text);
            }
        }

        #[test]
        fn whatever_comes_is_read_without_a_fall(octets in proptest::collection::vec(any::<u8>(), 0..300), coding in any::<u8>()) {
            let (_, body) = split(&octets);
            let _ = read(body, coding);
            let _ = read(&octets, coding);
        }
    }
}
