//! The design system: components that know no room. Class lists live here, so that pages read as components.
//!
//! Rules that hold for every component
//! * It renders the same on the server and in the browser: no clock, no chance, no locale. Ids are made from the names passed in.
//! * It works, as far as its kind allows, before the WASM arrives: forms post, links lead, `<details>` and `popover` open.
//! * Nothing writes an inline style or script, so the strict CSP holds.
//! * Text props are `String` (`label="Port"` works); an empty string means "none". What changes over time is a `Signal`
//!   (`Signal::derive(move || …)`; a plain value or an `RwSignal` works too). Slots are closures: `actions=|| view! { … }`.
//! * What cannot be used now is *disabled with a reason*, never hidden: `disabled_because="Only owners change this."`.
//!
//! # The frame (once, around the router's outlet)
//!
//! ```ignore
//! view! {
//!     <Ui>                                  // toasts, announcements, shortcuts, shortcut sheet, ⌘K host
//!         <AppFrame
//!             path=location.pathname         // Signal<String>; marks the current NavItem
//!             home="/"
//!             organisation="Northwind"       // shown under the product's name
//!             navigation=|| view! {
//!                 <NavSection label="Channels">
//!                     <NavItem href="/email" icon=Icon::Mail label="Email"/>
//!                 </NavSection>
//!             }
//!             top_bar=|| view! {
//!                 <PaletteButton/>
//!                 <ThemeSwitch action="/api/people/set_theme" next="/email"/>
//!                 <Menu id="me" label="Ada Lovelace" avatar="Ada Lovelace">
//!                     <MenuLink href="/profile" icon=Icon::User label="Profile"/>
//!                     <MenuForm action="/api/auth/sign_out" icon=Icon::LogOut label="Sign out"/>
//!                 </Menu>
//!             }
//!         >
//!             <Outlet/>
//!         </AppFrame>
//!         <CommandPalette commands=commands/>   // Signal<Vec<Command>>
//!     </Ui>
//! }
//! ```
//!
//! # A settings page
//!
//! ```ignore
//! let save = ServerAction::<UpdateAsset>::new();
//! let saved = Signal::derive(move || save.value().with(|answer| u32::from(matches!(answer, Some(Ok(_))))) * save.version().get() as u32);
//! view! {
//!     <PageHeader title="Billing mail" sentence="Mail that customers send to billing@example.com."
//!         crumbs=vec![Crumb::new("Email", "/email")]
//!         actions=|| view! { <LinkButton href="compose" variant=Variant::Primary icon=Icon::Send>"Write a mail"</LinkButton> }
//!     />
//!     <Form id="asset" action=save.url() next="/email/a1"      // posts plainly before the WASM arrives, then 303 to `next`
//!         problems=problems         // Signal<Vec<ui::FieldProblem>>: under each field and in the summary, which takes focus
//!         message=message           // Signal<String>: a refusal that belongs to no field
//!         pending=save.pending()    // Signal<bool>
//!         saved=saved               // Signal<u32>: a new value means "what is shown is now what is stored"
//!         kept=flash_values         // Vec<(String, String)>: what was typed before a refused plain post
//!         on_submit=move |event: SubmitEvent| {          // omit it to leave the post to the browser
//!             event.prevent_default();
//!             if let Ok(data) = UpdateAsset::from_event(&event) { save.dispatch(data); }
//!         }
//!     >
//!         <Hidden name="id" value=asset.id/>
//!         <Section title="Outgoing server" help="Switchboard hands mail to this server.">
//!             <TextInput name="host" label="Server" value=asset.host required=true placeholder="smtp.example.com"
//!                 help="A host name, without https://"
//!                 validate=|text: &str| text.contains(' ').then(|| "A host name has no spaces.".to_owned())/>
//!             <NumberInput name="port" label="Port" value="587" min=1 max=65535/>
//!             <RadioCards name="security" label="Security" value="starttls" options=vec![
//!                 Choice::new("none", "None").help("Only inside a trusted network."),
//!                 Choice::new("starttls", "STARTTLS"), Choice::new("tls", "SSL/TLS")]/>
//!             <SecretInput name="password" label="Password" set_text="set 3 days ago"/>   // posts "" unless replaced
//!         </Section>
//!         <SaveBar/>                // appears with changes; guards leaving; a create form uses <FormActions submit="Create" cancel="/email"/>
//!     </Form>
//! }
//! ```
//!
//! # A list page
//!
//! ```ignore
//! // Everything a list shows stands in its URL: search, filters, sort, descending, after.
//! let url = ListUrl::new("/email", query.get().into_iter());           // path, (name, value) pairs
//! view! {
//!     <PageHeader title="Email" sentence="Addresses you send from and receive at." actions=|| view! { … }/>
//!     <FilterBar url=url.clone() search_label="Search assets"
//!         filters=vec![Filter::new("status", "Status", vec![Choice::new("active", "Active"), Choice::new("inactive", "Inactive")])]/>
//!     <Suspense fallback=|| view! { <Skeleton kind=SkeletonKind::Table/> }>
//!         {move || Suspend::new(async move { match assets.await {
//!             Ok(page) => view! {
//!                 <DataTable id="assets" caption="Email assets" url=url.clone()
//!                     columns=vec![Column::new("name", "Name").sortable(), Column::new("status", "Status"), Column::new("sent", "Sent").number()]
//!                     rows=page.items.into_iter().map(|asset| Row::new(&asset.id)
//!                         .href(format!("/email/{}", asset.id))                 // the first cell becomes the link of the row
//!                         .cell(asset.name)
//!                         .cell(view! { <StatusChip tone=Tone::Good label="Active"/> })
//!                         .cell(asset.sent)).collect::<Vec<_>>()
//!                     empty=|| view! { <EmptyState icon=Icon::Mail title="No address yet" sentence="…"
//!                         action=|| view! { <LinkButton href="/email/new">"Add an address"</LinkButton> }/> }/>
//!                 <Pager url=url next=page.next.unwrap_or_default()/>
//!             }.into_any(),
//!             Err(problem) => view! { <ErrorPage code="…" title="…" sentence=problem.message()/> }.into_any(),
//!         }})}
//!     </Suspense>
//! }
//! ```
//!
//! # A detail page
//!
//! ```ignore
//! view! {
//!     <PageHeader title=mail.subject crumbs=vec![Crumb::new("Email", "/email"), Crumb::new("Billing", "/email/a1")]
//!         status=|| view! { <StatusChip tone=Tone::Good label="Delivered"/> }
//!         actions=move || view! { <Button variant=Variant::Danger on_press=move || removing.set(true)>"Delete"</Button> }/>
//!     <Tabs label="Parts of this mail" items=vec![Tab::new("Message", "?tab=message", tab == "message"), Tab::new("Log", "?tab=log", tab == "log").count(3)]/>
//!     <KeyValue items=vec![Pair::text("From", mail.from), Pair::new("Sent", view! { <TimeText iso=at.iso text=at.text/> })]/>
//!     <HtmlFrame title="Message" src="/email/m1/body"/>                 // sandboxed; `html=` instead shows no inline styles under our policy
//!     <Timeline label="What happened" steps=vec![
//!         Step::new(Tone::Good, "Connected").time("13:33:00").took("12 ms").detail("mail.example.com:587").verbatim("220 mail ESMTP")]/>
//!     <ConfirmDialog id="remove" open=removing title="Delete this mail?" sentence="It cannot be brought back." confirm="Delete"
//!         danger=true typed="Billing" on_confirm=move || { remove.dispatch(…); }/>
//! }
//! ```
//!
//! # What else there is
//! Layout `Stack` `Inline` `Columns` `Card` `Toolbar` `SplitPane` (list and reading pane) `CenteredPage` (signing in) `Prose` `Quiet` ·
//! forms `EmailInput` `PasswordInput` `DateInput` `TimeInput` `FieldGroup` `TextArea` `Select` `Checkbox` `Toggle` `ChipsInput` (+ `split_chips`) `Combobox` `FileInput` `RichText`
//! (posts `<name>` and `<name>_format`: `html`, or `text` without the WASM) · data `ItemList` (inbox) `CodeBlock` `CopyText` `BigCode` `QrImage` `CodeSheet` `Stat`
//! `Progress` · feedback `Alert` `Banner` `Badge` `Menu…` `Dialog` `ErrorPage` `CopyButton` `TextLink` `Tooltip` `Avatar` `Kbd`, `bytes()`.
//! A control of your own joins a form with `use_field` and `Field`. The gallery shows all of them.
//!
//! # Hooks
//! `use_toaster()` → `.show(Toast::good("Saved").undo(callback))` · `use_announcer()` → `.say("Copied")` ·
//! `use_shortcut("g e", "Go to Email", callback)` (keys: `mod+k`, `?`, `g e`) · `use_ready()` (true once the page is alive) ·
//! `use_unsaved()` → `.any()`, `.hold(signal)` · `is_writing()` · `use_dirty(form_node_ref)` · `use_leave_guard(dirty)` · `copy_text("…", |worked| …)` · `follow("/path?x=1")` goes to an address as a click on a link would.

#![forbid(unsafe_code)]

pub mod data;
pub mod dom;
pub mod feedback;
pub mod form;
pub mod gallery;
pub mod icon;
pub mod layout;
pub mod shell;
pub mod tone;

mod button;
mod format;

pub use button::*;
pub use data::*;
pub use dom::{copy_text, follow, use_ready};
pub use feedback::*;
pub use form::*;
pub use format::{bytes, initials};
pub use icon::*;
pub use layout::*;
pub use shell::*;
pub use tone::Tone;
