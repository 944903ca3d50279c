//! Message bodies, and the property that cuts change nothing.

use proptest::prelude::*;

use super::super::super::Limits;
use super::super::Settings;
use super::{codes, run, settings};

fn mail(data: &str) -> String {
    format!("EHLO a.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n{data}")
}

#[test]
fn messages_are_taken_or_refused_as_a_whole() {
    // the data, the answers after 354, the body that was taken
    let check = |data: &str, expected: &[&str], body: Option<&str>| {
        let settings = settings();
        let run = run(&settings, &[mail(data).as_bytes()]);
        let expected = [&["250", "250", "250", "354"], expected].concat();
        assert_eq!(codes(&run.replies), expected, "{data:?}\n{}", run.replies);
        let bodies: Vec<&str> = run.messages.iter().map(|(_, body)| body.as_str()).collect();
        assert_eq!(bodies, Vec::from_iter(body), "{data:?}");
    };
    check("a\r\n..b\r\n.\r\nQUIT\r\n", &["250", "221 2.0.0"], Some("a\r\n.b\r\n"));
    check(".\r\n", &["250"], Some(""));
    check("please refuse\r\n.\r\nNOOP\r\n", &["550 5.7.1", "250"], None);
    check("full\r\n.\r\n", &["452 4.3.1"], None);
    check("huge\r\n.\r\n", &["552 5.3.4"], None);
    let exact = format!("{}\r\n", "x".repeat(998));
    check(&format!("{exact}.\r\n"), &["250"], Some(&exact));
    check(&format!("x{exact}.\r\nNOOP\r\n"), &["552 5.3.4", "250"], None);
    check(&format!("{}\r\n.\r\nNOOP\r\n", "x".repeat(1998)), &["552 5.3.4", "250"], None);
    check(&format!("{}\r\n.\r\nNOOP\r\n", "x".repeat(1999)), &["552 5.3.4"], None);
    // Smuggling: what follows the false end is text, and the message is refused.
    for false_end in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n.\r\r\n"] {
        let data = format!("a{false_end}MAIL FROM:<x@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nb\r\n.\r\nQUIT\r\n");
        check(&data, &["550 5.6.0", "221 2.0.0"], None);
    }
    let hops = |count: usize| format!("{}Subject: x\r\n\r\n.\r\n", "Received: x\r\n".repeat(count));
    check(&hops(50), &["250"], Some(hops(50).strip_suffix(".\r\n").unwrap()));
    check(&hops(51), &["554 5.4.6"], None);
}

#[test]
fn chunks_make_a_message() {
    let check = |chunks: &str, expected: &[&str], body: Option<&str>| {
        let settings = settings();
        let input = format!("EHLO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<b@y.test>\r\n{chunks}");
        let run = run(&settings, &[input.as_bytes()]);
        let expected = [&["250", "250", "250"], expected].concat();
        assert_eq!(codes(&run.replies), expected, "{chunks:?}\n{}", run.replies);
        let bodies: Vec<&str> = run.messages.iter().map(|(_, body)| body.as_str()).collect();
        assert_eq!(bodies, Vec::from_iter(body), "{chunks:?}");
    };
    check("BDAT 4\r\n.\r\n.BDAT 3 LAST\r\na\nbQUIT\r\n", &["250", "250", "221 2.0.0"], Some(".\r\n.a\nb"));
    check("BDAT 3\r\nabcBDAT 0 LAST\r\n", &["250", "250"], Some("abc"));
    check("BDAT 3\r\nabcRSET\r\nBDAT 1 LAST\r\nxQUIT\r\n", &["250", "250", "503 5.5.1", "221 2.0.0"], None);
    check("BDAT x\r\nBDAT 1 FIRST\r\n", &["501 5.5.4", "501 5.5.4"], None);
    check("BDAT 184467440737095516150005\r\nBDAT 1000000000000000000\r\n", &["501 5.5.4", "501 5.5.4"], None);
    // Too large in a later chunk; the chunks after it belong to nothing but are still read.
    let large = format!("BDAT 600\r\n{0}BDAT 600\r\n{0}BDAT 5 LAST\r\nQUIT\nQUIT\r\n", "x".repeat(600));
    check(&large, &["250", "552 5.3.4", "503 5.5.1", "221 2.0.0"], None);
    check("BDAT 2001\r\nabc", &["552 5.3.4"], None);
    check("RSET\r\nBDAT 5\r\nQUIT\nMAIL FROM:<>\r\nBDAT 1 LAST\r\nx", &["250", "503 5.5.1", "250", "554 5.5.1"], None);
}

/// Scripts in which commands, message ends and odd line ends are frequent, but no STARTTLS: that one drops what comes
/// with it, so that there the cut matters on purpose.
fn script() -> impl Strategy<Value = Vec<u8>> {
    let fixed = prop::sample::select(vec![
        "EHLO a.test\r\n",
        "MAIL FROM:<a@x.test>\r\n",
        "RCPT TO:<b@y.test>\r\n",
        "RCPT TO:<no@y.test>\r\n",
        "DATA\r\n",
        "text\r\n",
        "\r\n.\r\n",
        "\n.\r\n",
        "\r\n.\n",
        "\r.\r\n",
        ".",
        "\r",
        "\n",
        "\r\n",
        "BDAT 5\r\n",
        "BDAT 7 LAST\r\n",
        "BDAT 2001\r\n",
        "Received: x\r\n",
        "RSET\r\n",
        "QUIT\r\n",
        "NOOP\r\n",
        "FOO\r\n",
        "refuse",
    ])
    .prop_map(|text| text.as_bytes().to_vec());
    let long = (prop::sample::select(vec![b'x', b'.', b'\r']), 1usize..2600).prop_map(|(byte, count)| vec![byte; count]);
    let wild = prop::collection::vec(any::<u8>(), 0..20);
    let piece = prop_oneof![20 => fixed, 1 => long, 1 => wild];
    let opening = prop_oneof![Just(Vec::new()), Just(mail("").into_bytes())];
    (opening, prop::collection::vec(piece, 0..30)).prop_map(|(opening, pieces)| [opening, pieces.concat()].concat())
}

proptest! {
    #[test]
    fn cuts_change_no_reply(input in script(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let settings = Settings::new(
            "mx.test",
            Limits { message_bytes: 1000, received_headers: 3, commands: 40, ..Limits::default() },
            false,
        );
        let whole = run(&settings, &[&input]);
        let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        bounds.extend([0, input.len()]);
        bounds.sort_unstable();
        let pieces: Vec<&[u8]> = bounds.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect();
        for pieces in [pieces, input.chunks(1).collect()] {
            let cut = run(&settings, &pieces);
            prop_assert_eq!(&cut.replies, &whole.replies);
            prop_assert_eq!(&cut.messages, &whole.messages);
            prop_assert_eq!(cut.closed, whole.closed);
        }
    }
}
