//! The kinds of what people do in a plan.

/// Kinds of what people do; each plan has some of them and not others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// They talk. There is no plan without it.
    Talk,
    /// What becomes of what was said.
    Words,
    /// Rooms that everybody finds.
    Rooms,
    /// Those that not everybody finds.
    Closed,
    /// Kicks, bans, mutes.
    Order,
    /// What waits for moderators, and what they do with it.
    Held,
    /// Who keeps order, and whose a room is.
    Roles,
    /// Friendship and presence.
    Friends,
    /// Its opposite.
    Blocks,
    /// Passwords, guests who stay, the end of an account.
    Accounts,
    /// Further devices, and devices that are shut out.
    Devices,
    /// What administrators do.
    Server,
    /// Pages, searches, lists.
    Reads,
}

/// Those that a plan may lack, with how often each is drawn beside ten times of talk.
pub(super) const KINDS: [(Kind, u32); 12] = [
    (Kind::Words, 6),
    (Kind::Rooms, 4),
    (Kind::Closed, 6),
    (Kind::Order, 5),
    (Kind::Held, 6),
    (Kind::Roles, 3),
    (Kind::Friends, 3),
    (Kind::Blocks, 2),
    (Kind::Accounts, 2),
    (Kind::Devices, 3),
    (Kind::Server, 2),
    (Kind::Reads, 4),
];
