//! Foreign HTML made safe to show, and turned into text and back.
//!
//! The result of [`clean`] is meant for a sandboxed frame under a strict Content-Security-Policy; it is the second
//! wall, not the only one.
mod clean;
mod limit;
mod style;
mod text;

pub use clean::{Cleaned, Remote, clean, clean_with};
pub use text::{text_to_html, to_text};

/// Input beyond this many bytes is cut off.
pub const MAX_INPUT_BYTES: usize = 5_000_000;

/// The start of `input` that fits `limit` bytes, cut at a character.
fn bounded(input: &str, limit: usize) -> &str {
    if input.len() <= limit {
        return input;
    }
    input.get(..input.floor_char_boundary(limit)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
