//! The demuxer of ASF on bytes of any kind: it must end, and may not give more than it got.
//!
//!     cargo install cargo-fuzz
//!     RUSTC_BOOTSTRAP=1 cargo fuzz run asf

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use wma::asf::{Attribute, Demuxer, Picture, Value};

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut demuxer) = Demuxer::new(Cursor::new(bytes)) else { return };
    for attribute in &demuxer.header().attributes {
        if let Attribute { value: Value::Bytes(value), .. } = attribute {
            let _ = Picture::parse(value);
        }
    }
    let mut steps = 0;
    let mut given = 0;
    loop {
        match demuxer.next_object() {
            Ok(None) => break,
            Ok(Some(object)) => given += object.data.len(),
            Err(_) => {}
        }
        steps += 1;
        assert!(steps < 64 + 16 * bytes.len(), "it does not end");
    }
    assert!(given <= 4 * bytes.len());
});
