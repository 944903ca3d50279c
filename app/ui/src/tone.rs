//! What a status means to a person; colour is only ever its third sign, after an icon and a word.

use crate::icon::Icon;

/// The five meanings of a status, an alert or a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do, nothing to praise: drafts, unknowns, counts.
    #[default]
    Neutral,
    /// Under way, or worth knowing.
    Info,
    /// Works, sent, verified.
    Good,
    /// Works, but somebody should look.
    Caution,
    /// Failed, refused, broken.
    Bad,
}

impl Tone {
    /// All of them, in the order of the gallery.
    pub const ALL: [Self; 5] = [Self::Neutral, Self::Info, Self::Good, Self::Caution, Self::Bad];

    /// The sign that goes with the colour.
    pub const fn icon(self) -> Icon {
        match self {
            Self::Neutral => Icon::Dash,
            Self::Info => Icon::Info,
            Self::Good => Icon::CheckCircle,
            Self::Caution => Icon::Warning,
            Self::Bad => Icon::CrossCircle,
        }
    }

    /// The class that carries the tone's colours to whatever is inside (`style/main.css`, "tones").
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Info => "tone-info",
            Self::Good => "tone-good",
            Self::Caution => "tone-caution",
            Self::Bad => "tone-bad",
        }
    }
}
