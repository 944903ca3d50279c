//! `/people/:user`

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    Problem,
    auth::SignInEvent,
    email::address::check_email_address,
    ids::UserId,
    people::{Capability, Explanation, Invitation, LicenceCount, PersonStatus, RoleRow, Team, User},
};
use ui::{
    Crumb, EmailInput, Form, FormActions, Hidden, Icon, Inline, LinkButton, PageHeader, SaveBar, SecretInput, Section, Select, Skeleton,
    SkeletonKind, Stack, TextInput, Toast, Variant, use_toaster,
};

use super::{
    api::{AssignUser, GetUser, ListLicences, SetActive, UpdateUser},
    invitation_api::{GetInvitation, RenewInvitation},
    invited::Pending,
    list::status_chip,
    new::{LicenceBoxes, TeamBoxes, person_name},
    roles::role_choices,
    roles_api::{ExplainUser, ListRoles},
    team_api::ListTeams,
    why::Why,
};
use crate::{
    auth::{PersonHistory, PersonSignIns, may_see_sign_ins},
    shell::{FormState, Loaded, PostButton, ProblemView, Screen, call, suspended, use_me},
};

/// The person as stored; asked for again when `changes` grows.
pub struct UserPage {
    changes: RwSignal<u32>,
    user: Loaded<User>,
    invitation: Loaded<Option<Invitation>>,
    teams: Loaded<Vec<Team>>,
    counts: Loaded<Vec<LicenceCount>>,
    roles: Loaded<Vec<RoleRow>>,
    explanation: Loaded<Explanation>,
    history: Loaded<Vec<SignInEvent>>,
}

impl Screen for UserPage {
    fn data() -> Self {
        let params = use_params_map();
        let changes = RwSignal::new(0);
        let id = move || params.read().get("user")?.parse::<UserId>().ok();
        let may = may_see_sign_ins();
        Self {
            changes,
            user: Loaded::named(changes, move || Some(GetUser { id: id()? })),
            invitation: Loaded::named(changes, move || Some(GetInvitation { id: id()? })),
            teams: Loaded::new(|| ListTeams {}),
            counts: Loaded::renewed(changes, || ListLicences {}),
            roles: Loaded::new(|| ListRoles {}),
            explanation: Loaded::named(changes, move || Some(ExplainUser { id: id()? })),
            history: Loaded::when(changes, move || may.then_some(PersonHistory { user: id()? })),
        }
    }

    fn view(this: Self) -> AnyView {
        let UserPage { changes, user, invitation, teams, counts, roles, explanation, history } = this;
        let params = use_params_map();
        // Made out here: what was answered must outlive the page's second reading.
        let active = FormState::<SetActive>::new();
        let toaster = use_toaster();
        active.on_success(move |()| {
            changes.update(|count| *count += 1);
            let Some(SetActive { id, active: now }) = active.posted() else { return };
            let words = if now { "Let in again" } else { "Deactivated: signed out everywhere" };
            let undo = Callback::new(move |()| {
                leptos::task::spawn_local(async move {
                    let done = call(SetActive { id, active: !now }).await;
                    changes.update(|count| *count += 1);
                    toaster.show(match done {
                        Ok(()) => Toast::good("Undone"),
                        Err(problem) => Toast::bad(problem.message()),
                    });
                });
            });
            toaster.show(Toast::good(words).undo(undo));
        });
        let renewed = FormState::<RenewInvitation>::new();
        renewed.on_success(move |_| changes.update(|count| *count += 1));
        view! {
            <Transition fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                {move || suspended(async move {
                    let all = async { Ok::<_, Problem>((user.await?, invitation.await?, teams.await?, counts.await?, roles.await?)) };
                    match all.await {
                        Ok((user, invitation, teams, counts, roles)) => {
                            let pending = invitation.map(|invitation| {
                                let (id, name) = (user.id, user.name.clone());
                                view! { <Pending id=id name=name invitation=invitation renew=renewed/> }
                            });
                            view! {
                                <Stack>
                                    <Head user=user.clone() active=active/>
                                    {pending}
                                    <Person user=user.clone() roles=roles changes=changes/>
                                    <Assigned user=user teams=teams counts=counts/>
                                </Stack>
                            }
                            .into_any()
                        }
                        Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                    }
                })}
            </Transition>
            // Beside what waits, not inside it: see `suspended`.
            <Why explanation=explanation/>
            <PersonSignIns user=Signal::derive(move || params.read().get("user")?.parse().ok()) history=history/>
        }
        .into_any()
    }
}

/// Why the person cannot be changed; empty when they can.
fn locked() -> &'static str {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
    if may_write { "" } else { "Only people with full access change others." }
}

#[component]
fn Head(user: User, active: FormState<SetActive>) -> impl IntoView {
    let locked = locked();
    let here = format!("/people/{}", user.id);
    let (verb, variant) = if user.active { ("Deactivate", Variant::Danger) } else { ("Activate", Variant::Secondary) };
    let status = user.status;
    let delete = format!("{here}/delete");
    let actions = move || {
        let switch = (status != PersonStatus::Invited).then(|| {
            let fields = vec![("id", user.id.to_string()), ("active", (!user.active).to_string())];
            view! { <PostButton form=active next=here fields=fields variant=variant disabled_because=locked>{verb}</PostButton> }
        });
        view! {
            <Inline>
                {switch}
                <LinkButton href=delete icon=Icon::Trash disabled_because=locked>"Delete…"</LinkButton>
            </Inline>
        }
    };
    let refused = active.message();
    view! {
        <Title text=user.name.clone()/>
        <PageHeader title=user.name.clone() crumbs=vec![Crumb::new("People", "/people")] status=move || status_chip(status) actions=actions/>
        {move || (!refused.get().is_empty()).then(|| view! { <ui::Alert tone=ui::Tone::Bad title=refused.get() urgent=true/> })}
    }
}

#[component]
fn Person(user: User, roles: Vec<RoleRow>, changes: RwSignal<u32>) -> impl IntoView {
    let locked = locked();
    let toaster = use_toaster();
    let here = format!("/people/{}", user.id);
    let form = FormState::<UpdateUser>::new();
    let role = user.position().choice().to_string();
    form.on_success(move |()| {
        toaster.show(Toast::good("Saved"));
        changes.update(|count| *count += 1);
    });
    let password = (user.status != PersonStatus::Invited).then(|| {
        view! { <SecretInput name="password" label="Password" set_text="set" disabled_because=locked help="A new one ends their sessions."/> }
    });
    view! {
        <Form id="user" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=user.id.to_string()/>
            <Section title="Person">
                <TextInput name="name" label="Name" value=user.name required=true disabled_because=locked validate=person_name/>
                <EmailInput name="email" label="Email address" value=user.email required=true disabled_because=locked
                    validate=|text: &str| check_email_address(text).err().map(|why| why.to_string())/>
                <Select name="role" label="Role" options=role_choices(&roles) value=role required=true disabled_because=locked/>
                {password}
            </Section>
            {locked.is_empty().then(|| view! { <SaveBar/> })}
        </Form>
    }
}

#[component]
fn Assigned(user: User, teams: Vec<Team>, counts: Vec<LicenceCount>) -> impl IntoView {
    let locked = locked();
    let toaster = use_toaster();
    let here = format!("/people/{}", user.id);
    let form = FormState::<AssignUser>::new();
    form.on_success(move |()| toaster.show(Toast::good("Licences and teams saved")));
    let held = user.teams.iter().map(|team| team.id.to_string()).collect::<Vec<_>>();
    view! {
        <Form id="assign" action=form.url() next=here problems=form.problems() message=form.message() pending=form.pending()
            saved=form.saved() kept=form.kept() on_submit=form.submit()>
            <Hidden name="id" value=user.id.to_string()/>
            <Section title="Licences and teams" help="A licence stays assigned while somebody is deactivated, until you take it away.">
                <LicenceBoxes counts=counts held=user.licences locked=locked/>
                <TeamBoxes teams=teams held=held locked=locked/>
                <FormActions submit="Save licences and teams" disabled_because=locked/>
            </Section>
        </Form>
    }
}
