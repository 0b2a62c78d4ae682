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
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Date(i32);

/// Years from the one to the other can be written with four digits.
const FIRST_YEAR: i32 = 1;
const LAST_YEAR: i32 = 9999;

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
const fn days_of(year: i32, month: i32, day: i32) -> i32 {
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

    /// From `YYYY-MM-DD`; what follows a `T` or a space is left out.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::parameter("date", format!("{text:?}"), "write it as YYYY-MM-DD");
        let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
        let mut parts = day.splitn(3, '-').map(|part| {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i32>().ok().filter(|_| digits && part.len() <= 4)
        });
        let mut part = || parts.next().flatten().ok_or_else(wrong);
        let (year, month, day) = (part()?, part()?, part()?);
        if !(FIRST_YEAR..=LAST_YEAR).contains(&year) || !(1..=12).contains(&month) || day < 1 {
            return Err(wrong());
        }
        let next = if month == 12 { days_of(year + 1, 1, 1) } else { days_of(year, month + 1, 1) };
        let days = days_of(year, month, day);
        if days < next { Ok(Self(days)) } else { Err(wrong()) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other() {
        let (mut year, mut month, mut day) = (1600_i32, 1_i32, 1_i32);
        for days in days_of(1600, 1, 1)..days_of(2105, 1, 1) {
            let written = format!("{year:04}-{month:02}-{day:02}");
            assert_eq!(written.parse(), Ok(Date(days)));
            assert_eq!(Date(days).to_string(), written);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length =
                [31, 28 + i32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
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
    fn what_is_no_day_is_refused() {
        for wrong in
            ["", "2026", "2026-13-01", "2026-02-29", "2026-00-10", "-2026-01-01", "+026-1-1", "2026-1-x"]
        {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
        assert!(Date::from_days(i32::MIN).to_string().starts_with('-'));
        assert!(Date::from_days(i32::MAX).is_within(u32::MAX, Date::from_days(i32::MIN)));
    }
}
