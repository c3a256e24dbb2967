//! What an oracle says when something that is promised is not kept.

use std::fmt;

/// Which oracle complains, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The oracle: a run that is made smaller must still displease the same one.
    pub oracle: &'static str,
    /// Words for whoever looks for the reason.
    pub text: String,
}

/// What an oracle comes to.
pub type Verdict = Result<(), Complaint>;

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{}] {}", self.oracle, self.text)
    }
}

/// A complaint.
pub(super) fn complaint(oracle: &'static str, text: impl Into<String>) -> Complaint {
    Complaint { oracle, text: text.into() }
}

/// Complains unless `holds`.
pub(super) fn demand(oracle: &'static str, holds: bool, text: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(complaint(oracle, text())) }
}
