//! Invitations: what stands on the page of somebody invited, and the page that the link leads to.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{
    auth::{PASSWORD_MIN_CHARS, check_password},
    ids::UserId,
    people::{Capability, Invitation, InvitationState},
};
use ui::{
    Alert, Card, EmailInput, Form, FormActions, Hidden, Inline, KeyValue, LinkButton, Pair, PasswordInput, Skeleton, SkeletonKind, Stack, TextInput,
    TimeText, Toast, Tone, Variant, follow, use_toaster,
};

use super::{
    invitation_api::{AcceptInvitation, InvitationOpen, RenewInvitation, RevokeInvitation},
    new::{MadeLink, person_name},
};
use crate::shell::{BlankPage, FormState, Loaded, PostButton, ProblemView, Screen, leave_for, suspended, use_me};

/// How the invitation of somebody stands, and what can be done about it.
#[component]
pub(super) fn Pending(
    id: UserId,
    name: String,
    invitation: Invitation,
    /// Outlives the page's second reading, because its answer holds the link.
    renew: FormState<RenewInvitation>,
) -> impl IntoView {
    let may_write = use_me().get_untracked().is_some_and(|me| me.capabilities.has(Capability::PeopleWrite));
    let locked = if may_write { "" } else { "Only people with full access invite." };
    let toaster = use_toaster();
    let here = format!("/people/{id}");
    let revoke = FormState::<RevokeInvitation>::new();
    revoke.on_success(move |()| {
        toaster.show(Toast::good("The invitation was taken back"));
        follow("/people");
    });
    let refused = Signal::derive(move || [renew.problem().get(), revoke.problem().get()].into_iter().flatten().map(|one| one.message()).next());
    let how = match (&invitation.mailed, invitation.by_mail) {
        (Some(at), _) => view! { "Mailed "<TimeText iso=at.iso.clone() text=at.text.clone()/> }.into_any(),
        (None, true) if invitation.mail_problem.is_empty() => "The mail is on its way".into_any(),
        (None, true) => "By mail, which did not work".into_any(),
        (None, false) => "By a link that was copied".into_any(),
    };
    let until = if invitation.expired { "Expired" } else { "Good until" };
    let facts = vec![Pair::new("How", how), Pair::new(until, view! { <TimeText iso=invitation.expires.iso text=invitation.expires.text/> })];
    let sentence = if invitation.expired { "The link has expired. Make a new one." } else { "They can sign in once they have accepted." };
    let renewing = move |by: &'static str| vec![("id", id.to_string()), ("by", by.to_owned())];
    view! {
        <Stack>
            <MadeLink answer=renew.answer()/>
            {move || refused.get().map(|why| view! { <Alert tone=Tone::Bad title=why urgent=true/> })}
            <Card title=format!("{name} is invited") sentence=sentence>
                {(!invitation.mail_problem.is_empty()).then(|| view! { <Alert tone=Tone::Caution title=invitation.mail_problem/> })}
                <KeyValue items=facts/>
                <Inline>
                    <PostButton form=renew next=here.clone() fields=renewing("mail") disabled_because=locked>"Send again"</PostButton>
                    <PostButton form=renew next=here fields=renewing("link") disabled_because=locked>"Make a new link"</PostButton>
                    <PostButton form=revoke next="/people" fields=vec![("id", id.to_string())] variant=Variant::Danger disabled_because=locked>
                        "Take back"
                    </PostButton>
                </Inline>
            </Card>
        </Stack>
    }
}

/// `/invitation/:token`
pub struct InvitationPage {
    token: String,
    state: Loaded<InvitationState>,
}

impl Screen for InvitationPage {
    fn data() -> Self {
        let token = use_params_map().read_untracked().get("token").unwrap_or_default();
        let asked = token.clone();
        Self { state: Loaded::new(move || InvitationOpen { token: asked.clone() }), token }
    }

    fn view(this: Self) -> AnyView {
        let InvitationPage { token, state } = this;
        view! {
            <BlankPage title="Your invitation">
                <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Form/> }>
                    {move || {
                        let token = token.clone();
                        suspended(async move {
                            match state.await {
                                Ok(InvitationState::Open { tenant_name, email, name }) => {
                                    view! { <Accept token=token tenant_name=tenant_name email=email name=name/> }.into_any()
                                }
                                Ok(InvitationState::SingleSignOn { tenant_name, email, slug }) => {
                                    view! { <Elsewhere tenant_name=tenant_name email=email slug=slug/> }.into_any()
                                }
                                Ok(ended) => view! { <Ended state=ended/> }.into_any(),
                                Err(problem) => view! { <ProblemView problem=problem/> }.into_any(),
                            }
                        })
                    }}
                </Suspense>
            </BlankPage>
        }
        .into_any()
    }
}

/// A link that is good for nothing any more, and what to do now.
#[component]
fn Ended(state: InvitationState) -> impl IntoView {
    let (title, sentence, signs_in) = match state {
        InvitationState::Used => ("This invitation has been used", "Sign in with the password that was chosen then.", true),
        InvitationState::Expired => ("This invitation has expired", "Ask whoever invited you for a new one.", false),
        InvitationState::Revoked => ("This invitation was taken back", "Ask whoever invited you what happened.", false),
        InvitationState::Replaced => ("There is a newer invitation for you", "Only its link works. Look for the newest mail.", false),
        InvitationState::Closed | InvitationState::Open { .. } | InvitationState::SingleSignOn { .. } => {
            ("This organisation is closed at the moment", "Nobody can join or sign in. Ask whoever invited you.", false)
        }
    };
    view! {
        <Alert tone=Tone::Caution title=title sentence=sentence/>
        {signs_in.then(|| view! { <LinkButton href="/sign-in" variant=Variant::Primary>"Sign in"</LinkButton> })}
    }
}

/// Where the organisation's own account is the only way in.
#[component]
fn Elsewhere(tenant_name: String, email: String, slug: String) -> impl IntoView {
    view! {
        <p>{format!("{tenant_name} invites you. It signs in with single sign-on: sign in with the account that has the address {email}, and you are in.")}</p>
        <LinkButton href=format!("/sign-in/sso/{slug}") variant=Variant::Primary>"Sign in with single sign-on"</LinkButton>
    }
}

#[component]
fn Accept(token: String, tenant_name: String, email: String, name: String) -> impl IntoView {
    let form = FormState::<AcceptInvitation>::new();
    form.on_success(|path| leave_for(&path));
    view! {
        <p>{format!("{tenant_name} invites you. Say your name and choose a password; you are signed in then.")}</p>
        <Form id="accept" action=form.url() next="/" problems=form.problems() message=form.message() pending=form.pending()
            kept=form.kept() on_submit=form.submit()>
            <Hidden name="token" value=token/>
            <EmailInput name="email" label="Email address" value=email autocomplete="username" disabled_because="You sign in with this address."/>
            <TextInput name="name" label="Your name" value=name required=true autocomplete="name" validate=person_name/>
            <PasswordInput name="password" label="Password" autocomplete="new-password" required=true
                help=format!("At least {PASSWORD_MIN_CHARS} characters; a short sentence works well.")
                validate=|text: &str| check_password(text, "")/>
            <FormActions submit="Accept and sign in"/>
        </Form>
    }
}
