//! The bytes of a message on their way in: the dot decoder of DATA and the counter of Received headers.
//!
//! Only CRLF ends a line and only CRLF `.` CRLF ends the data (RFC 5321 §2.3.8, §4.1.1.4). A server that also takes LF
//! `.` LF or LF `.` CRLF as the end sees further commands where the sending server saw text, which lets a stranger send
//! mail in that server's name (SMTP smuggling, CVE-2023-51764 and its kin). So a CR or LF alone never starts a line here:
//! the decoder reads on to the one true end, and reports what it saw so that the message is refused as a whole. Repairing
//! the line ends instead would change what a signature covers. BDAT (RFC 3030) counts bytes, has no end to forge, and
//! known senders put bare LF in it; such a message is taken as it is.

use memchr::{memchr, memchr2};

/// Takes DATA apart: removes stuffed dots, finds the end. The result does not depend on how the input is cut up.
#[derive(Debug, Default)]
pub struct DotDecoder {
    state: State,
    bare_line_end: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    LineStart,
    /// After a dot that began a line.
    Dot,
    /// After a dot that began a line and a CR.
    DotCr,
    Text,
    /// After a CR in text.
    Cr,
}

/// What [`DotDecoder::decode`] did with its input.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes used; all of them unless the end was found.
    pub consumed: usize,
    /// Whether the end of the data was found.
    pub ended: bool,
}

impl DotDecoder {
    /// Appends the decoded form of `input` to `out`, up to the end of the data.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Decoded {
        let mut rest = input;
        let mut ended = false;
        while !ended && !rest.is_empty() {
            rest = match (self.state, rest) {
                (State::Text, _) => self.text(rest, out),
                (State::LineStart, [b'.', tail @ ..]) => self.go(State::Dot, tail),
                (State::Dot, [b'\r', tail @ ..]) => self.go(State::DotCr, tail),
                (State::LineStart | State::Dot, _) => self.go(State::Text, rest),
                (State::DotCr, [b'\n', tail @ ..]) => {
                    ended = true;
                    self.go(State::LineStart, tail)
                }
                (State::Cr, [b'\n', tail @ ..]) => {
                    out.extend_from_slice(b"\r\n");
                    self.go(State::LineStart, tail)
                }
                (State::DotCr | State::Cr, _) => {
                    self.bare_line_end = true;
                    out.push(b'\r');
                    self.go(State::Text, rest)
                }
            };
        }
        Decoded { consumed: input.len() - rest.len(), ended }
    }

    /// Whether a CR or LF stood alone so far.
    pub fn saw_bare_line_end(&self) -> bool {
        self.bare_line_end
    }

    fn go<'a>(&mut self, state: State, rest: &'a [u8]) -> &'a [u8] {
        self.state = state;
        rest
    }

    /// Copies text up to the end of its line and gives what follows.
    fn text<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let end = memchr2(b'\r', b'\n', input).unwrap_or(input.len());
        let (line, tail) = input.split_at_checked(end).unwrap_or((input, &[]));
        match tail {
            [] => {
                out.extend_from_slice(line);
                tail
            }
            [b'\r', b'\n', after @ ..] => {
                out.extend_from_slice(input.get(..end + 2).unwrap_or(input));
                self.go(State::LineStart, after)
            }
            [b'\r', after @ ..] => {
                out.extend_from_slice(line);
                self.go(State::Cr, after)
            }
            [other, after @ ..] => {
                self.bare_line_end = true;
                out.extend_from_slice(line);
                out.push(*other);
                after
            }
        }
    }
}

/// Counts `Received` headers in a message's header section, fed in pieces (RFC 5321 §6.3).
#[derive(Debug, Default)]
pub struct HopCounter {
    count: u32,
    position: Position,
}

#[derive(Debug, Clone, Copy)]
enum Position {
    /// In a header name, this many bytes of which are those of `received:`.
    Name(usize),
    Line,
    Body,
}

impl Default for Position {
    fn default() -> Self {
        Position::Name(0)
    }
}

const RECEIVED: &[u8] = b"received:";

impl HopCounter {
    /// Reads the next piece of the message.
    pub fn feed(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            piece = match self.position {
                Position::Body => return,
                Position::Line => match memchr(b'\n', piece) {
                    None => return,
                    Some(end) => {
                        self.position = Position::Name(0);
                        piece.get(end + 1..).unwrap_or_default()
                    }
                },
                Position::Name(matched) => self.name(matched, piece),
            };
        }
    }

    /// Received headers seen so far.
    pub fn count(&self) -> u32 {
        self.count
    }

    fn name<'a>(&mut self, matched: usize, piece: &'a [u8]) -> &'a [u8] {
        let Some((byte, tail)) = piece.split_first() else {
            return piece;
        };
        self.position = match (matched, byte) {
            (0, b'\r' | b'\n') => Position::Body,
            (_, b'\n') => Position::Name(0),
            _ if RECEIVED.get(matched) != Some(&byte.to_ascii_lowercase()) => Position::Line,
            _ if matched + 1 == RECEIVED.len() => {
                self.count = self.count.saturating_add(1);
                Position::Line
            }
            _ => Position::Name(matched + 1),
        };
        tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a client does to text of whole CRLF lines (RFC 5321 §4.5.2).
    fn stuff(text: &[u8]) -> Vec<u8> {
        let mut stuffed = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        stuffed.extend_from_slice(b".\r\n");
        stuffed
    }

    fn decode(input: &[u8], cuts: &[usize]) -> (Vec<u8>, bool, bool, usize) {
        let mut decoder = DotDecoder::default();
        let (mut out, mut used) = (Vec::new(), 0);
        let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
        bounds.push(input.len());
        bounds.sort_unstable();
        for bound in bounds {
            let decoded = decoder.decode(&input[used..bound.max(used)], &mut out);
            used += decoded.consumed;
            if decoded.ended {
                return (out, true, decoder.saw_bare_line_end(), used);
            }
        }
        (out, false, decoder.saw_bare_line_end(), used)
    }

    #[test]
    fn finds_only_the_true_end() {
        // input, decoded, end found, bare line end, bytes left over
        let check = |input: &str, decoded: &str, ended: bool, bare: bool, left: usize| {
            let (out, found, saw_bare, used) = decode(input.as_bytes(), &[]);
            assert_eq!(String::from_utf8(out).unwrap(), decoded, "{input:?}");
            assert_eq!((found, saw_bare, input.len() - used), (ended, bare, left), "{input:?}");
        };
        check(".\r\n", "", true, false, 0);
        check("a\r\n.\r\nQUIT\r\n", "a\r\n", true, false, 6);
        check("..\r\n.a\r\n...b\r\n.\r\n", ".\r\na\r\n..b\r\n", true, false, 0);
        check("a.\r\nb\r\n.\r\n", "a.\r\nb\r\n", true, false, 0);
        check("\r\n.\r\n", "\r\n", true, false, 0);
        // Every variant that some server once took for the end.
        check("a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", true, true, 0);
        check("a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", true, true, 0);
        check("a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", true, true, 0);
        check("a\r.\rb\r\n.\r\n", "a\r.\rb\r\n", true, true, 0);
        check("a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n", true, true, 0);
        check("a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", true, true, 0);
        check("a\r\r\n.\r\r\n.\r\n", "a\r\r\n\r\r\n", true, true, 0);
        check("a\n\r\n.\r\n", "a\n\r\n", true, true, 0);
        check("a\r\n\0.\r\n.\r\n", "a\r\n\0.\r\n", true, false, 0);
        // Not there yet.
        check("a\r\n.\r", "a\r\n", false, false, 0);
        check("a\r", "a", false, false, 0);
        check("a\n.\n", "a\n.\n", false, true, 0);
    }

    #[test]
    fn counts_received_headers() {
        let check = |message: &str, expected: u32| {
            let mut whole = HopCounter::default();
            whole.feed(message.as_bytes());
            let mut bytewise = HopCounter::default();
            message.as_bytes().chunks(1).for_each(|byte| bytewise.feed(byte));
            assert_eq!((whole.count(), bytewise.count()), (expected, expected), "{message:?}");
        };
        check("", 0);
        check("Received: a\r\n b\r\nRECEIVED: c\r\nSubject: x\r\nreceived:d\r\n\r\nReceived: body\r\n", 3);
        check("X-Received: a\r\nReceived-SPF: b\r\n\r\n", 0);
        check("\r\nReceived: a\r\n", 0);
        check("Received: a\nReceived: b\n\nReceived: c\n", 2);
        check("Rec\nReceived: a\r\n", 1);
        check(" Received: folded\r\n", 0);
    }

    fn line_text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => Just(b'.'), 5 => any::<u8>()];
        proptest::collection::vec(byte.prop_filter("no line ends", |b| !matches!(b, b'\r' | b'\n')), 0..12)
    }

    /// Bytes in which line ends and dots are frequent.
    fn tricky() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a')];
        let piece = prop_oneof![byte.prop_map(|b| vec![b]), Just(b"\r\n".to_vec()), Just(b"\r\n.\r\n".to_vec())];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn unstuffing_is_the_inverse_of_stuffing(lines in proptest::collection::vec(line_text(), 0..12), cuts: Vec<usize>) {
            let text: Vec<u8> = lines.into_iter().flat_map(|line| [line, b"\r\n".to_vec()].concat()).collect();
            let stuffed = stuff(&text);
            prop_assert_eq!(decode(&stuffed, &cuts), (text, true, false, stuffed.len()));
        }

        #[test]
        fn cuts_change_nothing(input in tricky(), cuts: Vec<usize>) {
            prop_assert_eq!(decode(&input, &cuts), decode(&input, &[]));
        }

        #[test]
        fn ends_exactly_at_the_first_true_end(input in tricky()) {
            let (_, ended, _, used) = decode(&input, &[]);
            let from_start = input.starts_with(b".\r\n").then_some(3);
            let later = input.windows(5).position(|window| window == b"\r\n.\r\n").map(|at| at + 5);
            prop_assert_eq!(ended.then_some(used), from_start.or(later));
        }
    }
}
