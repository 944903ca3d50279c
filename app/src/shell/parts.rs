//! The parts of the console that are downloaded when they are first needed.
//!
//! The splitter makes one shared file for each *set* of parts that have code in common, so a part for every page ends in hundreds of tiny
//! files. A part is therefore a group of pages that people use together; of each page, only its route is in the first download.

use std::marker::PhantomData;

use leptos::prelude::AnyView;
use leptos_router::LazyRoute;

use super::{gallery::GalleryPage, overview::OverviewPage};
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

/// A page: what it reads and what it shows.
pub trait Screen: Sized {
    /// Starts reading.
    fn data() -> Self;
    /// Shows it.
    fn view(this: Self) -> AnyView;
}

/// The route of a page; the page itself comes with its part.
pub struct Entry<P>(PhantomData<fn() -> P>);

macro_rules! part {
    ($(#[$doc:meta])* $part:ident, $preload:ident, $pages:ident { $($name:ident = $page:ident),+ $(,)? }) => {
        $(#[$doc])*
        enum $pages {
            $($name),+
        }

        #[leptos::lazy]
        fn $part(page: $pages) -> AnyView {
            match page { $($pages::$name => $page::view($page::data())),+ }
        }

        $(impl LazyRoute for Entry<$page> {
            fn data() -> Self {
                Self(PhantomData)
            }

            async fn view(_this: Self) -> AnyView {
                $part($pages::$name).await
            }

            async fn preload() {
                #[cfg(target_arch = "wasm32")]
                $preload().await;
            }
        })+
    };
}

part! {
    /// What is seen before signing in.
    entrance, __preload_entrance, Entrance { SignIn = SignInPage, SecondStep = SecondStepPage, Sso = SsoPage, Forgot = ForgotPage, Reset = ResetPage, FirstRun = FirstRunPage, Invitation = InvitationPage, Launch = LaunchPage, VisitEnded = VisitEndedPage }
}

part! {
    /// The organisation and the own account.
    organisation, __preload_organisation, Organisation { Overview = OverviewPage, Account = AccountPage, Tenant = TenantPage, Security = SecurityPage, SsoSettings = SsoSettingsPage, Domains = DomainsPage, Access = AccessPage, Keys = KeysPage, Media = MediaPage, SystemMail = SystemMailPage, Records = RecordsPage, Audit = AuditPage }
}

part! {
    /// Customers' profiles: for people who work with customers and seldom with the organisation's own pages.
    customers, __preload_customers, Customers { List = CustomersPage, New = NewCustomerPage, One = CustomerPage }
}

part! {
    /// People, roles and teams.
    people, __preload_people, People { List = PeoplePage, Roles = RolesPage, NewRole = NewRolePage, Role = RolePage, NewUser = NewUserPage, Import = ImportPage, ImportRun = ImportRunPage, Teams = TeamsPage, Team = TeamPage, User = UserPage, DeleteUser = DeleteUserPage }
}

part! {
    /// The operators' console, which nobody of an organisation sees.
    operator, __preload_operator, OperatorConsole { Only = OperatorPage }
}

part! {
    /// The email room.
    email, __preload_email, Email { Inbox = InboxPage, Thread = ThreadPage, Compose = ComposePage, Messages = MessagesPage, Message = MessagePage, Schedules = SchedulesPage, Schedule = SchedulePage, Assets = AssetsPage, NewAsset = NewAssetPage, Asset = AssetPage, Log = LogPage }
}

part! {
    /// Every component in every state.
    gallery, __preload_gallery, Gallery { Gallery = GalleryPage }
}
