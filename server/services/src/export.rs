//! CSV files (RFC 4180) that are safe to open in a spreadsheet.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};

use crate::Fault;

/// A CSV file in the making: rows go in, chunks of bytes come out, so that a long export never stands in memory whole.
pub struct CsvChunks {
    writer: Option<Writer<Vec<u8>>>,
}

impl CsvChunks {
    /// Starts a file with its header line.
    ///
    /// # Errors
    /// [`Fault::Io`] never in practice: the target is memory.
    pub fn new(header: &[&str]) -> Result<Self, Fault> {
        let mut file = Self { writer: None };
        file.row(header)?;
        Ok(file)
    }

    /// Adds a line. Cells that a spreadsheet would run as a formula get a leading apostrophe.
    ///
    /// # Errors
    /// [`Fault::Io`] when a row has another number of cells than the one before it in the same chunk.
    pub fn row(&mut self, cells: &[&str]) -> Result<(), Fault> {
        let writer = self.writer.get_or_insert_with(|| WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new()));
        writer.write_record(cells.iter().map(|cell| safe_cell(cell).into_owned())).map_err(|error| failed(std::io::Error::other(error)))
    }

    /// Takes what was written since the last call; empty when nothing was.
    ///
    /// # Errors
    /// [`Fault::Io`] never in practice: the target is memory.
    pub fn take(&mut self) -> Result<Vec<u8>, Fault> {
        match self.writer.take() {
            None => Ok(Vec::new()),
            Some(writer) => writer.into_inner().map_err(|error| failed(error.into_error())),
        }
    }
}

fn failed(source: std::io::Error) -> Fault {
    Fault::Io { what: "writing CSV", source }
}

/// Defuses formulas: a spreadsheet evaluates a cell that starts with one of these characters (OWASP, "CSV Injection"), and East Asian
/// settings take the wide forms for the same.
pub fn safe_cell(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused() {
        let check = |cell: &str, safe: &str| assert_eq!(safe_cell(cell), safe);
        check("=1+1", "'=1+1");
        check("+49 30 1234", "'+49 30 1234");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\tx", "'\tx");
        check("\rx", "'\rx");
        check("\n=x", "'\n=x");
        check("＝1+1", "'＝1+1");
        check("＠SUM(A1)", "'＠SUM(A1)");
        check("Ann = owner", "Ann = owner");
        check("", "");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_chunks_join() {
        let mut file = CsvChunks::new(&["name", "note"]).unwrap();
        file.row(&["Ann, \"A\"", "two\r\nlines"]).unwrap();
        let mut bytes = file.take().unwrap();
        assert_eq!(file.take().unwrap(), b"");
        file.row(&["Bob", "=x"]).unwrap();
        bytes.extend(file.take().unwrap());
        assert_eq!(String::from_utf8(bytes).unwrap(), "name,note\r\n\"Ann, \"\"A\"\"\",\"two\r\nlines\"\r\nBob,'=x\r\n");
    }
}
