//! `/people/new`: inviting somebody.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Problem,
    auth::check_name,
    email::address::check_email_address,
    people::{INVITATION_DAYS, Invited, LicenceCount, Licences, Role, RoleRow, Team},
};
use ui::{
    Alert, Checkbox, Choice, CopyText, Crumb, EmailInput, Form, FormActions, LinkButton, PageHeader, RadioCards, Section, Select, Skeleton,
    SkeletonKind, Stack, TextInput, Toast, Tone, follow, use_toaster,
};

use super::{api::ListLicences, invitation_api::Invite, roles::role_choices, roles_api::ListRoles, team_api::ListTeams};
use crate::shell::{FormState, Loaded, ProblemView, Screen, suspended};

/// What can be chosen.
pub struct NewUserPage {
    teams: Loaded<Vec<Team>>,
    counts: Loaded<Vec<LicenceCount>>,
    roles: Loaded<Vec<RoleRow>>,
}

impl Screen for NewUserPage {
    fn data() -> Self {
        Self { teams: Loaded::new(|| ListTeams {}), counts: Loaded::new(|| ListLicences {}), roles: Loaded::new(|| ListRoles {}) }
    }

    fn view(this: Self) -> AnyView {
        let NewUserPage { teams, counts, roles } = this;
        view! {
            <Title text="Invite somebody"/>
            <PageHeader title="Invite somebody" sentence="They get a link, say their name and choose their own password."
                crumbs=vec![Crumb::new("People", "/people")]
                actions=|| view! { <LinkButton href="/people/import">"Invite many from a file"</LinkButton> }/>
            <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    let all = async { Ok::<_, Problem>((teams.await?, counts.await?, roles.await?)) };
                    match all.await {
                        Ok((teams, counts, roles)) => view! { <InviteForm teams=teams counts=counts roles=roles/> }.into_any(),
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Suspense>
        }
        .into_any()
    }
}

#[component]
fn InviteForm(teams: Vec<Team>, counts: Vec<LicenceCount>, roles: Vec<RoleRow>) -> impl IntoView {
    let toaster = use_toaster();
    let form = FormState::<Invite>::new();
    form.on_success(move |invited: Invited| {
        if invited.link.is_none() {
            toaster.show(Toast::good("Invited: the mail is on its way"));
            follow(&format!("/people/{}", invited.id));
        }
    });
    let ways = vec![
        Choice::new("mail", "By mail").help("From one of your email addresses."),
        Choice::new("link", "By a link").help("You copy it and hand it over in a safe way."),
    ];
    view! {
        <Stack>
            <MadeLink answer=form.answer()/>
            <Form id="invite" action=form.url() next="/people/new" problems=form.problems() message=form.message() pending=form.pending()
                saved=form.saved() kept=form.kept() on_submit=form.submit()>
                <Section title="Person">
                    <EmailInput name="email" label="Email address" required=true
                        validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                    <TextInput name="name" label="Name" help="May stay empty: they say it themselves." validate=optional_name/>
                    <Select name="role" label="Role" options=role_choices(&roles) value=Role::Agent.word() required=true/>
                </Section>
                <Section title="Licences and teams">
                    <LicenceBoxes counts=counts held=Licences::default()/>
                    <TeamBoxes teams=teams held=Vec::new()/>
                </Section>
                <Section title="Invitation" help=format!("The link works once, for {INVITATION_DAYS} days.")>
                    <RadioCards name="by" label="How it reaches them" options=ways value="mail" required=true/>
                </Section>
                <FormActions submit="Invite" cancel="/people"/>
            </Form>
        </Stack>
    }
}

/// The link of an invitation just made: the only moment it can be seen.
#[component]
pub(super) fn MadeLink(answer: Signal<Option<Invited>>) -> impl IntoView {
    move || {
        let invited = answer.get()?;
        Some(match invited.link {
            Some(link) => view! {
                <Alert tone=Tone::Good title="The invitation is ready">
                    <p>"Copy the link now: it is not stored and cannot be shown again."</p>
                    <CopyText label="invitation link" text=link/>
                    <p><a class="link-plain" href=format!("/people/{}", invited.id)>"See the person"</a></p>
                </Alert>
            }
            .into_any(),
            None => view! { <Alert tone=Tone::Good title="Invited: the mail is on its way"/> }.into_any(),
        })
    }
}

/// A checkbox for each licence, with how many are left.
#[component]
pub(super) fn LicenceBoxes(
    counts: Vec<LicenceCount>,
    /// What the person holds.
    held: Licences,
    /// A sentence when they cannot be changed now; empty when they can.
    #[prop(optional, into)]
    locked: String,
) -> impl IntoView {
    counts
        .into_iter()
        .map(|count| {
            let has = held.has(count.licence);
            let reason = match (locked.is_empty(), has || count.is_free()) {
                (false, _) => locked.clone(),
                (true, true) => String::new(),
                (true, false) => LicenceCount::refusal(count.licence, count.total.unwrap_or_default()),
            };
            let help = match count.total {
                Some(_) => format!("{} assigned.", count.words()),
                None => String::new(),
            };
            let label = format!("{} licence", count.licence.label());
            view! { <Checkbox name=count.licence.word() label=label checked=has help=help disabled_because=reason/> }
        })
        .collect_view()
}

/// A checkbox for each team.
#[component]
pub(super) fn TeamBoxes(
    teams: Vec<Team>,
    /// Ids of the person's own.
    held: Vec<String>,
    /// A sentence when they cannot be changed now; empty when they can.
    #[prop(optional, into)]
    locked: String,
) -> impl IntoView {
    if teams.is_empty() {
        return view! { <p class="text-quiet">"There is no team yet. "<a class="link-plain" href="/people/teams">"Teams"</a></p> }.into_any();
    }
    let boxes = teams
        .into_iter()
        .enumerate()
        .map(|(index, team)| {
            let id = team.id.to_string();
            let checked = held.contains(&id);
            view! { <Checkbox name=format!("teams[{index}]") label=team.name value=id checked=checked disabled_because=locked.clone()/> }
        })
        .collect_view();
    view! { <fieldset class="grid gap-3"><legend class="field-label">"Teams"</legend>{boxes}</fieldset> }.into_any()
}

/// What is wrong with a person's name.
pub(super) fn person_name(text: &str) -> Option<String> {
    let mut problems = Vec::new();
    check_name("name", "person", text, &mut problems);
    problems.pop().map(|problem| problem.message)
}

/// What is wrong with a name that may be left out.
fn optional_name(text: &str) -> Option<String> {
    if text.trim().is_empty() { None } else { person_name(text) }
}
