//! Dates as people write them in options, strategy files and lists of events.

use jiff::civil::Date;

/// Reads a date that is written as year, month and day: `2020-01-31`. Nothing else is a date, so that a time of day or
/// a zone behind it is never dropped.
///
/// # Errors
/// Says why the text is not a date.
pub fn parse_date(text: &str) -> Result<Date, String> {
    let wrong = || format!("`{text}` is not a date: write it as 2020-01-31");
    let [year, month, day] = numbers(text).ok_or_else(wrong)?;
    let (Ok(month_number), Ok(day_number)) = (i8::try_from(month), i8::try_from(day)) else {
        return Err(wrong());
    };
    let Ok(first) = Date::new(year, month_number, 1) else {
        return Err(format!("`{text}` is not a date: there are 12 months, from 01 to 12"));
    };
    Date::new(year, month_number, day_number).map_err(|_| {
        format!("`{text}` is not a date: {} has {} days", first.strftime("%B %Y"), first.days_in_month())
    })
}

/// The three numbers of `2020-01-31`: four digits, two and two.
fn numbers(text: &str) -> Option<[i16; 3]> {
    let mut parts = text.split('-');
    let mut number = |width: usize| {
        let part = parts.next()?;
        let plain = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let numbers = [number(4)?, number(2)?, number(2)?];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_of_the_whole_calendar_are_read() {
        for (text, read) in [
            ("0000-01-01", date(0, 1, 1)),
            ("0001-01-01", date(1, 1, 1)),
            ("1582-10-10", date(1582, 10, 10)),
            ("2024-02-29", date(2024, 2, 29)),
            ("9999-12-31", date(9999, 12, 31)),
        ] {
            assert_eq!(parse_date(text), Ok(read));
        }
    }

    #[test]
    fn what_is_not_a_date_is_refused_with_the_reason() {
        let told = |text: &str| parse_date(text).unwrap_err();
        assert_eq!(told("2023-02-29"), "`2023-02-29` is not a date: February 2023 has 28 days");
        assert_eq!(told("2024-04-00"), "`2024-04-00` is not a date: April 2024 has 30 days");
        assert_eq!(told("2024-13-01"), "`2024-13-01` is not a date: there are 12 months, from 01 to 12");
        assert_eq!(told("2024-00-01"), "`2024-00-01` is not a date: there are 12 months, from 01 to 12");
        let shapes = [
            "",
            "soon",
            "2024",
            "2024-01",
            "2024-1-1",
            "20240101",
            "2024-W01-1",
            "2024-001",
            "-0001-01-01",
            "+12345-01-01",
            "12345-01-01",
            "2024-01-01T10:00",
            "2024-01-01 00:00:00",
            "2024-01-01T00:00:00Z",
            "2024-01-01[UTC]",
            " 2024-01-01",
            "2024-01-01 ",
            "2024-01-01-",
            "２０２４-01-01",
            "2024/01/01",
            "2024-01-99999999999999999999",
        ];
        for text in shapes {
            assert_eq!(told(text), format!("`{text}` is not a date: write it as 2020-01-31"));
        }
    }

    proptest! {
        #[test]
        fn every_date_reads_back(year in 0..=9999_i16, month in 1..=12_i8, day in 1..=31_i8) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            match Date::new(year, month, day) {
                Ok(date) => {
                    prop_assert_eq!(date.to_string(), text.as_str());
                    prop_assert_eq!(parse_date(&text), Ok(date));
                }
                Err(_) => prop_assert!(parse_date(&text).is_err()),
            }
        }

        #[test]
        fn no_other_text_is_a_date(text in "[-+0-9TZ: W]{0,16}") {
            if let Ok(date) = parse_date(&text) {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
