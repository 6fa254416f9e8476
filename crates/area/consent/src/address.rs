//! Addresses in the form in which they are compared: a closed one is known again however it is written.

use std::borrow::Cow;
use zhike_contract::Channel;
use zhike_kernel::text::{self, digits, fold, fold_width};

/// So many last digits tell a number from others, with or without the country's code.
const DIGITS: usize = 10;
/// A number has at least so many.
const FEWEST: usize = 5;

/// Without wide letters and digits; most addresses have none.
fn plain(address: &str) -> Cow<'_, str> {
    if address.is_ascii() {
        Cow::Borrowed(address)
    } else {
        Cow::Owned(fold_width(address))
    }
}

/// The form in which an address of a channel is compared; none when it is no address.
pub(crate) fn key(channel: Channel, address: &str) -> Option<String> {
    let key = match channel {
        Channel::Email => {
            let mail = plain(address).trim().to_lowercase();
            mail.contains('@').then_some(mail)?
        }
        Channel::Phone | Channel::Sms | Channel::Fax => {
            let all = digits(&plain(address));
            let count = all.chars().count();
            (count >= FEWEST).then(|| all.chars().skip(count.saturating_sub(DIGITS)).collect())?
        }
        Channel::Chat | Channel::Portal => plain(address).trim().to_lowercase(),
        Channel::Letter | Channel::Visit => fold(address).chars().filter(|c| c.is_alphanumeric()).collect(),
    };
    (!key.is_empty()).then_some(key)
}

/// Is it written as an address of the channel should be?
pub(crate) fn looks_right(channel: Channel, address: &str) -> bool {
    let text = address.trim();
    if text.is_empty() || text.chars().count() > 300 || text.chars().any(char::is_control) {
        return false;
    }
    match channel {
        Channel::Email => {
            let parts = text.split_once('@');
            parts.is_some_and(|(name, host)| {
                !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
            })
        }
        Channel::Phone | Channel::Sms | Channel::Fax => key(channel, text).is_some(),
        _ => true,
    }
}

/// An address for eyes that may not see it whole.
pub(crate) fn masked(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => text::mask_email(address),
        Channel::Phone | Channel::Sms | Channel::Fax => text::mask_phone(address),
        _ => "***".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_however_written() {
        let same = |c, a: &str, b: &str| assert_eq!(key(c, a), key(c, b), "{a} {b}");
        same(Channel::Email, " Shen@Example.COM", "shen@example.com");
        same(Channel::Sms, "+86 138-0000-1234", "１３８００００１２３４");
        same(Channel::Phone, "0512-6688 7700", "+86 512 66887700");
        same(Channel::Letter, "No. 3, Harbour Road", "no 3 harbour road");
        assert_ne!(key(Channel::Sms, "13800001234"), key(Channel::Sms, "13900001234"));
        assert_eq!(key(Channel::Email, "nobody"), None);
        assert_eq!(key(Channel::Phone, "12"), None);
        assert!(looks_right(Channel::Email, "a@b.cn") && !looks_right(Channel::Email, "a b@c.cn"));
        assert!(!looks_right(Channel::Phone, "call me") && !looks_right(Channel::Chat, "a\nb"));
    }
}
