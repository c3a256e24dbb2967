//! From when until when a certificate is good: the one thing that is read of its inside (X.509, RFC 5280, section 4.1.2.5).

use sala_core::time::Wall;

/// The tags of DER (X.690) on the way to it.
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// From when until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: Wall,
    pub(super) until: Wall,
}

impl Validity {
    /// That of a certificate in DER; none if it is not one.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = expect(certificate, SEQUENCE)?;
        let (rest, _) = expect(certificate, SEQUENCE)?;
        let rest = expect(rest, VERSION).map_or(rest, |(_, rest)| rest);
        let (_serial, rest) = expect(rest, INTEGER)?;
        let (_signature, rest) = expect(rest, SEQUENCE)?;
        let (_issuer, rest) = expect(rest, SEQUENCE)?;
        let (validity, _) = expect(rest, SEQUENCE)?;
        let (from, rest) = time(validity)?;
        let (until, _) = time(rest)?;
        (from < until).then_some(Validity { from, until })
    }
}

/// What stands in a value with this tag, and what follows it.
fn expect(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = value(bytes)?;
    (found == tag).then_some((content, rest))
}

fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        // The length is in so many bytes that follow; no certificate takes more than three.
        long @ 0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// A time, and what follows it.
fn time(bytes: &[u8]) -> Option<(Wall, &[u8])> {
    let (tag, content, rest) = value(bytes)?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (year, text) = match tag {
        // Two digits, of which 50 and more are of the last century.
        UTC_TIME => {
            let (year, text) = number(text, 2)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text)
        }
        GENERALIZED_TIME => number(text, 4)?,
        _ => return None,
    };
    let (month, text) = number(text, 2)?;
    let (day, text) = number(text, 2)?;
    let (hour, text) = number(text, 2)?;
    let (minute, text) = number(text, 2)?;
    let (second, text) = number(text, 2)?;
    if !text.is_empty() || !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 1970 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((Wall(seconds * 1_000), rest))
}

fn number(text: &str, digits: usize) -> Option<(u64, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    Some((number.parse().ok()?, rest))
}

/// Days from 1970 to a day of our calendar, by years that begin in March, so that a leap day is the last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let in_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    // 719,468 days lie between the first of March of the year 0 and 1970.
    era * 146_097 + in_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_is_good_from_its_first_day_to_its_last() {
        let seconds = |year, month, day| date_time_ymd(year, month, day).unix_timestamp();
        for (from, until) in [
            ((2026, 11, 26), (2027, 2, 24)),
            ((1975, 1, 1), (4096, 1, 1)),
            ((2024, 2, 29), (2049, 12, 31)),
            ((2050, 1, 1), (2100, 3, 1)),
        ] {
            let mut params = CertificateParams::new(["chat.example".to_owned()]).unwrap();
            params.not_before = date_time_ymd(from.0, from.1, from.2);
            params.not_after = date_time_ymd(until.0, until.1, until.2);
            let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let found = Validity::of(made.der()).unwrap();
            let wall = |(year, month, day)| Wall(u64::try_from(seconds(year, month, day)).unwrap() * 1_000);
            assert_eq!(found, Validity { from: wall(from), until: wall(until) });
        }
    }

    #[test]
    fn what_is_cut_off_or_no_certificate_is_none() {
        let made = rcgen::generate_simple_self_signed(["chat.example".to_owned()]).unwrap();
        for length in 0..made.cert.der().len() {
            assert_eq!(Validity::of(&made.cert.der()[..length]), None);
        }
        for at in 0..made.cert.der().len() {
            let mut other = made.cert.der().to_vec();
            other[at] ^= 0xff;
            // Whatever comes of it, nothing breaks.
            let _ = Validity::of(&other);
        }
    }
}
