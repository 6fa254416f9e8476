//! Mappings in TOML and JSON: refused or read, and what was read is read again from how it is kept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhike_exchange::Mapping;

fuzz_target!(|text: &str| {
    let Ok(mapping) = Mapping::parse(text) else { return };
    let kept = mapping.json();
    match Mapping::parse(&kept) {
        Ok(again) => assert_eq!(again.json(), kept, "kept as {kept}"),
        Err(e) => panic!("{e} when reading what was kept: {kept}"),
    }
});
