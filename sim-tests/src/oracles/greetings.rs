//! Whoever comes is greeted: what he is told first, and only then, is which server it is and what it speaks.

use super::complaint::{Verdict, demand};
use super::links::{Judge, Told};
use crate::client_host::Person;
use sala_core::protocol::Update;
use std::collections::BTreeSet;

/// The oracle that complains here.
const GREETED: &str = "a greeting comes first";

/// Demands that the first line of each connection of one client is a greeting, and no later one.
#[derive(Default)]
pub(super) struct Greetings {
    /// The connections on which something was told.
    begun: BTreeSet<u64>,
}

impl Judge for Greetings {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        let is_first = self.begun.insert(told.connection);
        let is_greeting = matches!(told.update, Update::Hello(_));
        demand(GREETED, is_first == is_greeting, || told.words())
    }

    fn closed(&mut self, _who: &Person, connection: u64) {
        self.begun.remove(&connection);
    }
}
