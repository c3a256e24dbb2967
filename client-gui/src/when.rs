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

/// A month of the calendar, as its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

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

    /// A moment as it stands in files: day, hours and minutes in coordinated universal time, whatever the zone.
    #[must_use]
    pub fn stamp(&self, at: Wall) -> String {
        let zoned = self.zoned(at).with_time_zone(TimeZone::UTC);
        format!("{} {:02}:{:02}Z", zoned.date(), zoned.hour(), zoned.minute())
    }

    /// The moment at which a day begins; none if that is before 1970, when nothing was said.
    #[must_use]
    pub fn start_of(&self, day: Day) -> Option<Wall> {
        let start = day.0.to_zoned(self.zone.clone()).ok()?.timestamp();
        u64::try_from(start.as_millisecond()).ok().map(Wall)
    }

    /// The moment at which a day ends.
    #[must_use]
    pub fn end_of(&self, day: Day) -> Option<Wall> {
        self.start_of(Day(day.0.tomorrow().ok()?))
    }

    fn zoned(&self, at: Wall) -> jiff::Zoned {
        let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
        // A server may say any number; what no calendar reaches is shown as its end.
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone())
    }
}

impl Day {
    /// The day that is written as `2026-11-25`; none if it is no day.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Day)
    }

    /// The month that it is in.
    #[must_use]
    pub fn month(self) -> Month {
        Month(self.0.first_of_month())
    }

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

impl Month {
    /// The month that comes so many later, or earlier if negative.
    #[must_use]
    pub fn moved(self, months: i32) -> Self {
        let moved = self.0.checked_add(jiff::Span::new().months(months));
        moved.map_or(self, |first| Month(first.first_of_month()))
    }

    /// Its days.
    pub fn days(self) -> impl Iterator<Item = Day> {
        let first = self.0;
        (1..=first.days_in_month()).filter_map(move |day| first.with().day(day).build().ok().map(Day))
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        Day(self.0)
    }
}
