//! Reading what was set aside.

use flyball_domain::{AccountId, Kind, UnixMillis, UnknownWord, VendorId};

use crate::Records;
use crate::attributes::{Attributes, s};
use crate::body::{Encoding, Hash, unpack};
use crate::error::{ItemError, RecordsError};
use crate::key::{Family, Key, SK, asides_partition};
use crate::parts::parts_missing;
use crate::table::{Expression, Item, Range};

/// The most rows in one page of [`Records::asides`].
const PAGE_ROWS_MAX: u32 = 1_000;

/// A row that could not be made a record, without its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// What kind of record it should have become.
    pub kind: Kind,
    /// The vendor's id, where it could be read.
    pub id: Option<VendorId>,
    /// Equal for rows with the same trouble.
    pub fingerprint: String,
    /// What was found and what was expected, this last time.
    pub reason: String,
    /// The key of the job that met it last.
    pub job: String,
    /// When it was first met.
    pub first_seen: UnixMillis,
    /// When it was last met.
    pub last_seen: UnixMillis,
    /// How many runs have met it; more where its input changed during a run.
    pub times: u64,
    /// How long its input was, in bytes.
    pub input_bytes: u64,
    /// How much of it is kept, in bytes: all, unless it is longer than 16 MB.
    pub kept_bytes: u64,
    at: Place,
}

/// Where an aside and its input lie.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    account: AccountId,
    subject: String,
    input: Input,
    parts: u16,
    encoding: Encoding,
}

impl Aside {
    fn read(account: &AccountId, item: &Item) -> Result<Self, ItemError> {
        let row = Attributes::of(item)?;
        let subject = row.text(SK)?;
        let (kind, id) = subject.split_once('#').unwrap_or_default();
        let damaged = |what: String| row.corrupt(what);
        Ok(Self {
            kind: kind.parse().map_err(|error: UnknownWord| damaged(error.to_string()))?,
            // An id that begins with a `#` is the row's hash, where it had no id of its own.
            id: id.parse().ok(),
            fingerprint: row.text("fingerprint")?.to_owned(),
            reason: row.text("reason")?.to_owned(),
            job: row.text("job")?.to_owned(),
            first_seen: UnixMillis(row.number("first")?),
            last_seen: UnixMillis(row.number("last")?),
            times: row.number("times")?,
            input_bytes: row.number("size")?,
            kept_bytes: row.number("kept")?,
            at: Place {
                account: account.clone(),
                subject: subject.to_owned(),
                input: input(item)?,
                parts: row.count("parts")?,
                encoding: Encoding::parse(row.text("enc")?).map_err(damaged)?,
            },
        })
    }
}

/// Which write of its input an aside points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) fence: u64,
    pub(crate) hash: Hash,
}

impl Input {
    /// Its name in the keys of its parts.
    pub(crate) fn name(self) -> String {
        format!("{}-{}", self.fence, self.hash)
    }
}

/// Which write of its input an aside's item points at.
pub(crate) fn input(item: &Item) -> Result<Input, ItemError> {
    let item = Attributes::of(item)?;
    Ok(Input { fence: item.number("fence")?, hash: Hash(item.array("hash")?) })
}

impl Records {
    /// Up to `limit` rows (at least 1, at most 1,000) that are set aside of an account, after
    /// `after`, and what to give as `after` for the next page.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn asides(
        &self,
        account: &AccountId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Aside>, Option<String>), RecordsError> {
        let limit = i32::try_from(limit.clamp(1, PAGE_ROWS_MAX)).ok();
        let sort = after
            .map(|after| Expression { text: "#sk > :after", values: vec![(":after", s(after))] });
        let partition = asides_partition(account);
        let range = Range { partition, sort, projection: None, limit, start: None };
        let page = self.table.query(range).await?;
        let rows = page.items.iter().map(|item| Aside::read(account, item));
        let rows = rows.collect::<Result<_, ItemError>>()?;
        let next = page.last.and_then(|last| last.get(SK)?.as_s().ok().cloned());
        Ok((rows, next))
    }

    /// The input of a row that was set aside; `None` if it was closed, or met again, meanwhile.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn aside_input(&self, aside: &Aside) -> Result<Option<String>, RecordsError> {
        let Place { account, subject, input: at, parts, encoding } = &aside.at;
        let family = Family::of_aside(account, subject);
        let key = Key::Aside { account, subject };
        let corrupt = |what| ItemError::Corrupt { key: key.to_string(), what };
        if let Some(packed) = self.table.read_parts(&family, &at.name(), *parts).await? {
            let input = unpack(&packed, *encoding, at.hash).map_err(corrupt)?;
            return Ok(Some(String::from_utf8(input).map_err(|error| corrupt(error.to_string()))?));
        }
        match self.table.get(key).await? {
            Some(item) if input(&item)? == *at => {
                Err(parts_missing(key.to_string(), *parts).into())
            }
            _ => Ok(None),
        }
    }
}
