//! How people write and read times: `30m`, `7d`, `2026-11-25`.

use sala_core::time::Wall;

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 60 * MINUTE_S;
const DAY_S: u64 = 24 * HOUR_S;
const DAY_MS: u64 = 1_000 * DAY_S;

/// Seconds of a duration such as `45s`, `30m`, `2h`, `7d`, `1w`, or `2days`; `None` if it is none.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let at = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(at);
    let unit = match unit {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => MINUTE_S,
        "h" | "hour" | "hours" => HOUR_S,
        "d" | "day" | "days" => DAY_S,
        "w" | "week" | "weeks" => 7 * DAY_S,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Whole minutes of so many seconds, at least one: what is left is rounded up.
pub(crate) fn minutes(seconds: u64) -> u64 {
    seconds.div_ceil(MINUTE_S).max(1)
}

/// Whole hours of so many seconds, at least one: what is left is rounded up.
pub(crate) fn hours(seconds: u64) -> u64 {
    seconds.div_ceil(HOUR_S).max(1)
}

/// A duration as somebody would say it: what is left of it is rounded up.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms.div_ceil(1_000);
    let (count, unit) = match seconds {
        0..120 => (seconds, "s"),
        120..7_200 => (seconds.div_ceil(MINUTE_S), "min"),
        7_200..172_800 => (seconds.div_ceil(HOUR_S), "h"),
        _ => (seconds.div_ceil(DAY_S), "d"),
    };
    format!("{count} {unit}")
}

/// A time in the past: a day (`2026-11-25`, its first moment in UTC), or so long ago (`7d`).
pub(crate) fn moment(text: &str, now: Wall) -> Option<Wall> {
    if let Some(ago) = seconds(text) {
        return Some(Wall(now.0.saturating_sub(ago.saturating_mul(1_000))));
    }
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let (month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let days = days_before(year, month, day)?;
    // A day that is in no calendar comes out as another one.
    let written = format!("{year:04}-{month:02}-{day:02}");
    (date(days) == written).then_some(Wall(days * DAY_MS))
}

/// The date of a day since 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
pub(crate) fn date(day: u64) -> String {
    let day = day + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The inverse of [`date`], from the same paper.
fn days_before(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = year - u64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

/// Hours and minutes in UTC.
pub(crate) fn clock_time(at: u64) -> String {
    let minutes = at / 60_000;
    format!("{:02}:{:02}Z", minutes / 60 % 24, minutes % 60)
}

/// Day, hours and minutes in UTC.
pub(crate) fn date_time(at: u64) -> String {
    format!("{} {}", date(at / DAY_MS), clock_time(at))
}

#[cfg(test)]
mod tests {
    use super::{duration, moment, seconds};
    use sala_core::time::Wall;

    #[test]
    fn durations_are_read_as_they_are_said() {
        for (text, expected) in
            [("45s", Some(45)), ("30m", Some(1_800)), ("2h", Some(7_200)), ("7d", Some(604_800))]
        {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in ["", "m", "30", "30x", "-3m", "5m tall", "99999999999999999999d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(duration(30_000), "30 s");
        assert_eq!(duration(30 * 60_000), "30 min");
        assert_eq!(duration(86_400_000), "24 h");
    }

    #[test]
    fn a_moment_is_a_day_or_so_long_ago() {
        let now = Wall(1_795_600_000_000);
        assert_eq!(moment("2026-11-25", now), Some(Wall(1_795_564_800_000)));
        assert_eq!(moment("1970-01-01", now), Some(Wall(0)));
        assert_eq!(moment("1h", now), Some(Wall(now.0 - 3_600_000)));
        for text in ["2026-02-29", "2026-13-01", "2026-1", "yesterday", "26-11-25", "1969-12-31"] {
            assert_eq!(moment(text, now), None, "{text}");
        }
    }
}
