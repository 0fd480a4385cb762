use core::cmp::Ordering;

use flyball_domain::UnixMillis;
use rust_decimal::Decimal;

/// How long a text must be, so that it can be a time.
const TIME_CHARS: usize = 19;

/// What a column holds in one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Number(Decimal),
    Text(String),
}

/// How a filter compares
/// (<https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Eq,
    Neq,
    Gt,
    Gteq,
    Lt,
    Lteq,
    In,
    Nin,
    Like,
    Nlike,
    Null,
    Notnull,
    Finset,
}

impl Condition {
    /// The condition of a word. One that the database adapter does not know compares for equality
    /// (`Magento\Framework\DB\Adapter\Pdo\Mysql::prepareSqlCondition`).
    pub(super) fn of(word: &str) -> Self {
        match word {
            "neq" => Self::Neq,
            "gt" => Self::Gt,
            "gteq" | "from" | "moreq" => Self::Gteq,
            "lt" => Self::Lt,
            "lteq" | "to" => Self::Lteq,
            "in" => Self::In,
            "nin" => Self::Nin,
            "like" => Self::Like,
            "nlike" => Self::Nlike,
            "null" => Self::Null,
            "notnull" => Self::Notnull,
            "finset" => Self::Finset,
            _ => Self::Eq,
        }
    }

    /// Whether a column satisfies it. As in SQL, what is null satisfies nothing but `null`.
    pub(super) fn holds(self, cell: &Cell, value: &str) -> bool {
        if *cell == Cell::Null {
            return self == Self::Null;
        }
        let order = || compare(cell, value);
        match self {
            Self::Null => false,
            Self::Notnull => true,
            Self::Eq => order() == Ordering::Equal,
            Self::Neq => order() != Ordering::Equal,
            Self::Gt => order() == Ordering::Greater,
            Self::Gteq => order() != Ordering::Less,
            Self::Lt => order() == Ordering::Less,
            Self::Lteq => order() != Ordering::Greater,
            Self::In => listed(cell, value),
            Self::Nin => !listed(cell, value),
            Self::Like => like(&text(cell), value),
            Self::Nlike => !like(&text(cell), value),
            Self::Finset => text(cell).split(',').any(|part| same(part, value)),
        }
    }
}

fn listed(cell: &Cell, values: &str) -> bool {
    values.split(',').any(|value| compare(cell, value) == Ordering::Equal)
}

fn compare(cell: &Cell, value: &str) -> Ordering {
    match cell {
        Cell::Null => Ordering::Less,
        Cell::Number(number) => number.cmp(&number_of(value)),
        Cell::Text(text) if is_time(text) => text.as_str().cmp(time_of(value).as_str()),
        Cell::Text(text) => text.to_lowercase().cmp(&value.to_lowercase()),
    }
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Number(number) => number.normalize().to_string(),
        Cell::Text(text) => text.clone(),
    }
}

/// The number that a text begins with, 0 where it begins with none, as the database reads it.
pub(super) fn number_of(text: &str) -> Decimal {
    let text = text.trim();
    let sign = usize::from(text.starts_with(['-', '+']));
    let is_number = |sign: char| sign.is_ascii_digit() || sign == '.';
    let digits: usize = text.chars().skip(sign).take_while(|sign| is_number(*sign)).count();
    let end = sign.saturating_add(digits);
    text.get(..end).and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn is_time(text: &str) -> bool {
    text.len() == TIME_CHARS
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

/// A time as the database reads it: a day alone is its midnight, whatever stands behind the seconds
/// counts for nothing.
fn time_of(text: &str) -> String {
    let text: String = text.trim().replacen('T', " ", 1).chars().take(TIME_CHARS).collect();
    match text.len() {
        10 => format!("{text} 00:00:00"),
        16 => format!("{text}:00"),
        _ => text,
    }
}

/// The moment that a text names where a time is expected, in Unix milliseconds; `None` where it
/// names none.
pub(super) fn moment_of(text: &str) -> Option<u64> {
    let text = time_of(text);
    if !is_time(&text) {
        return None;
    }
    let rfc3339 = format!("{}Z", text.replacen(' ', "T", 1));
    UnixMillis::parse_rfc3339(&rfc3339).ok().map(|moment| moment.0)
}

/// A moment as it stands in an answer: in UTC, without a zone
/// (<https://github.com/magento/magento2/issues/28181>).
pub(super) fn time_text(ms: u64) -> String {
    let text = UnixMillis(ms.saturating_sub(ms % 1_000)).to_rfc3339();
    text.trim_end_matches('Z').replacen('T', " ", 1)
}

/// `LIKE`: `%` stands for any text, `_` for any sign, a backslash takes the sign behind it as it is.
fn like(text: &str, pattern: &str) -> bool {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Part {
        Any,
        One,
        Sign(char),
    }
    let mut parts = Vec::new();
    let lower = pattern.to_lowercase();
    let mut signs = lower.chars();
    while let Some(sign) = signs.next() {
        parts.push(match sign {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Sign(signs.next().unwrap_or('\\')),
            _ => Part::Sign(sign),
        });
    }
    // `reach` holds the places in the pattern that the text so far can lead to.
    let mut reach = vec![false; parts.len().saturating_add(1)];
    let open = |reach: &mut Vec<bool>| {
        for at in 0..parts.len() {
            let passes = reach.get(at) == Some(&true) && parts.get(at) == Some(&Part::Any);
            if passes && let Some(next) = reach.get_mut(at.saturating_add(1)) {
                *next = true;
            }
        }
    };
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    open(&mut reach);
    for sign in text.to_lowercase().chars() {
        let mut next = vec![false; reach.len()];
        for (at, part) in parts.iter().enumerate() {
            if reach.get(at) != Some(&true) {
                continue;
            }
            let to = match part {
                Part::Any => Some(at),
                Part::One => Some(at.saturating_add(1)),
                Part::Sign(expected) => (*expected == sign).then_some(at.saturating_add(1)),
            };
            if let Some(place) = to.and_then(|to| next.get_mut(to)) {
                *place = true;
            }
        }
        reach = next;
        open(&mut reach);
    }
    reach.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn number(number: i64) -> Cell {
        Cell::Number(number.into())
    }

    #[test]
    fn each_condition_compares_as_the_database_does() {
        let time = text("2026-11-22 09:30:00");
        for (cell, word, value, expected) in [
            (number(10), "gt", "9", true),
            (number(10), "gt", "10", false),
            (number(10), "gteq", "10", true),
            (number(10), "lt", "9", false),
            (number(10), "lteq", "10.0000", true),
            (number(10), "eq", "10abc", true),
            (number(10), "in", "9,10,11", true),
            (number(10), "nin", "9,10,11", false),
            (text("Mug"), "eq", "mUG", true),
            (text("Mug"), "neq", "mug", false),
            (text("Mug"), "like", "M_g", true),
            (text("Mug"), "like", "%u%", true),
            (text("Mug"), "like", "u", false),
            (text("100%"), "like", "100\\%", true),
            (text("1000"), "like", "100\\%", false),
            (text("Mug"), "nlike", "x%", true),
            (text("4,15,23"), "finset", "15", true),
            (text("4,15,23"), "finset", "5", false),
            (time.clone(), "gt", "2026-11-22 09:29:59", true),
            (time.clone(), "from", "2026-11-22T09:30:00Z", true),
            (time.clone(), "to", "2026-11-22", false),
            (time, "like", "2026-11%", true),
            (number(10), "unheard-of", "10", true),
            (number(10), "notnull", "", true),
            (number(10), "null", "", false),
        ] {
            assert_eq!(
                Condition::of(word).holds(&cell, value),
                expected,
                "{cell:?} {word} {value}"
            );
        }
    }

    #[test]
    fn what_is_null_satisfies_nothing_but_null() {
        for word in ["eq", "neq", "gt", "lteq", "in", "nin", "like", "nlike", "notnull", "finset"] {
            assert!(!Condition::of(word).holds(&Cell::Null, ""), "{word}");
        }
        assert!(Condition::Null.holds(&Cell::Null, ""));
    }

    #[test]
    fn a_time_is_read_with_and_without_its_hours() {
        let ms = 1_795_339_800_000;
        assert_eq!(time_text(ms + 999), "2026-11-22 09:30:00");
        for same in ["2026-11-22 09:30:00", "2026-11-22T09:30:00Z", "2026-11-22 09:30"] {
            assert_eq!(moment_of(same), Some(ms), "{same}");
        }
        assert_eq!(moment_of("2026-11-22"), Some(1_795_305_600_000));
        assert_eq!(moment_of("yesterday"), None);
    }

    proptest! {
        #[test]
        fn no_value_makes_a_condition_panic(
            word in "[a-z]{0,7}",
            cell in "\\PC{0,20}",
            value in "[\\PC%_\\\\]{0,20}",
        ) {
            Condition::of(&word).holds(&Cell::Text(cell), &value);
            Condition::of(&word).holds(&Cell::Number(Decimal::ONE), &value);
            moment_of(&value);
        }

        #[test]
        fn a_text_is_like_itself_with_any_of_its_ends_left_open(text in "[a-z]{0,12}", at in 0_usize..12) {
            let (left, right) = text.split_at(at.min(text.len()));
            for pattern in [format!("{left}%"), format!("%{right}"), format!("{left}%{right}")] {
                prop_assert!(like(&text, &pattern), "{}", pattern);
            }
        }
    }
}
