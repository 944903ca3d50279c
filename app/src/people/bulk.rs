//! Changing everybody who is ticked in the list.

use leptos::prelude::*;
use model::people::{BulkOutcome, Licence, Team};
use ui::{Alert, Button, ButtonKind, Choice, Form, ListUrl, Select, Stack, TickBar, Toast, Tone, use_ready, use_toaster};

use super::api::ChangeMany;
use crate::shell::{FormState, call, query_pairs};

/// Id of the form that the ticks belong to.
pub(super) const BULK_FORM: &str = "bulk";

/// The state of the form: it outlives the list, which is read again after each change.
pub(super) fn bulk_state(changes: RwSignal<u32>) -> FormState<ChangeMany> {
    let state = FormState::<ChangeMany>::new();
    let toaster = use_toaster();
    state.on_success(move |outcome: BulkOutcome| {
        changes.update(|count| *count += 1);
        let posted = state.posted();
        let verb = posted.as_ref().map(|posted| posted.verb.clone()).unwrap_or_default();
        let toast = Toast::good(sentence(&outcome));
        let opposite = match verb.as_str() {
            "deactivate" => Some("reactivate"),
            "reactivate" => Some("deactivate"),
            "give" => Some("take"),
            "take" => Some("give"),
            _ => None,
        };
        if let (Some(opposite), Some(posted), false) = (opposite, posted, outcome.changed.is_empty()) {
            let back = ChangeMany { ids: outcome.changed.clone(), verb: opposite.to_owned(), ..posted };
            let undo = Callback::new(move |()| {
                let back = back.clone();
                leptos::task::spawn_local(async move {
                    let done = call(back).await;
                    changes.update(|count| *count += 1);
                    toaster.show(match done {
                        Ok(_) => Toast::good("Undone"),
                        Err(problem) => Toast::bad(problem.message()),
                    });
                });
            });
            toaster.show(toast.undo(undo));
        } else {
            toaster.show(toast);
        }
    });
    state
}

fn sentence(outcome: &BulkOutcome) -> String {
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    let mut words = match outcome.changed.len() {
        0 => "Nobody was changed".to_owned(),
        changed => format!("{} changed", people(changed)),
    };
    if outcome.unchanged > 0 {
        words.push_str(&format!(", {} already so", outcome.unchanged));
    }
    if !outcome.refused.is_empty() {
        words.push_str(&format!(", {} left as they were", outcome.refused.len()));
    }
    words
}

/// What to do with those ticked, and whom it could not be done to.
#[component]
pub(super) fn BulkBar(state: FormState<ChangeMany>, teams: Vec<Team>) -> impl IntoView {
    let ready = use_ready();
    let verb = RwSignal::new("deactivate".to_owned());
    // Before the WASM arrives everything shows, because nothing can follow the choice.
    let needs = move |verbs: &'static [&'static str]| Signal::derive(move || !ready.get() || verbs.contains(&verb.get().as_str()));
    let (needs_team, needs_licence) = (needs(&["join"]), needs(&["give", "take"]));
    let mut verbs = vec![Choice::new("deactivate", "Deactivate"), Choice::new("reactivate", "Reactivate")];
    let join = Choice::new("join", "Add to a team");
    verbs.push(if teams.is_empty() { join.disabled_because("There is no team yet.") } else { join });
    verbs.extend([Choice::new("give", "Give a licence"), Choice::new("take", "Take a licence away")]);
    let team_choices: Vec<_> = teams.iter().map(|team| Choice::new(team.id.to_string(), team.name.clone())).collect();
    let licence_choices: Vec<_> = Licence::ALL.iter().map(|one| Choice::new(one.word(), one.label())).collect();
    let here = ListUrl::new("/people", query_pairs()).href();
    let answer = state.answer();
    view! {
        <Stack tight=true>
            <Form id=BULK_FORM action=state.url() next=here problems=state.problems() message=state.message() pending=state.pending()
                saved=state.saved() on_submit=state.submit()>
                <TickBar form=BULK_FORM label="With those ticked">
                    <Select name="verb" label="With those ticked" options=verbs on_change=move |chosen: String| verb.set(chosen)/>
                    <div hidden=move || !needs_team.get()>
                        <Select name="team" label="Team" prompt="Choose…" options=team_choices/>
                    </div>
                    <div hidden=move || !needs_licence.get()>
                        <Select name="licence" label="Licence" prompt="Choose…" options=licence_choices/>
                    </div>
                    <Button kind=ButtonKind::Submit busy=state.pending()>"Apply"</Button>
                </TickBar>
            </Form>
            {move || answer.get().filter(|outcome| !outcome.refused.is_empty()).map(|outcome| {
                let lines = outcome.refused.into_iter().map(|one| view! { <li><strong>{one.name}</strong>": "{one.why}</li> }).collect_view();
                view! { <Alert tone=Tone::Caution title="These were left as they were"><ul class="list-disc ps-4">{lines}</ul></Alert> }
            })}
        </Stack>
    }
}
