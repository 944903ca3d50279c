//! Keyset paging, shared by every list.

use serde::{Deserialize, Serialize};

/// The largest page a caller may ask for.
pub const MAX_PAGE: u32 = 200;
/// The page size when none is asked for.
pub const DEFAULT_PAGE: u32 = 50;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// In the order asked for.
    pub items: Vec<T>,
    /// Opaque; pass it as `after` to get the next page. `None` on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Maps each item and keeps the cursor.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

/// What a list page asks for; every part stands in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRequest {
    /// Cursor from [`Page::next`]; empty for the first page.
    pub after: String,
    /// Rows, 1 to [`MAX_PAGE`]; 0 means [`DEFAULT_PAGE`].
    pub limit: u32,
    /// Column name; each list says which it knows, others mean its default.
    pub sort: String,
    /// Largest or newest first.
    pub descending: bool,
    /// Free text; empty for all.
    pub search: String,
}

impl PageRequest {
    /// The page size within its bounds.
    pub fn rows(&self) -> u32 {
        match self.limit {
            0 => DEFAULT_PAGE,
            asked => asked.min(MAX_PAGE),
        }
    }
}
