//! Times as engines write them: RFC 3339.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds from one time to a later one. `None` when one is none, or was never: engines write the year 1 then.
pub(crate) fn between(from: &str, to: &str) -> Option<u64> {
    parse(to)?.checked_sub(parse(from)?)
}

/// Milliseconds from a time until now, by the clock of this machine. `None` when it is none, or still to come.
pub(crate) fn since(from: &str) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(now.as_millis()).ok()?.checked_sub(parse(from)?)
}

/// Milliseconds since 1970.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let number = |text: &str| text.parse::<u16>().ok().map(i64::from);
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    // `12:00:00.123456789Z`, or with `+01:00` behind it.
    let clock_end = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(clock_end)?;
    let mut clock = clock.splitn(3, ':');
    let (hour, minute) = (number(clock.next()?)?, number(clock.next()?)?);
    let seconds = clock.next()?.parse::<f64>().ok()?;
    let offset = match zone.split_at_checked(1) {
        Some((sign @ ("+" | "-"), zone)) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = number(hours)? * 60 + number(minutes)?;
            if sign == "+" { minutes } else { -minutes }
        }
        _ => 0,
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Years begin in March, so that a leap day is the last one; 400 of them have 146097 days.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days =
        year / 400 * 146_097 + year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year - 719_468;
    let minutes = (days * 24 + hour) * 60 + minute - offset;
    // A second is at most 60; the fraction is cut to what is asked for.
    let ms = (seconds.clamp(0.0, 61.0) * 1000.0) as i64;
    u64::try_from(minutes * 60_000 + ms).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T00:00:00.5Z", Some(951_782_400_500)),
            ("2026-11-30T23:59:59.123456789Z", Some(1_796_083_199_123)),
            ("2026-12-01T00:59:59+01:00", Some(1_796_083_199_000)),
            ("0001-01-01T00:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse(text), ms, "{text}");
        }
        assert_eq!(
            between("1970-01-01T00:00:01Z", "1970-01-01T00:00:03Z"),
            Some(2000)
        );
        assert_eq!(between("1970-01-01T00:00:03Z", "1970-01-01T00:00:01Z"), None);
    }
}
