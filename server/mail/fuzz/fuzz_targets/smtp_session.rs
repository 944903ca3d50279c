//! Any bytes are a session: it never panics, keeps its promises to the driver, and says the same however the bytes were
//! cut up. The first byte chooses the cut.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use mail::smtp_in::session::{Action, Session, Settings};
use mail::smtp_in::{Limits, Verdict};

/// The replies and the bodies taken.
fn run(settings: &Settings, pieces: impl Iterator<Item = Vec<u8>>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut session = Session::new(settings, SocketAddr::from(([192, 0, 2, 1], 25)));
    let (mut input, mut replies, mut sink, mut bodies) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(&piece);
        loop {
            let before = sink.len();
            let progress = session.advance(&input, &mut replies, &mut sink);
            assert!(progress.consumed <= input.len());
            assert!(
                sink.len() <= before + progress.consumed + 1,
                "the sink grows no faster than the input"
            );
            input.drain(..progress.consumed);
            match progress.action {
                Action::NeedInput => {
                    assert!(input.len() < 2048, "only a command line may be unfinished");
                    break;
                }
                Action::CheckRecipient => {
                    let known = !session.pending_recipient().starts_with('x');
                    let verdict = if known {
                        Verdict::Accept
                    } else {
                        Verdict::Unknown
                    };
                    session.recipient_checked(verdict, &mut replies);
                }
                Action::BeginBody => sink.clear(),
                Action::Deliver => {
                    let envelope = session
                        .envelope()
                        .expect("a complete message has an envelope");
                    assert!(!envelope.recipients.is_empty());
                    assert!(sink.len() <= 4096, "the size limit holds");
                    bodies.push(std::mem::take(&mut sink));
                    session.delivered(&Ok("Q".to_owned()), &mut replies);
                }
                // Not offered below: what comes with STARTTLS is dropped, so that there the cut would matter.
                Action::StartTls => unreachable!("STARTTLS was not offered"),
                Action::Close => return (replies, bodies),
            }
        }
    }
    (replies, bodies)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, script)) = bytes.split_first() else {
        return;
    };
    let limits = Limits {
        message_bytes: 4096,
        received_headers: 3,
        ..Limits::default()
    };
    let settings = Settings::new("mx.test", limits, false);
    let whole = run(&settings, std::iter::once(script.to_vec()));
    let pieces = script.chunks(usize::from(*cut) + 1).map(<[u8]>::to_vec);
    assert_eq!(whole, run(&settings, pieces));
    assert!(whole.0.is_empty() || whole.0.ends_with(b"\r\n"));
});
