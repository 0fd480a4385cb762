//! Reading what was set aside.

use core::fmt;
use core::str::FromStr;

use data_encoding::BASE32_NOPAD;
use flyball_domain::{AccountId, Kind, Mode, UnixMillis, UnknownWord, VendorId};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::attributes::{Attributes, s};
use crate::body::{Encoding, Hash, unpack};
use crate::error::{ItemError, RecordsError};
use crate::key::{Family, Key, SK, asides_partition};
use crate::parts::parts_missing;
use crate::table::{Expression, Item, Range};
use crate::{AsideCode, Records, Window};

/// The most rows in one page of [`Records::asides`].
const PAGE_ROWS_MAX: u32 = 1_000;

/// Bytes of an entry's name, before it is made letters and digits.
const NAME_BYTES: usize = 6;

/// The letters and digits of an entry's name.
const NAME_CHARS: usize = 10;

/// A row or a job that was set aside, without its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// What people call it by; the same each time it is met.
    pub name: AsideName,
    /// Of which account.
    pub account: AccountId,
    /// What kind of record it was to become.
    pub kind: Kind,
    /// The vendor's id, where it could be read; of a job, that of the one record it is of.
    pub id: Option<VendorId>,
    /// What is wrong, this last time.
    pub code: AsideCode,
    /// Equal for what has the same trouble.
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
    /// The mode of the job; `None` of what an earlier version has set aside.
    pub(crate) mode: Option<Mode>,
    /// What the walk that met it went through, where that is a span of times.
    pub(crate) window: Option<Window>,
    at: Place,
}

/// What people call something by that was set aside: ten letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsideName(Box<str>);

/// A text that names nothing that could have been set aside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where an entry's name was expected: {NAME_CHARS} of a-z and 2-7")]
pub struct AsideNameError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

impl AsideName {
    fn of(account: &AccountId, subject: &str) -> Self {
        let digest = Sha256::digest(format!("{account}#{subject}").as_bytes());
        let mut name = BASE32_NOPAD.encode(digest.get(..NAME_BYTES).unwrap_or_default());
        name.make_ascii_lowercase();
        Self(name.into())
    }

    /// The name as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AsideName {
    type Err = AsideNameError;
    fn from_str(text: &str) -> Result<Self, AsideNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte);
        if text.len() == NAME_CHARS && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(AsideNameError { found: text.chars().take(NAME_CHARS.saturating_mul(2)).collect() })
        }
    }
}

impl fmt::Display for AsideName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where an aside and its input lie.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
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
        let code = row.text_if_any("code")?.map(AsideCode::parse).transpose().map_err(damaged)?;
        let mode = row.text_if_any("mode")?.map(serde_json::from_str).transpose();
        let until = row.number_if_any("until")?.map(UnixMillis);
        let from = row.number_if_any("from")?.map(UnixMillis);
        Ok(Self {
            name: AsideName::of(account, subject),
            account: account.clone(),
            kind: kind.parse().map_err(|error: UnknownWord| damaged(error.to_string()))?,
            // An id that begins with a `#` is a row's hash, or a job's mode and range.
            id: id.parse().ok(),
            // The version before set nothing aside but rows, or said in words what else it was.
            code: code.unwrap_or(AsideCode::RowUnreadable),
            fingerprint: row.text("fingerprint")?.to_owned(),
            reason: row.text("reason")?.to_owned(),
            job: row.text("job")?.to_owned(),
            first_seen: UnixMillis(row.number("first")?),
            last_seen: UnixMillis(row.number("last")?),
            times: row.number("times")?,
            input_bytes: row.number("size")?,
            kept_bytes: row.number("kept")?,
            mode: mode.map_err(|error| damaged(format!("its mode is none ({error})")))?,
            window: until.map(|until| Window { from, until }),
            at: Place {
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
    /// Up to `limit` entries (at least 1, at most 1,000) of what is set aside of an account, after
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

    /// Everything that is set aside of these accounts, read page by page as it is taken.
    ///
    /// # Errors
    /// Each item: the store's; a stored item that can't be used.
    pub fn asides_of<'a>(
        &'a self,
        accounts: &'a [AccountId],
    ) -> impl Stream<Item = Result<Aside, RecordsError>> + Send + 'a {
        stream::iter(accounts).flat_map(move |account| {
            stream::try_unfold(Some(None::<String>), move |at| async move {
                let Some(after) = at else { return Ok::<_, RecordsError>(None) };
                let page = Box::pin(self.asides(account, after.as_deref(), PAGE_ROWS_MAX));
                let (rows, next) = page.await?;
                Ok(Some((stream::iter(rows.into_iter().map(Ok)), next.map(Some))))
            })
            .try_flatten()
        })
    }

    /// What is set aside under a name, of whichever of these accounts; `None` where it was closed,
    /// or never was. Reads through what is set aside of them.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn find_aside(
        &self,
        accounts: &[AccountId],
        name: &AsideName,
    ) -> Result<Option<Aside>, RecordsError> {
        let mut asides = core::pin::pin!(self.asides_of(accounts));
        while let Some(aside) = asides.try_next().await? {
            if aside.name == *name {
                return Ok(Some(aside));
            }
        }
        Ok(None)
    }

    /// The input of what was set aside; `None` if it was closed, or met again, meanwhile.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn aside_input(&self, aside: &Aside) -> Result<Option<String>, RecordsError> {
        let Place { subject, input: at, parts, encoding } = &aside.at;
        let account = &aside.account;
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
