//! The routes.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    Lazy, SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use super::{
    errors::{BareNotFound, NotFoundPage},
    frame::Frame,
    gallery::GalleryPage,
    overview::OverviewPage,
    parts::Entry,
    session::Session,
};
use crate::{
    access::{AccessPage, LaunchPage, VisitEndedPage},
    account::AccountPage,
    audit::AuditPage,
    auth::{FirstRunPage, ForgotPage, ResetPage, SecondStepPage, SignInPage, SsoPage},
    email::{
        AssetPage, AssetsPage, ComposePage, InboxPage, LogPage, MessagePage, MessagesPage, NewAssetPage, SchedulePage, SchedulesPage, ThreadPage,
    },
    operator::OperatorPage,
    people::{
        CustomerPage, CustomersPage, DeleteUserPage, ImportPage, ImportRunPage, InvitationPage, NewCustomerPage, NewRolePage, NewUserPage,
        PeoplePage, RolePage, RolesPage, TeamPage, TeamsPage, UserPage,
    },
    tenant::{DomainsPage, KeysPage, MediaPage, RecordsPage, SecurityPage, SsoSettingsPage, SystemMailPage, TenantPage},
};

/// The whole console. Every page is rendered completely before it is sent (`SsrMode::Async`): it reads without script, and its
/// status is right.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Session::provide();
    view! {
        <Router>
            <Routes fallback=BareNotFound>
                <Route path=path!("/sign-in") view={Lazy::<Entry<SignInPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/second") view={Lazy::<Entry<SecondStepPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/forgot") view={Lazy::<Entry<ForgotPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/reset/:token") view={Lazy::<Entry<ResetPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/sso") view={Lazy::<Entry<SsoPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/sso/:organisation") view={Lazy::<Entry<SsoPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/first-run/:token") view={Lazy::<Entry<FirstRunPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/invitation/:token") view={Lazy::<Entry<InvitationPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/operator") view={Lazy::<Entry<OperatorPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/launch/:tenant/:token") view={Lazy::<Entry<LaunchPage>>::new()} ssr=SsrMode::Async/>
                <Route path=path!("/visit-ended") view={Lazy::<Entry<VisitEndedPage>>::new()} ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<Entry<OverviewPage>>::new()}/>
                    <Route path=path!("account") view={Lazy::<Entry<AccountPage>>::new()}/>
                    <Route path=path!("email") view={Lazy::<Entry<InboxPage>>::new()}/>
                    <Route path=path!("email/threads/:thread") view={Lazy::<Entry<ThreadPage>>::new()}/>
                    <Route path=path!("email/compose") view={Lazy::<Entry<ComposePage>>::new()}/>
                    <Route path=path!("email/sent") view={Lazy::<Entry<MessagesPage>>::new()}/>
                    <Route path=path!("email/messages/:message") view={Lazy::<Entry<MessagePage>>::new()}/>
                    <Route path=path!("email/schedules") view={Lazy::<Entry<SchedulesPage>>::new()}/>
                    <Route path=path!("email/schedules/:schedule") view={Lazy::<Entry<SchedulePage>>::new()}/>
                    <Route path=path!("email/assets") view={Lazy::<Entry<AssetsPage>>::new()}/>
                    <Route path=path!("email/assets/new") view={Lazy::<Entry<NewAssetPage>>::new()}/>
                    <Route path=path!("email/assets/:asset") view={Lazy::<Entry<AssetPage>>::new()}/>
                    <Route path=path!("email/assets/:asset/log") view={Lazy::<Entry<LogPage>>::new()}/>
                    <Route path=path!("people") view={Lazy::<Entry<PeoplePage>>::new()}/>
                    <Route path=path!("people/new") view={Lazy::<Entry<NewUserPage>>::new()}/>
                    <Route path=path!("people/profiles") view={Lazy::<Entry<CustomersPage>>::new()}/>
                    <Route path=path!("people/profiles/new") view={Lazy::<Entry<NewCustomerPage>>::new()}/>
                    <Route path=path!("people/profiles/:profile") view={Lazy::<Entry<CustomerPage>>::new()}/>
                    <Route path=path!("people/import") view={Lazy::<Entry<ImportPage>>::new()}/>
                    <Route path=path!("people/import/:import") view={Lazy::<Entry<ImportRunPage>>::new()}/>
                    <Route path=path!("people/teams") view={Lazy::<Entry<TeamsPage>>::new()}/>
                    <Route path=path!("people/teams/:team") view={Lazy::<Entry<TeamPage>>::new()}/>
                    <Route path=path!("people/roles") view={Lazy::<Entry<RolesPage>>::new()}/>
                    <Route path=path!("people/roles/new") view={Lazy::<Entry<NewRolePage>>::new()}/>
                    <Route path=path!("people/roles/:role") view={Lazy::<Entry<RolePage>>::new()}/>
                    <Route path=path!("people/:user") view={Lazy::<Entry<UserPage>>::new()}/>
                    <Route path=path!("people/:user/delete") view={Lazy::<Entry<DeleteUserPage>>::new()}/>
                    <Route path=path!("tenant") view={Lazy::<Entry<TenantPage>>::new()}/>
                    <Route path=path!("tenant/security") view={Lazy::<Entry<SecurityPage>>::new()}/>
                    <Route path=path!("tenant/keys") view={Lazy::<Entry<KeysPage>>::new()}/>
                    <Route path=path!("tenant/mail") view={Lazy::<Entry<SystemMailPage>>::new()}/>
                    <Route path=path!("tenant/records") view={Lazy::<Entry<RecordsPage>>::new()}/>
                    <Route path=path!("tenant/access") view={Lazy::<Entry<AccessPage>>::new()}/>
                    <Route path=path!("tenant/domains") view={Lazy::<Entry<DomainsPage>>::new()}/>
                    <Route path=path!("tenant/sign-in") view={Lazy::<Entry<SsoSettingsPage>>::new()}/>
                    <Route path=path!("tenant/media") view={Lazy::<Entry<MediaPage>>::new()}/>
                    <Route path=path!("audit") view={Lazy::<Entry<AuditPage>>::new()}/>
                    <Route path=path!("gallery") view={Lazy::<Entry<GalleryPage>>::new()}/>
                    <Route path=path!("*any") view=NotFoundPage/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
