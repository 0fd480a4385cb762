use core::fmt;

/// Why a text, or a value in it, can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON.
    #[error("found no JSON: {expected} was expected at byte {at}")]
    Syntax {
        /// How many bytes lie before.
        at: usize,
        /// What was expected there.
        expected: &'static str,
    },
    /// It ends too early.
    #[error("found no JSON: the text ends where {expected} was expected")]
    End {
        /// What was expected.
        expected: &'static str,
    },
    /// A value is of another shape.
    #[error("{}{what}", Place(at))]
    Shape {
        /// Its path; empty for the outermost.
        at: String,
        /// What was found and what was expected.
        what: String,
    },
}

struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

impl JsonError {
    /// Whether the text is cut short.
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::End { .. })
    }

    /// Whether it is JSON, of another shape.
    pub const fn is_shape(&self) -> bool {
        matches!(self, Self::Shape { .. })
    }

    /// The same, seen from the field around it.
    pub(super) fn within_field(self, name: &str) -> Self {
        match self {
            Self::Shape { at, what } if at.is_empty() => Self::Shape { at: name.to_owned(), what },
            Self::Shape { at, what } if at.starts_with('[') => {
                Self::Shape { at: format!("{name}{at}"), what }
            }
            Self::Shape { at, what } => Self::Shape { at: format!("{name}.{at}"), what },
            other @ (Self::Syntax { .. } | Self::End { .. }) => other,
        }
    }

    /// The same, seen from the list around it.
    pub(super) fn within_list(self, index: usize) -> Self {
        self.within_field(&format!("[{index}]"))
    }
}

impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self::Shape { at: String::new(), what: what.to_string() }
    }
}
