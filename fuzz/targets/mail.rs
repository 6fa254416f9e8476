//! Letters: any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/mail/tests/sound.rs"]
mod sound;

fuzz_target!(|data: &[u8]| sound::sound(data));
