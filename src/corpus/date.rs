//! A day.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A day of the Gregorian calendar, counted from 1 January 1970.
///
/// ```
/// use reprint::corpus::Date;
///
/// let printed: Date = "1864-11-09".parse()?;
/// let reprinted: Date = "1864-12-01T06:00:00Z".parse()?;
/// assert_eq!(reprinted.days() - printed.days(), 22);
/// assert_eq!(printed.to_string(), "1864-11-09");
/// assert!(printed.is_within(30, reprinted));
/// assert!("9 Nov 1864".parse::<Date>().is_err());
///
/// // Other years have a sign, as in ISO 8601: every day reads back. Year 0 comes before year 1.
/// let ides: Date = "-0043-03-15".parse()?;
/// assert_eq!(ides.to_string(), "-0043-03-15");
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Date(i32);

/// Years from the one to the other are written with four digits and no sign.
const FIRST_YEAR: i64 = 1;
const LAST_YEAR: i64 = 9999;

impl Date {
    /// The day so many days after 1 January 1970.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// The days since 1 January 1970; negative before it.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Whether the two are at most so many days apart.
    pub const fn is_within(self, days: u32, other: Self) -> bool {
        self.0.abs_diff(other.0) <= days
    }
}

/// The days from 1 January 1970 to a day of the Gregorian calendar, by the days of a year that begins in
/// March.
const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The year, month and day.
fn civil(days: i32) -> (i64, u32, u32) {
    let days = i64::from(days) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (years + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

impl FromStr for Date {
    type Err = Error;

    /// From `YYYY-MM-DD`; what follows a `T` or a space is left out. A year that is not from 1 to 9999 has a
    /// sign and at least four digits.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |remedy| Error::parameter("date", format!("{text:?}"), remedy);
        let form = || wrong("write it as YYYY-MM-DD");
        let number = |digits: &str, most: usize| {
            let plain = digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|_| plain)
        };
        let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
        let sign = day.bytes().next().filter(|first| matches!(first, b'+' | b'-'));
        let mut parts = day[usize::from(sign.is_some())..].splitn(3, '-');
        let mut part = || parts.next().ok_or_else(form);
        let (year, month, day) = (part()?, part()?, part()?);
        let year = match sign {
            None => number(year, 4),
            Some(sign) => number(year, 7)
                .filter(|_| year.len() >= 4)
                .map(|year| if sign == b'-' { -year } else { year }),
        };
        let year = year.ok_or_else(form)?;
        let month = number(month, 4).ok_or_else(form)?;
        let day = number(day, 4).ok_or_else(form)?;
        if sign.is_none() && !(FIRST_YEAR..=LAST_YEAR).contains(&year) {
            return Err(wrong("the first year is 0001; a day that is not known is left out"));
        }
        if !(1..=12).contains(&month) {
            return Err(wrong("a year has the months 01 to 12"));
        }
        let next = if month == 12 { days_of(year + 1, 1, 1) } else { days_of(year, month + 1, 1) };
        let days = days_of(year, month, day);
        if day < 1 || days >= next {
            return Err(wrong("there is no such day in that month"));
        }
        let days = i32::try_from(days)
            .map_err(|_| wrong("years from about -5,877,000 to 5,880,000 can be counted"))?;
        Ok(Self(days))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        let plain = (FIRST_YEAR..=LAST_YEAR).contains(&year);
        let sign = if plain { "" } else { ["+", "-"][usize::from(year < 0)] };
        f.pad(&format!("{sign}{:04}-{month:02}-{day:02}", year.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let (mut year, mut month, mut day) = (1600_i64, 1_i64, 1_i64);
        for days in days_of(1600, 1, 1)..days_of(2105, 1, 1) {
            let written = format!("{year:04}-{month:02}-{day:02}");
            let date = Date(i32::try_from(days).unwrap());
            assert_eq!(written.parse(), Ok(date));
            assert_eq!(date.to_string(), written);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length =
                [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!("1970-01-01".parse(), Ok(Date(0)));
    }

    #[test]
    fn every_day_reads_back() {
        let first = days_of(0, 1, 1) as i32;
        let last = days_of(9999, 12, 31) as i32;
        let edges =
            [i32::MIN, -1, 0, 1, i32::MAX, first, last, days_of(1, 1, 1) as i32, days_of(-1, 1, 1) as i32];
        let days = edges.iter().flat_map(|&edge| (-400..=400).map(move |step| edge.saturating_add(step)));
        for date in days.chain((i32::MIN..i32::MAX - 99_991).step_by(99_991)).map(Date) {
            assert_eq!(date.to_string().parse(), Ok(date), "{date}");
        }
        assert_eq!(Date(first - 1).to_string(), "-0001-12-31");
        assert_eq!(Date(first).to_string(), "+0000-01-01");
        assert_eq!(Date(last + 1).to_string(), "+10000-01-01");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for (wrong, why) in [
            ("", "YYYY-MM-DD"),
            ("2026", "YYYY-MM-DD"),
            ("+026-1-1", "YYYY-MM-DD"),
            ("--2026-1-1", "YYYY-MM-DD"),
            ("12026-01-01", "YYYY-MM-DD"),
            ("2026-1-x", "YYYY-MM-DD"),
            ("2026-+1-01", "YYYY-MM-DD"),
            ("é026-01-01", "YYYY-MM-DD"),
            ("2026-13-01", "months 01 to 12"),
            ("2026-00-10", "months 01 to 12"),
            ("0000-00-00", "first year is 0001"),
            ("2026-02-29", "no such day"),
            ("1900-02-29", "no such day"),
            ("2026-04-31", "no such day"),
            ("2026-04-00", "no such day"),
            ("+9999999-01-01", "can be counted"),
            ("-9999999-01-01", "can be counted"),
        ] {
            let error = wrong.parse::<Date>().unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(&format!("{wrong:?}")), "{error}");
        }
        assert!(Date::from_days(i32::MAX).is_within(u32::MAX, Date::from_days(i32::MIN)));
    }
}
