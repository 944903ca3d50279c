//! What somebody may do, and why: on their page.

use leptos::prelude::*;
use model::{
    Problem,
    people::{Explanation, TokenVerdicts, Verdict},
};
use ui::{Card, Column, DataTable, Row, Skeleton, SkeletonKind, Stack, StatusChip, Tone};

use crate::shell::{Loaded, ProblemView, suspended};

/// The person's own answers, then those of each API token.
#[component]
pub(super) fn Why(explanation: Loaded<Explanation>) -> impl IntoView {
    view! {
        <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
            {move || suspended(async move {
                match explanation.await {
                    Ok(Explanation { person, tokens }) => {
                        let may = person.iter().filter(|verdict| verdict.allowed).count();
                        view! {
                            <Stack>
                                <Card title="What can this person do, and why" id="why"><Verdicts verdicts=person/></Card>
                                {(!tokens.is_empty()).then(|| view! {
                                    <Card title="Through API tokens" sentence="A token is bound to what it was given, and never does more than its user may.">
                                        <Tokens tokens=tokens may=may/>
                                    </Card>
                                })}
                            </Stack>
                        }
                        .into_any()
                    }
                    // The page itself says that there is no such person.
                    Err(Problem::NotFound) => ().into_any(),
                    Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// One row per token: how much of what its user may it may too, and what that is.
#[component]
fn Tokens(tokens: Vec<TokenVerdicts>, may: usize) -> impl IntoView {
    let row = |token: TokenVerdicts| {
        let allowed: Vec<_> = token.verdicts.iter().filter(|verdict| verdict.allowed).map(|verdict| verdict.capability.label()).collect();
        let much = format!("{} of {may}", allowed.len());
        let what = if allowed.is_empty() { "Nothing".to_owned() } else { allowed.join(", ") };
        Row::new(token.prefix.clone()).cell(format!("{} ({}\u{2026})", token.name, token.prefix)).cell(much).cell(what)
    };
    let rows = tokens.into_iter().map(row).collect::<Vec<_>>();
    let columns = vec![Column::new("token", "API token"), Column::new("much", "Of what the person may").narrow(), Column::new("what", "Allowed")];
    view! { <DataTable id="token-verdicts" caption="Through API tokens" dense=true columns=columns rows=rows/> }
}

#[component]
fn Verdicts(verdicts: Vec<Verdict>) -> impl IntoView {
    let row = |verdict: Verdict| {
        let answer = if verdict.allowed {
            view! { <StatusChip tone=Tone::Good label="Yes"/> }
        } else {
            view! { <StatusChip tone=Tone::Neutral label="No"/> }
        };
        Row::new(verdict.capability.word()).cell(verdict.capability.label()).cell(answer).cell(verdict.why)
    };
    let rows = verdicts.into_iter().map(row).collect::<Vec<_>>();
    let columns = vec![Column::new("what", "What"), Column::new("may", "May").narrow(), Column::new("why", "Why")];
    view! { <DataTable id="may" caption="When signed in" dense=true columns=columns rows=rows/> }
}
