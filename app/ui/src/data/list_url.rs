//! The address of a list: search, filters, order and page all stand in it.

use crate::format::percent_encode;

/// The address of a list with its parameters. Names with a meaning: `search`, `sort`, `descending` (`true`), `after` (cursor), `limit`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListUrl {
    path: String,
    query: Vec<(String, String)>,
}

/// How a column is ordered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortState {
    /// Not by this column.
    None,
    /// Smallest, first or oldest on top.
    Ascending,
    /// Largest, last or newest on top.
    Descending,
}

impl ListUrl {
    /// A list at `path`, with the parameters of the present address; empty ones are left out.
    pub fn new<N: Into<String>, V: Into<String>>(path: impl Into<String>, query: impl IntoIterator<Item = (N, V)>) -> Self {
        let query = query.into_iter().map(|(name, value)| (name.into(), value.into())).filter(|(_, value)| !value.is_empty()).collect();
        Self { path: path.into(), query }
    }

    /// The path without parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of a parameter, empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.query.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The parameters in order.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The same with one parameter set (an empty value removes it); back on the first page unless it is the cursor itself.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut next = self.without(name);
        if name != "after" {
            next = next.without("after");
        }
        if !value.is_empty() {
            next.query.push((name.to_owned(), value.to_owned()));
        }
        next
    }

    /// The same without one parameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let query = self.query.iter().filter(|(known, _)| known != name).cloned().collect();
        Self { path: self.path.clone(), query }
    }

    /// How this column is ordered now.
    pub fn sort_state(&self, column: &str) -> SortState {
        match (self.get("sort") == column, self.get("descending") == "true") {
            (false, _) => SortState::None,
            (true, false) => SortState::Ascending,
            (true, true) => SortState::Descending,
        }
    }

    /// The address that a press on this column's header leads to: ascending first, then the other way round; always the first page.
    #[must_use]
    pub fn sorted_by(&self, column: &str) -> Self {
        let plain = self.with("sort", column).without("descending");
        if self.sort_state(column) == SortState::Ascending { plain.with("descending", "true") } else { plain }
    }

    /// As a link.
    pub fn href(&self) -> String {
        let pairs: Vec<_> = self.query.iter().map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value))).collect();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> ListUrl {
        ListUrl::new("/email", [("search", "a b"), ("after", "c1"), ("status", "")])
    }

    #[test]
    fn empty_parameters_are_left_out() {
        assert_eq!(url().href(), "/email?search=a%20b&after=c1");
        assert_eq!(ListUrl::new("/email", [("a", "")]).href(), "/email");
    }

    #[test]
    fn every_change_but_the_cursor_goes_to_the_first_page() {
        assert_eq!(url().with("status", "active").href(), "/email?search=a%20b&status=active");
        assert_eq!(url().with("after", "c2").href(), "/email?search=a%20b&after=c2");
        assert_eq!(url().with("search", "").href(), "/email");
        assert_eq!(url().without("search").href(), "/email?after=c1");
    }

    #[test]
    fn a_header_turns_the_order_round() {
        let up = url().sorted_by("name");
        assert_eq!((up.href().as_str(), up.sort_state("name")), ("/email?search=a%20b&sort=name", SortState::Ascending));
        let down = up.sorted_by("name");
        assert_eq!((down.href().as_str(), down.sort_state("name")), ("/email?search=a%20b&sort=name&descending=true", SortState::Descending));
        assert_eq!(down.sorted_by("name"), up);
        assert_eq!(down.sorted_by("sent").href(), "/email?search=a%20b&sort=sent");
        assert_eq!(down.sort_state("sent"), SortState::None);
    }
}
