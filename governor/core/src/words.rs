use core::fmt;
use core::str::FromStr;

/// A text that is not of the form its use demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where {what} was expected: {expected}")]
pub struct WordError {
    /// What the text should have been.
    pub what: &'static str,
    /// The text as it came, cut to a bounded length.
    pub found: String,
    /// The form it must have.
    pub expected: &'static str,
}

const FOUND_CHARS_MAX: usize = 80;

pub(crate) fn word_error(what: &'static str, expected: &'static str, found: &str) -> WordError {
    WordError { what, expected, found: found.chars().take(FOUND_CHARS_MAX).collect() }
}

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal $(, but $reserved:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            pub const fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordError;
            fn from_str(text: &str) -> Result<Self, WordError> {
                let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
                let reserved: &[&str] = &[$($reserved),*];
                if (1..=$max).contains(&text.len())
                    && text.bytes().all(allowed)
                    && !reserved.contains(&text)
                {
                    Ok(Self(text.into()))
                } else {
                    Err(word_error(
                        $what,
                        concat!(
                            "1 to ", stringify!($max), " of a-z and 0-9",
                            $(", not `", $reserved, "`"),*
                        ),
                        text,
                    ))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

short_text!(
    /// The id of a slot: a short hash of what makes two jobs the same work, so that the same work
    /// never runs twice at once. Short, because 24 of them must fit an item of one kilobyte.
    LeaseId,
    "a lease id",
    8
);
short_text!(
    /// Random per delivery that is handled, the same in every retry of it: by its nonce a holder
    /// recognises its own lease, and a zombie is recognised as none.
    Nonce,
    "a nonce",
    8
);
short_text!(
    /// A kind of work that can be stopped apart from the others, such as `orders`. Its name is none
    /// of the other causes of a stop, which stand beside it.
    WorkKind,
    "a kind of work",
    16,
    but "customer",
    but "account",
    but "rejected"
);

short_text!(
    /// What lanes have in common whose troubles can have one cause, such as the platform that their
    /// stores run on. Opaque to the governor. Not `all`, which means all groups.
    GroupName,
    "a group's name",
    16,
    but "all"
);

impl Nonce {
    /// A nonce of 35 random bits. It is compared only with nonces of the same slot.
    pub fn from_random(random: u64) -> Self {
        const ALPHABET: [char; 32] = [
            'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
            'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7',
        ];
        let letters = (0_u32..7).map(|place| {
            let five_bits = random.checked_shr(place.saturating_mul(5)).unwrap_or(0) & 31;
            usize::try_from(five_bits).ok().and_then(|at| ALPHABET.get(at)).copied().unwrap_or('a')
        });
        Self(letters.collect::<String>().into())
    }
}

/// Why a lane is stopped. A lane holds at most one stop per cause; any stop wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopCause {
    /// A person stopped the customer this lane belongs to.
    Customer,
    /// A person stopped this lane.
    Account,
    /// The credentials are not accepted any more.
    Rejected,
    /// Nothing has succeeded for too long.
    DeadMan,
    /// A person stopped one kind of work.
    Work(WorkKind),
}

impl StopCause {
    /// The causes that hold every kind of work.
    pub const WHOLE_LANE: [Self; 4] =
        [Self::Customer, Self::Account, Self::Rejected, Self::DeadMan];

    /// The cause as the lane's text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Customer => "customer",
            Self::Account => "account",
            Self::Rejected => "rejected",
            Self::DeadMan => "dead_man",
            Self::Work(kind) => kind.as_str(),
        }
    }
}

impl FromStr for StopCause {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        match text {
            "customer" => Ok(Self::Customer),
            "account" => Ok(Self::Account),
            "rejected" => Ok(Self::Rejected),
            "dead_man" => Ok(Self::DeadMan),
            _ => text.parse().map(Self::Work),
        }
    }
}

/// What a stop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopMode {
    /// Nothing starts; what runs may finish.
    Hold,
    /// Nothing starts; what runs may finish, and it is reported when the last one is done.
    Drain,
    /// Nothing starts; what runs stops before its next call, at a checkpoint.
    Stop,
    /// A dimmer: at most this many run at once.
    Limit(u32),
}

impl StopMode {
    /// The mode as the lane's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Drain => "drain",
            Self::Stop => "stop",
            Self::Limit(_) => "limit",
        }
    }

    /// How many may run at once under this stop.
    pub const fn slots(self) -> u32 {
        match self {
            Self::Hold | Self::Drain | Self::Stop => 0,
            Self::Limit(slots) => slots,
        }
    }

    /// A mode from its text and its number of slots.
    ///
    /// # Errors
    /// A word that is no mode.
    pub fn parse(text: &str, slots: u32) -> Result<Self, WordError> {
        match text {
            "hold" => Ok(Self::Hold),
            "drain" => Ok(Self::Drain),
            "stop" => Ok(Self::Stop),
            "limit" => Ok(Self::Limit(slots)),
            _ => Err(word_error("a mode of a stop", "hold, drain, stop or limit", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_number_makes_a_nonce_that_parses() {
        for random in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            let nonce = Nonce::from_random(random);
            assert_eq!(nonce.as_str().parse::<Nonce>().unwrap(), nonce);
        }
        for (random, text) in [(1, "baaaaaa"), (0b11_1111_1010, "27aaaaa"), (u64::MAX, "7777777")] {
            assert_eq!(Nonce::from_random(random).as_str(), text);
        }
    }

    #[test]
    fn a_word_outside_its_form_is_refused() {
        for text in ["", "UPPER", "a.b", "a b", "waytoolongforalease"] {
            assert!(text.parse::<LeaseId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cause_survives_its_text() {
        for text in ["customer", "account", "rejected", "dead_man", "orders"] {
            assert_eq!(text.parse::<StopCause>().unwrap().as_str(), text);
        }
        assert_eq!("dead_man".parse(), Ok(StopCause::DeadMan));
        assert!(matches!("orders".parse(), Ok(StopCause::Work(_))));
    }

    #[test]
    fn no_kind_of_work_is_called_like_another_cause_of_a_stop() {
        for text in ["customer", "account", "rejected", "dead_man"] {
            assert!(text.parse::<WorkKind>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mode_survives_its_text_and_only_a_dimmer_has_slots() {
        for mode in [StopMode::Hold, StopMode::Drain, StopMode::Stop, StopMode::Limit(3)] {
            assert_eq!(StopMode::parse(mode.as_str(), 3), Ok(mode));
        }
        assert_eq!([StopMode::Hold, StopMode::Limit(3)].map(StopMode::slots), [0, 3]);
        let error = StopMode::parse("halt", 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "found \"halt\" where a mode of a stop was expected: hold, drain, stop or limit"
        );
    }
}
