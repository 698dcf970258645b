//! The time, as records and people read it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in RFC 3339, UTC.
pub(crate) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    text(since.as_secs())
}

/// Seconds since 1970; years of 400 have 146097 days, and begin in March so that a leap day is the last one.
pub(crate) fn text(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (year, month) = match month < 10 {
        true => (era * 400 + year, month + 3),
        false => (era * 400 + year + 1, month - 9),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The seconds since 1970 of a time in RFC 3339, UTC; fractions are left out. None where it is no such time, or before 1970.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let (year, month) = match month {
        3.. => (year, month - 3),
        1..3 => (year.checked_sub(1)?, month + 9),
        0 => return None,
    };
    let days =
        year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day.checked_sub(1)?;
    Some(days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::{seconds, text};

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(seconds("2026-11-30T23:59:59.123456789Z"), Some(1_796_083_199));
        for none in [
            "",
            "0001-01-01T00:00:00Z",
            "yesterday, at noon, Z",
            "2026-00-10T00:00:00Z",
        ] {
            assert_eq!(seconds(none), None, "{none}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (at, date) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_796_083_199, "2026-11-30T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(text(at), date);
            assert_eq!(seconds(date), Some(at));
        }
    }
}
