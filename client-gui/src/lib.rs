//! The desktop client of Sala: a window over the same client machine and the same driver that every other client has.
//!
//! What is said, who is where and how the link stands is the model of `sala-core`; the link keeps it on a thread of its
//! own. The views read it and push commands; the program alone does what they want.

#![forbid(unsafe_code)]

mod visible;
mod settings;
mod when;
mod words;
mod refused;
mod dialog;
mod keyring;
mod device;
mod profile;
mod link;
mod theme;
mod markup;
mod emoji;
mod state;
mod command;
mod view;
mod app;

pub use app::{App, Call, Dial, Parts, Start};
pub use device::Device;
pub use dialog::{Administration, Dialog, Enrolment, Measure, Query, Sheet};
pub use keyring::Keyring;
pub use link::{Ears, Link, Listener, Plan};
pub use profile::{Drafts, InUse, Profile};
pub use settings::{Language, Recent, Settings, Theme};
pub use state::{Codes, Desk, Door, Field, Form, Lists, More, Panel, State, Toast, Writing};
pub use when::{Day, Month, When};
pub use words::Words;
