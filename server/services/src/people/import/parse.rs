//! From the bytes of a file to its lines: encoding, delimiter, header.

use csv::{ByteRecord, ReaderBuilder};
use model::{
    Problem,
    people::{IMPORT_COLUMNS, MAX_IMPORT_BYTES, MAX_IMPORT_LINES},
};

/// Longest cell that is looked at, in characters; nothing that fits a column is longer.
const MAX_CELL_CHARS: usize = 2000;

/// One line of the file below the header; a column that the file does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1; the header is line 1.
    pub line: i64,
    pub email: String,
    pub name: String,
    pub role: String,
    pub licences: String,
    pub teams: String,
    /// Cells beyond the header's, if any.
    pub surplus: usize,
}

/// Takes a file apart. Delimiters are commas, semicolons and tabs, whichever the header has most of; lines end in LF or CRLF; a byte order mark
/// and the `sep=` line of spreadsheets are passed over, empty lines too.
///
/// # Errors
/// [`Problem::TooLarge`] over 5 MB or 10,000 lines; [`Problem::Invalid`] on `file` for what is no UTF-8 text, has no header with `email`, has a column
/// that is not known or stands twice, or has no line below the header.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Line>, Problem> {
    if bytes.len() > MAX_IMPORT_BYTES {
        return Err(Problem::TooLarge { what: format!("A file has at most {} MB; divide it.", MAX_IMPORT_BYTES / 1024 / 1024) });
    }
    let text = decode(bytes)?;
    let (text, skipped, named) = without_sep_line(text);
    let delimiter = named.unwrap_or_else(|| guess(text));
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut columns: Option<Vec<Column>> = None;
    let mut lines = Vec::new();
    while reader.read_byte_record(&mut record).map_err(|_| unreadable())? {
        let line = skipped + line_of(&record, text);
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Some(header(&record)?);
            continue;
        };
        if lines.len() == MAX_IMPORT_LINES {
            return Err(Problem::TooLarge { what: format!("A file has at most {MAX_IMPORT_LINES} people; divide it.") });
        }
        lines.push(read(line, &record, columns));
    }
    if columns.is_none() || lines.is_empty() {
        return Err(refuse("There is nobody in this file. The first line names the columns, each further line is one person."));
    }
    Ok(lines)
}

fn refuse(sentence: impl Into<String>) -> Problem {
    Problem::field("file", sentence)
}

fn unreadable() -> Problem {
    refuse("This is not a CSV file. Take the template and save it as CSV.")
}

/// The text without its byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(refuse("This file is UTF-16 (“Unicode text”). Save it as “CSV UTF-8” and choose it again."));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(refuse("This is a spreadsheet or an archive, not a CSV file. Save the sheet as “CSV UTF-8” and choose that file."));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        refuse(format!("Line {line} is not UTF-8. Save the file as “CSV UTF-8” and choose it again."))
    })
}

/// Spreadsheets write `sep=;` as a first line of their own.
fn without_sep_line(text: &str) -> (&str, i64, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) => (rest, 1, Some(*delimiter)),
        _ => (text, 0, None),
    }
}

/// The delimiter that the header has most of; a comma when it has none.
fn guess(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    let mut best = b',';
    for candidate in [b';', b'\t'] {
        if count(candidate) > count(best) {
            best = candidate;
        }
    }
    best
}

/// The reader counts from where it went on, which may be an empty line before the record.
fn line_of(record: &ByteRecord, text: &str) -> i64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let passed = text.as_bytes().get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let further = passed.filter(|byte| **byte == b'\n').count();
    i64::try_from(position.line()).unwrap_or(0) + i64::try_from(further).unwrap_or(0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Known(usize),
    /// What an export has besides: read over, so that an export can be taken in as it is.
    Passed,
}

fn header(record: &ByteRecord) -> Result<Vec<Column>, Problem> {
    let names: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_lowercase()).collect();
    let mut columns = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) && !name.is_empty() {
            return Err(refuse(format!("The header names the column “{name}” twice; remove one.")));
        }
        let alias = if name == "licenses" { "licences" } else { name.as_str() };
        columns.push(match IMPORT_COLUMNS.iter().position(|known| *known == alias) {
            Some(known) => Column::Known(known),
            None if ["status", "created", "last_seen", ""].contains(&name.as_str()) => Column::Passed,
            None => {
                let shown: String = name.chars().take(60).collect();
                let known = IMPORT_COLUMNS.join(", ");
                return Err(refuse(format!("The first line names a column “{shown}” that is not known. It names columns among: {known}.")));
            }
        });
    }
    if !columns.contains(&Column::Known(0)) {
        return Err(refuse("The first line has no column “email”. It names the columns, as in the template."));
    }
    Ok(columns)
}

fn read(line: i64, record: &ByteRecord, columns: &[Column]) -> Line {
    let mut read = Line { line, ..Line::default() };
    for (index, cell) in record.iter().enumerate() {
        // Spreadsheets end every line with the delimiters of empty columns.
        let cell = String::from_utf8_lossy(cell);
        let cell: String = plain(cell.trim()).chars().take(MAX_CELL_CHARS).collect();
        match columns.get(index) {
            Some(Column::Known(known)) => {
                let place = match known {
                    0 => &mut read.email,
                    1 => &mut read.name,
                    2 => &mut read.role,
                    3 => &mut read.licences,
                    _ => &mut read.teams,
                };
                *place = cell;
            }
            Some(Column::Passed) => {}
            None if cell.is_empty() => {}
            None => read.surplus += 1,
        }
    }
    read
}

/// An export puts an apostrophe before what a spreadsheet would run as a formula; here it goes again.
fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: i64, email: &str, name: &str, role: &str) -> Line {
        Line { line, email: email.into(), name: name.into(), role: role.into(), ..Line::default() }
    }

    #[test]
    fn files_as_programs_write_them() {
        let expected = vec![line(2, "a@x.example", "Ann, A", "agent"), line(3, "b@x.example", "Bö", "")];
        let check = |bytes: &[u8]| assert_eq!(parse(bytes).unwrap(), expected, "{}", String::from_utf8_lossy(bytes));
        check("email,name,role\na@x.example,\"Ann, A\",agent\nb@x.example,Bö,\n".as_bytes());
        check("\u{feff}email;name;role\r\na@x.example;Ann, A;agent\r\nb@x.example;Bö;\r\n".as_bytes());
        check("Email\tName\tRole\na@x.example\tAnn, A\tagent\nb@x.example\tBö".as_bytes());
        check("email,name,role,\na@x.example,\"Ann, A\",agent,\nb@x.example,Bö,,\n".as_bytes());
        check("email,name,role,status\na@x.example,\"Ann, A\",agent,active\nb@x.example,Bö,,invited\n".as_bytes());
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let numbers = |text: &str| parse(text.as_bytes()).unwrap().iter().map(|line| line.line).collect::<Vec<_>>();
        assert_eq!(numbers("email\n\na@x.example\r\n\r\n\r\nb@x.example\n,\nc@x.example"), [3, 6, 8]);
        assert_eq!(numbers("sep=;\nemail;name\na@x.example;A\nb@x.example;B\n"), [3, 4]);
        assert_eq!(numbers("email,name\na@x.example,\"two\nlines\"\nb@x.example,B\n"), [2, 4]);
    }

    #[test]
    fn files_that_are_none_say_what_to_do() {
        let check = |bytes: &[u8], part: &str| {
            let problem = parse(bytes).unwrap_err();
            let told = problem.for_field("file").unwrap_or_default().to_owned();
            assert!(told.contains(part), "{told}");
        };
        check(b"", "nobody in this file");
        check(b"email\n", "nobody in this file");
        check(b"\xff\xfee\0m\0", "UTF-16");
        check(b"PK\x03\x04rubbish", "spreadsheet");
        check(b"email\nann@x.example\nb\xfcb@x.example\n", "Line 3 is not UTF-8");
        check(b"name,role\nAnn,agent\n", "no column");
        check(b"email,phone\na@x.example,1\n", "phone");
        check(b"email,Email\na@x.example,b\n", "twice");
    }

    #[test]
    fn too_much_is_refused() {
        let mut many = String::from("email\n");
        for number in 0..=MAX_IMPORT_LINES {
            many.push_str(&format!("p{number}@x.example\n"));
        }
        assert!(matches!(parse(many.as_bytes()), Err(Problem::TooLarge { .. })));
        assert!(matches!(parse(&vec![b'a'; MAX_IMPORT_BYTES + 1]), Err(Problem::TooLarge { .. })));
    }

    #[test]
    fn surplus_cells_are_counted_and_defused_formulas_restored() {
        let lines = parse(b"email,name\na@x.example,'=Ann,agent,more\n").unwrap();
        assert_eq!((lines[0].name.as_str(), lines[0].surplus), ("=Ann", 2));
    }
}
