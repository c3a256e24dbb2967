//! What a person has set, and where he has been: kept from one start to the next.

use serde::{Deserialize, Serialize};

/// Servers and names that are remembered.
const RECENT_MAX: usize = 8;
/// The smallest and the largest text, against the size that it is designed for.
pub(crate) const TEXT_SCALE_RANGE: std::ops::RangeInclusive<f32> = 0.8..=1.8;

/// What a person has set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// Which language; none is the system's.
    pub language: Option<Language>,
    /// How large the text is, 1 being as designed.
    pub text_scale: f32,
    /// Whether something new is announced outside the window.
    pub notify: bool,
    /// Whether the members are shown beside the room.
    pub members: bool,
    /// The size of the window, in points.
    pub window: Option<[f32; 2]>,
    /// Where one came in before, the last one first.
    pub recent: Vec<Recent>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Portuguese as it is written in Brazil.
    #[serde(rename = "pt-BR")]
    Portuguese,
}

/// A server and a name under which one came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// The server's address.
    pub server: String,
    /// The name.
    pub name: String,
    /// It is an account's, not a guest's.
    #[serde(default)]
    pub account: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            theme: Theme::System,
            language: None,
            text_scale: 1.0,
            notify: true,
            members: true,
            window: None,
            recent: Vec::new(),
        }
    }
}

impl Settings {
    /// The settings in a file's text, or why it holds none.
    ///
    /// # Errors
    /// When the text is not of the form that [`Settings::text`] gives.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        let mut settings: Settings = toml::from_str(text)?;
        settings.text_scale = settings.text_scale.clamp(*TEXT_SCALE_RANGE.start(), *TEXT_SCALE_RANGE.end());
        settings.recent.truncate(RECENT_MAX);
        Ok(settings)
    }

    /// The settings as the text of a file.
    #[must_use]
    pub fn text(&self) -> String {
        toml::to_string(self).expect("plain fields and lists of them can always be written")
    }

    /// Remembers where one came in.
    pub fn remember(&mut self, recent: Recent) {
        self.recent.retain(|held| (&held.server, &held.name) != (&recent.server, &recent.name));
        self.recent.insert(0, recent);
        self.recent.truncate(RECENT_MAX);
    }
}
