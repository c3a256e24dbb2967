//! Planted bugs, of which a simulation can be given one, to show that it finds what it is there for.
//!
//! There are none but under `--cfg sala_mutant`, and no build without debug assertions can have that.

#[cfg(all(sala_mutant, not(debug_assertions)))]
compile_error!("planted bugs are not released");

/// What can be planted: each is named where it is, in this crate or in the drivers.
#[cfg(sala_mutant)]
pub const MUTANTS: [&str; 44] = [
    "announced_to_newcomers",
    "audit_for_members",
    "ban_at_subscribe_only",
    "ban_not_checked",
    "checkpoint_never_replaced",
    "checkpoint_one_behind",
    "closed_room_stays",
    "damage_served",
    "delete_keeps_words",
    "edit_of_others",
    "edit_twice",
    "expiry_by_timer",
    "failed_as_not_stored",
    "fan_out_before_commit",
    "heard_is_never_said",
    "heartbeat_rereads",
    "heir_without_numbers",
    "index_keeps_deleted",
    "invitation_across_block",
    "kicked_stays_listed",
    "link_never_used_up",
    "lost_wake_up",
    "mention_across_block",
    "mute_not_checked",
    "never_scrubbed",
    "no_dedupe",
    "normal_sync",
    "outbox_forgets",
    "outbox_out_of_order",
    "owner_lost",
    "presence_across_block",
    "presence_before_disk",
    "read_elsewhere_unheard",
    "resume_from_held",
    "revoked_stays_live",
    "revoked_token_stays_good",
    "unread_counts_own",
    "unread_twice",
    "unsubscribe_late",
    "wal_without_extra",
    "window_off_by_one",
    "window_too_short",
    "words_before_arrivals",
    "wrong_heir",
];

#[cfg(sala_mutant)]
static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// Plants a bug, for as long as the process lives. There can be only one.
///
/// # Panics
/// When there is no such bug, or another is planted.
#[cfg(sala_mutant)]
pub fn plant(name: &str) {
    assert!(MUTANTS.contains(&name), "there is no mutant {name}");
    CHOSEN.set(name.to_owned()).expect("one mutant at a time");
}

/// Whether this bug is planted.
#[cfg(sala_mutant)]
#[must_use]
pub fn planted(name: &str) -> bool {
    debug_assert!(MUTANTS.contains(&name), "there is no mutant {name}");
    CHOSEN.get().is_some_and(|chosen| chosen == name)
}

/// Whether this bug is planted: there are none.
#[cfg(not(sala_mutant))]
#[inline]
#[must_use]
pub const fn planted(_name: &str) -> bool {
    false
}
