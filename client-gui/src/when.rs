//! Times as a person reads them, in the time zone of his computer.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sala_core::time::Wall;

/// Tells times in one zone.
#[derive(Clone, Debug)]
pub struct When {
    zone: TimeZone,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl When {
    /// The computer's zone.
    #[must_use]
    pub fn local() -> Self {
        When { zone: TimeZone::system() }
    }

    /// Coordinated universal time: the same on every machine.
    #[must_use]
    pub fn universal() -> Self {
        When { zone: TimeZone::UTC }
    }

    /// The day on which a moment lies.
    #[must_use]
    pub fn day(&self, at: Wall) -> Day {
        Day(self.zoned(at).date())
    }

    /// The time of the day: hours and minutes.
    #[must_use]
    pub fn time(&self, at: Wall) -> String {
        let zoned = self.zoned(at);
        format!("{:02}:{:02}", zoned.hour(), zoned.minute())
    }

    /// The moment at which a day ends that is written as `2026-11-25`; none if it is no day.
    #[must_use]
    pub fn end_of(&self, day: &str) -> Option<Wall> {
        let next = day.trim().parse::<Date>().ok()?.tomorrow().ok()?;
        let start = next.to_zoned(self.zone.clone()).ok()?.timestamp();
        u64::try_from(start.as_millisecond()).ok().map(Wall)
    }

    fn zoned(&self, at: Wall) -> jiff::Zoned {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        // A server may say any number; what no calendar reaches is shown as its end.
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone())
    }
}

impl Day {
    /// The day before.
    #[must_use]
    pub fn before(self) -> Self {
        Day(self.0.yesterday().unwrap_or(self.0))
    }

    /// Year, month from 1, day of the month from 1, and day of the week from Monday as 1.
    #[must_use]
    pub fn parts(self) -> (i16, i8, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day(), self.0.weekday().to_monday_one_offset())
    }
}
