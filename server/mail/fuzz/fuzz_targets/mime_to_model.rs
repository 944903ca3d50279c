//! Any bytes become a mail: parsing never fails and never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = mail::parse::parse(bytes);
});
