use core::str::FromStr as _;

use flyball_domain::UnixMillis;
use jiff::civil;
use serde_json::{Value, json};

use super::ids;
use super::resolve::order_words;
use crate::stock::{Row, Shown, StockOrder};

const DAY_MS: u64 = 86_400_000;
/// What brackets and negations begin with.
const NOT_SIMULATED: [char; 3] = ['(', ')', '-'];
const DATE_CHARS: usize = "2026-11-22".len();

/// What a list's `query:` asks for.
///
/// Terms stand side by side or with `AND` between them; a list fulfills all of them. Times and ids
/// take comparators. Three things are as surprising as at the vendor's: a time without quotes is cut
/// to its date and read in the shop's zone; `>` of a time means `>=`; a field that does not exist is
/// ignored, with a warning beside the answer. `OR`, `NOT` and brackets are not simulated and are
/// refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    subject: Subject,
    pub(super) created: Span,
    pub(super) updated: Span,
    pub(super) ids: Span,
    published: Span,
    words: Vec<(Word, String)>,
    unknown: Vec<(String, String)>,
}

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Products,
    Orders,
}

impl Subject {
    const fn number(self, index: u64) -> u64 {
        match self {
            Self::Products => ids::product_number(index),
            Self::Orders => ids::order_number(index),
        }
    }
}

/// Numbers from `from` on and below `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) until: u64,
}

impl Default for Span {
    fn default() -> Self {
        Self { from: 0, until: u64::MAX }
    }
}

impl Span {
    const fn holds(self, value: u64) -> bool {
        self.from <= value && value < self.until
    }

    fn narrow(&mut self, comparator: Comparator, first: u64, last: u64) {
        match comparator {
            Comparator::Equal => {
                self.from = self.from.max(first);
                self.until = self.until.min(last.saturating_add(1));
            }
            // As recorded: `>` of a time is answered as `>=` is.
            Comparator::Above | Comparator::AtLeast => self.from = self.from.max(first),
            Comparator::Below => self.until = self.until.min(first),
            Comparator::AtMost => self.until = self.until.min(last.saturating_add(1)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparator {
    Equal,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// A field of text that can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Anywhere,
    Email,
    Financial,
    Fulfillment,
    GiftCard,
    Handle,
    Name,
    ProductType,
    Sku,
    Status,
    Tag,
    Test,
    Title,
    Vendor,
}

/// A `query:` that can't be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SearchError {
    #[error("Invalid search query: {0} is not closed")]
    Unclosed(char),
    #[error("Invalid search query: {0} is not simulated; put terms side by side")]
    NotSimulated(String),
    #[error("Invalid timestamp for query filter `{field}`: {found}")]
    Time { field: String, found: String },
    #[error("Invalid id for query filter `{field}`: {found}")]
    Id { field: String, found: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Text {
    Bare(String),
    Quoted(String),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Quoted(text) => text,
        }
    }
}

impl Search {
    /// Reads a query for a shop that is so many minutes east of UTC.
    pub(super) fn parse(
        subject: Subject,
        query: &str,
        zone_minutes: i16,
    ) -> Result<Self, SearchError> {
        let mut search = Self {
            subject,
            created: Span::default(),
            updated: Span::default(),
            ids: Span::default(),
            published: Span::default(),
            words: Vec::new(),
            unknown: Vec::new(),
        };
        let mut rest = query.trim_start();
        while !rest.is_empty() {
            let end = rest
                .find(|sign: char| {
                    sign == ':' || sign.is_whitespace() || sign == '\'' || sign == '"'
                })
                .unwrap_or(rest.len());
            let (head, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if let Some(after) = tail.strip_prefix(':') {
                if head.starts_with(NOT_SIMULATED) {
                    return Err(SearchError::NotSimulated(head.to_owned()));
                }
                let (comparator, after) = comparator(after.trim_start());
                let (value, after) = text(after.trim_start())?;
                search.add(head, comparator, &value, zone_minutes)?;
                rest = after.trim_start();
                continue;
            }
            let (word, after) = text(rest)?;
            match word.as_str() {
                "AND" => {}
                "OR" | "NOT" => return Err(SearchError::NotSimulated(word.as_str().to_owned())),
                _ if word.as_str().starts_with(NOT_SIMULATED) => {
                    return Err(SearchError::NotSimulated(word.as_str().to_owned()));
                }
                words => search.words.push((Word::Anywhere, words.to_lowercase())),
            }
            rest = after.trim_start();
        }
        Ok(search)
    }

    fn add(
        &mut self,
        field: &str,
        comparator: Comparator,
        value: &Text,
        zone_minutes: i16,
    ) -> Result<(), SearchError> {
        let span = match field {
            "created_at" => &mut self.created,
            "updated_at" => &mut self.updated,
            "published_at" if self.subject == Subject::Products => &mut self.published,
            // Orders are processed when they are made.
            "processed_at" if self.subject == Subject::Orders => &mut self.created,
            "id" => {
                let number = id(value.as_str()).ok_or_else(|| SearchError::Id {
                    field: field.to_owned(),
                    found: value.as_str().to_owned(),
                })?;
                let above = comparator == Comparator::Above;
                let number = if above { number.saturating_add(1) } else { number };
                self.ids.narrow(comparator, number, number);
                return Ok(());
            }
            _ => {
                match word(self.subject, field) {
                    Some(word) => self.words.push((word, value.as_str().to_lowercase())),
                    None => self.unknown.push((field.to_owned(), value.as_str().to_owned())),
                }
                return Ok(());
            }
        };
        let (first, last) = time(value, zone_minutes).ok_or_else(|| SearchError::Time {
            field: field.to_owned(),
            found: value.as_str().to_owned(),
        })?;
        span.narrow(comparator, first, last);
        Ok(())
    }

    /// Leaves out what was made before a moment.
    pub(super) fn made_from(mut self, from_ms: u64) -> Self {
        self.created.from = self.created.from.max(from_ms);
        self
    }

    /// What an index knows of what is asked for, when it has seen what was made and changed before a
    /// moment. What was changed since is still found, by anything but its change.
    pub(super) fn indexed_until(mut self, until_ms: u64) -> Self {
        if self.is_everything() {
            return self;
        }
        self.created.until = self.created.until.min(until_ms);
        if self.updated != Span::default() {
            self.updated.until = self.updated.until.min(until_ms);
        }
        self
    }

    /// Whether nothing is asked for, so that everything fits.
    pub(super) fn is_everything(&self) -> bool {
        let spans = [self.created, self.updated, self.ids, self.published];
        self.words.is_empty() && spans.iter().all(|span| *span == Span::default())
    }

    /// Whether a row fits, as far as it can be told without its content.
    pub(super) fn fits_row(&self, row: &Row) -> bool {
        self.created.holds(row.created_at)
            && self.updated.holds(row.updated_at)
            && self.ids.holds(self.subject.number(row.index))
    }

    /// Whether the content must be looked at.
    pub(super) fn needs_content(&self) -> bool {
        !self.words.is_empty() || self.published != Span::default()
    }

    /// Whether an order's content fits.
    pub(super) fn fits_order(&self, shown: &Shown<StockOrder>) -> bool {
        self.words.iter().all(|(word, text)| word.is_in_order(shown, text))
    }

    /// Whether a product's content fits.
    pub(super) fn fits_product(&self, shown: &Shown) -> bool {
        let published = self.published == Span::default()
            || (shown.item.published && self.published.holds(shown.created_at));
        published && self.words.iter().all(|(word, text)| word.is_in(shown, text))
    }

    /// What the vendor says beside the answer about fields that do not exist.
    pub(super) fn warnings(&self, key: &str, query: &str) -> Option<Value> {
        let (field, value) = self.unknown.first()?;
        let warnings: Vec<_> = self
            .unknown
            .iter()
            .map(|(field, _)| {
                json!({
                    "field": field,
                    "message": "Invalid search field for this query.",
                    "code": "invalid_field",
                })
            })
            .collect();
        Some(json!({
            "path": [key],
            "query": query,
            "parsed": {"field": field, "match_all": value},
            "warnings": warnings,
        }))
    }
}

impl Word {
    fn is_in(self, shown: &Shown, text: &str) -> bool {
        let product = &shown.item;
        let equal = |found: &str| text.split(',').any(|text| found.to_lowercase() == text.trim());
        match self {
            Self::GiftCard => product.is_gift_card.to_string() == text,
            Self::Handle => equal(&product.handle),
            Self::ProductType => equal(&product.product_type),
            Self::Sku => {
                product.variants.iter().any(|variant| variant.sku.as_deref().is_some_and(equal))
            }
            Self::Status => equal(&String::from(product.status.clone())),
            Self::Tag => product.tags.iter().any(|tag| equal(tag)),
            Self::Anywhere | Self::Title => product.title.to_lowercase().contains(text),
            Self::Vendor => equal(&product.vendor),
            // No product has one.
            Self::Email | Self::Financial | Self::Fulfillment | Self::Name | Self::Test => false,
        }
    }

    fn is_in_order(self, shown: &Shown<StockOrder>, text: &str) -> bool {
        let order = &shown.item;
        let equal = |found: &str| text.split(',').any(|text| found.to_lowercase() == text.trim());
        let name = order_words::name(shown.index);
        let mail = order.email.as_deref();
        match self {
            Self::Anywhere => name == text || mail.is_some_and(equal),
            Self::Email => mail.is_some_and(equal),
            Self::Financial => equal(order_words::financial_status(order)),
            Self::Fulfillment => equal(order_words::fulfillment_status(order)),
            Self::Name => name == text || name.strip_prefix('#') == Some(text),
            Self::Sku => order.lines.iter().any(|line| line.sku.as_deref().is_some_and(equal)),
            Self::Status => {
                equal("any")
                    || equal(match (order.canceled, order.closed_after_s) {
                        (Some(_), _) => "cancelled",
                        (None, Some(_)) => "closed",
                        (None, None) => "open",
                    })
            }
            Self::Tag => order.tags.iter().any(|tag| equal(tag)),
            Self::Test => order.test.to_string() == text,
            // No order has one.
            Self::GiftCard | Self::Handle | Self::ProductType | Self::Title | Self::Vendor => false,
        }
    }
}

fn word(subject: Subject, field: &str) -> Option<Word> {
    Some(match (field, subject) {
        ("sku", _) => Word::Sku,
        ("status", _) => Word::Status,
        ("tag", _) => Word::Tag,
        ("gift_card", Subject::Products) => Word::GiftCard,
        ("handle", Subject::Products) => Word::Handle,
        ("product_type", Subject::Products) => Word::ProductType,
        ("title", Subject::Products) => Word::Title,
        ("vendor", Subject::Products) => Word::Vendor,
        ("email", Subject::Orders) => Word::Email,
        ("financial_status", Subject::Orders) => Word::Financial,
        ("fulfillment_status", Subject::Orders) => Word::Fulfillment,
        ("name", Subject::Orders) => Word::Name,
        ("test", Subject::Orders) => Word::Test,
        (_, Subject::Products | Subject::Orders) => return None,
    })
}

fn comparator(text: &str) -> (Comparator, &str) {
    for (sign, comparator) in [
        (">=", Comparator::AtLeast),
        ("<=", Comparator::AtMost),
        (">", Comparator::Above),
        ("<", Comparator::Below),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (comparator, rest);
        }
    }
    (Comparator::Equal, text)
}

/// A quoted text or one up to the next space, and what follows it.
fn text(rest: &str) -> Result<(Text, &str), SearchError> {
    for quote in ['\'', '"'] {
        let Some(inside) = rest.strip_prefix(quote) else { continue };
        return match inside.split_once(quote) {
            Some((text, rest)) => Ok((Text::Quoted(text.to_owned()), rest)),
            None => Err(SearchError::Unclosed(quote)),
        };
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (text, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    Ok((Text::Bare(text.to_owned()), rest))
}

fn id(text: &str) -> Option<u64> {
    match ids::parse_gid(text) {
        Some((_, number)) => Some(number),
        None => text.parse().ok(),
    }
}

/// The first and the last millisecond that a time speaks of.
fn time(text: &Text, zone_minutes: i16) -> Option<(u64, u64)> {
    let whole = match text {
        Text::Quoted(text) => text.as_str(),
        Text::Bare(text) => text.get(..DATE_CHARS).unwrap_or(text),
    };
    if let Ok(moment) = UnixMillis::parse_rfc3339(whole) {
        return Some((moment.0, moment.0));
    }
    let (date_time, length) = match civil::Date::from_str(whole) {
        Ok(date) if whole.len() == DATE_CHARS => {
            (date.to_datetime(civil::Time::midnight()), DAY_MS)
        }
        Ok(_) | Err(_) => (civil::DateTime::from_str(whole).ok()?, 1),
    };
    let offset = jiff::tz::Offset::from_seconds(i32::from(zone_minutes) * 60).ok()?;
    let first = u64::try_from(offset.to_timestamp(date_time).ok()?.as_millisecond()).ok()?;
    Some((first, first.saturating_add(length).saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BERLIN: i16 = 60;

    fn ms(text: &str) -> u64 {
        UnixMillis::parse_rfc3339(text).unwrap().0
    }

    fn products(query: &str, zone: i16) -> Result<Search, SearchError> {
        Search::parse(Subject::Products, query, zone)
    }

    fn updated(query: &str) -> Span {
        products(query, BERLIN).unwrap().updated
    }

    #[test]
    fn quoted_times_are_taken_exactly() {
        let span =
            updated("updated_at:>='2026-11-01T10:30:00Z' updated_at:<'2026-11-02T00:00:00Z'");
        assert_eq!(span.from, ms("2026-11-01T10:30:00Z"));
        assert_eq!(span.until, ms("2026-11-02T00:00:00Z"));
        assert_eq!(
            updated("updated_at:>=\"2026-11-01T10:30:00+02:00\"").from,
            ms("2026-11-01T08:30:00Z")
        );
    }

    #[test]
    fn a_time_without_quotes_is_cut_to_its_date_in_the_shops_zone() {
        assert_eq!(updated("updated_at:>=2026-11-01T10:30:00Z").from, ms("2026-10-31T23:00:00Z"));
        assert_eq!(updated("updated_at:<2026-11-01T10:30:00Z").until, ms("2026-10-31T23:00:00Z"));
        let day = updated("updated_at:2026-11-01");
        assert_eq!((day.from, day.until), (ms("2026-10-31T23:00:00Z"), ms("2026-11-01T23:00:00Z")));
    }

    #[test]
    fn above_is_answered_as_at_least() {
        let time = "'2026-11-01T00:00:00Z'";
        assert_eq!(
            updated(&format!("updated_at:>{time}")),
            updated(&format!("updated_at:>={time}"))
        );
    }

    #[test]
    fn terms_narrow_each_other_with_and_without_and() {
        let both = "updated_at:>='2026-01-01T00:00:00Z' AND updated_at:>='2026-02-01T00:00:00Z'";
        assert_eq!(updated(both).from, ms("2026-02-01T00:00:00Z"));
        let search = products("id:>5 id:<=9 status:active", 0).unwrap();
        assert_eq!(search.ids, Span { from: 6, until: 10 });
        assert!(search.needs_content());
    }

    #[test]
    fn a_field_that_does_not_exist_is_ignored_with_a_warning() {
        let search = products("color:red", 0).unwrap();
        assert!(!search.needs_content());
        let warning = search.warnings("products", "color:red").unwrap();
        assert_eq!(warning["warnings"][0]["field"], "color");
        assert_eq!(warning["warnings"][0]["code"], "invalid_field");
        assert_eq!(products("status:active", 0).unwrap().warnings("products", ""), None);
    }

    #[test]
    fn what_can_not_be_answered_is_refused() {
        for query in [
            "updated_at:>='2026-11-01",
            "a OR b",
            "NOT a",
            "(a)",
            "-status:active",
            "updated_at:>soon",
            "id:many",
        ] {
            assert!(products(query, 0).is_err(), "{query}");
        }
    }

    #[test]
    fn orders_are_processed_when_they_are_made_and_have_fields_of_their_own() {
        let orders = |query| Search::parse(Subject::Orders, query, 0).unwrap();
        let search = orders("processed_at:>='2026-11-01T00:00:00Z' status:open");
        assert_eq!(search.created.from, ms("2026-11-01T00:00:00Z"));
        assert!(search.needs_content() && search.unknown.is_empty());
        assert_eq!(orders("vendor:x").unknown.len(), 1);
        assert_eq!(products("email:x", 0).unwrap().unknown.len(), 1);
        assert!(orders("").is_everything());
        assert!(!orders("").made_from(5).is_everything());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(query in "[a-z_:<>='\" \\PC]{0,60}", zone in -720_i16..840) {
            for subject in [Subject::Products, Subject::Orders] {
                drop(Search::parse(subject, &query, zone));
            }
        }
    }
}
