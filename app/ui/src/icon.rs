//! Icons: one sprite file, `public/icons.svg`, so that a picture costs no WASM and passes the strict CSP.

use leptos::prelude::*;

/// Where the sprite is served.
const SPRITE: &str = "/icons.svg";

macro_rules! icons {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// Every picture of the sprite. A test holds the list and the file together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "a picture is its own explanation; the gallery shows all of them")]
        pub enum Icon { $($variant),* }

        impl Icon {
            /// All of them, in the order of the sprite.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The symbol's id in the sprite.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

icons! {
    Home "home", Mail "mail", MailOpen "mail-open", Inbox "inbox", Send "send", Reply "reply", Paperclip "paperclip", User "user",
    Users "users", Building "building", Shield "shield", Key "key", Lock "lock", Unlock "unlock", Settings "settings",
    Plug "plug", Flow "flow", Chat "chat", Headset "headset", Wave "wave", Chart "chart", Log "log", Bug "bug", Clock "clock",
    Globe "globe", Server "server", Plus "plus", Cross "cross", Check "check", Dash "dash", CheckCircle "check-circle",
    CrossCircle "cross-circle", Info "info", Warning "warning", Help "help", Search "search", Filter "filter", SortUp "sort-up",
    SortDown "sort-down", Sort "sort", ChevronDown "chevron-down", ChevronRight "chevron-right", ChevronLeft "chevron-left",
    Menu "menu", More "more", Copy "copy", Edit "edit", Trash "trash", Download "download", Upload "upload", Refresh "refresh",
    External "external", Eye "eye", EyeOff "eye-off", Bell "bell", Star "star", Tag "tag", Link "link", Image "image",
    Table "table", List "list", ListNumbered "list-numbered", Quote "quote", Bold "bold", Italic "italic", Code "code",
    Command "command", Keyboard "keyboard", Sun "sun", Moon "moon", Monitor "monitor", LogOut "log-out", Play "play",
    Pause "pause", Archive "archive", File "file", Undo "undo",
}

impl Icon {
    /// The address of the picture, for `<use href>`.
    fn href(self) -> String {
        format!("{SPRITE}#{}", self.name())
    }
}

/// One picture, 16 px beside text, hidden from screen readers: the word beside it (or the control's label) says the same.
///
/// On the server: plain markup.
#[component]
pub fn Glyph(
    /// Which picture.
    icon: Icon,
    /// `true` for 20 px, where the picture stands alone.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    glyph(icon, large)
}

/// [`Glyph`] for use inside this package, without a props struct.
pub(crate) fn glyph(icon: Icon, large: bool) -> AnyView {
    let class = if large { "glyph size-5" } else { "glyph size-4" };
    view! { <svg class=class aria-hidden="true" focusable="false"><use href=icon.href()></use></svg> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_drawn_and_every_drawing_is_an_icon() {
        let sprite = include_str!("../../../public/icons.svg");
        for icon in Icon::ALL {
            assert!(sprite.contains(&format!("<symbol id=\"{}\"", icon.name())), "{} is not in the sprite", icon.name());
        }
        assert_eq!(sprite.matches("<symbol ").count(), Icon::ALL.len());
    }
}
