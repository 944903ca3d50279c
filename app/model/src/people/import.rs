//! Files of people.

use serde::{Deserialize, Serialize};

use super::{Licence, Licences};
use crate::{ids::ImportId, time::Stamp};

/// Largest file, in bytes.
pub const MAX_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// Most people in a file; the header does not count.
pub const MAX_IMPORT_LINES: usize = 10_000;
/// The columns of a file; only `email` is needed.
pub const IMPORT_COLUMNS: &[&str] = &["email", "name", "role", "licences", "teams"];

/// What the import page posts besides the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportForm {
    /// Lines pasted instead of a file.
    pub text: String,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Read and checked; nobody was added.
    Checked,
    /// Being done.
    Running,
    /// Finished.
    Done,
    /// Ended without adding everybody it should have; `why` says more.
    Stopped,
}

impl ImportStatus {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Checked, Self::Running, Self::Done, Self::Stopped];

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Checked => "Checked",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Stopped => "Stopped",
        }
    }

    /// Reads [`ImportStatus::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.word() == word)
    }
}

/// What becomes of a file in which some lines are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// The good lines are taken in, the wrong ones left out.
    Good,
    /// All lines or none.
    All,
}

impl ImportMode {
    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::All => "all",
        }
    }

    /// Reads [`ImportMode::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Good, Self::All].into_iter().find(|mode| mode.word() == word)
    }
}

/// One thing that is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// Column as the header names it; empty for the line as a whole.
    pub column: String,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A line that cannot be taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportLine {
    /// Line of the file, from 1; the header is line 1.
    pub line: i64,
    /// Everything that is wrong with it.
    pub problems: Vec<ImportProblem>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Id.
    pub id: ImportId,
    /// Name of the file; `pasted lines` for pasted ones.
    pub file_name: String,
    /// How far it is.
    pub status: ImportStatus,
    /// People in the file.
    pub total: i64,
    /// Lines that cannot be taken in.
    pub wrong: i64,
    /// People added so far.
    pub imported: i64,
    /// Lines dealt with so far, of `total`.
    pub processed: i64,
    /// Why it stopped; empty when it did not.
    pub why: String,
    /// When it was read.
    pub created: Stamp,
    /// When it ended.
    pub finished: Option<Stamp>,
}

/// A file with a page of what is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPage {
    /// The file.
    pub import: Import,
    /// Wrong lines, in the order of the file.
    pub lines: Vec<ImportLine>,
    /// Cursor of the next page of them.
    pub next: Option<String>,
}

/// Reads a cell of licences: words or labels parted by `|`, `,` or `;`.
///
/// # Errors
/// The first word that names no licence.
pub fn parse_licences(cell: &str) -> Result<Licences, String> {
    let mut held = Licences::default();
    for word in cell.split(['|', ',', ';']).map(str::trim).filter(|word| !word.is_empty()) {
        held = held.with(Licence::read(word).ok_or_else(|| word.to_owned())?, true);
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_of_a_cell() {
        let both = Licences { contact_center: true, interact: true };
        let check = |cell: &str, expected: Result<Licences, String>| assert_eq!(parse_licences(cell), expected, "{cell}");
        check("", Ok(Licences::default()));
        check("contact_center|interact", Ok(both));
        check("Contact Center, Interact", Ok(both));
        check(" interact ;", Ok(Licences { contact_center: false, interact: true }));
        check("interact|phone", Err("phone".into()));
    }
}
