//! Who is whose friend, and who wants to have nothing to do with whom.

use super::directory::Directory;
use super::person::Contact;
use crate::entry::PersonId;

impl Directory {
    /// Whether these two are friends: each sees the other so.
    #[must_use]
    pub fn are_friends(&self, a: PersonId, b: PersonId) -> bool {
        let sees =
            |a, b| self.person(a).and_then(|person| person.seldom.contacts.get(&b)) == Some(&Contact::Friend);
        sees(a, b) && sees(b, a)
    }

    /// Whether either has blocked the other: then neither may learn anything of the other.
    #[must_use]
    pub fn is_blocked_between(&self, a: PersonId, b: PersonId) -> bool {
        let blocks = |a: PersonId, b| self.person(a).is_some_and(|person| person.blocks(b));
        blocks(a, b) || blocks(b, a)
    }
}
