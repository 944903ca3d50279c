//! `/visit-ended`: where a visitor finds themselves when their visit is over.

use leptos::prelude::*;
use ui::{Inline, LinkButton, Variant};

use crate::shell::{BlankPage, Screen};

/// The page needs nothing.
pub struct VisitEndedPage;

impl Screen for VisitEndedPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! {
            <BlankPage title="Your visit has ended"
                sentence="You left, its time was over, or the organisation ended it. What you did there is in its audit log.">
                <Inline>
                    <LinkButton href="/" variant=Variant::Primary>"Go to your organisation"</LinkButton>
                    <LinkButton href="/operator">"Operators' console"</LinkButton>
                </Inline>
            </BlankPage>
        }
        .into_any()
    }
}
