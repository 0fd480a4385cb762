use std::path::PathBuf;

use super::reader::Reader;

/// Whether stores may be at plain http or private addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalStores {
    /// No: a store's address comes from its retailer and is hostile until proven otherwise.
    Refused,
    /// Yes: the stores are simulated ones.
    Allowed,
}

/// The name of a `DynamoDB` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName(String);

/// The URL of an SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrl(String);

impl TableName {
    pub(super) const EXPECTED: &str = "a table's name (3 to 255 of a-z, A-Z, 0-9, _, . and -)";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        let fits = (3..=255).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }
}

impl QueueUrl {
    pub(super) const EXPECTED: &str =
        "a queue's URL (such as https://sqs.eu-central-1.amazonaws.com/1/name)";

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let (host, path) = rest.split_once('/')?;
        let fits =
            !host.is_empty() && !path.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }
}

impl LocalStores {
    pub(super) const EXPECTED: &str = "0, 1 or the number of the account it is in (12 digits)";

    /// The account of emulators. No account of AWS has this number, so that what follows from it
    /// can't be switched on in one.
    const EMULATED: &str = "000000000000";

    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_account =
            text.len() == Self::EMULATED.len() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            "1" | Self::EMULATED => Some(Self::Allowed),
            "0" => Some(Self::Refused),
            _ => is_account.then_some(Self::Refused),
        }
    }
}

/// Where the key is that opens credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In a file: `FLYBALL_KEY_FILE`, an absolute path.
    File(PathBuf),
    /// With the key management service: `FLYBALL_KMS_KEY`.
    Kms(KmsKey),
}

impl KeySource {
    const FILE: &str = "FLYBALL_KEY_FILE";
    const KMS: &str = "FLYBALL_KMS_KEY";

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match (reader.is_set(Self::KMS), reader.is_set(Self::FILE)) {
            (true, true) => {
                let expected = "nothing beside FLYBALL_KMS_KEY: set one of the two";
                reader.required(Self::FILE, expected, |_path| None)
            }
            (true, false) => {
                reader.required(Self::KMS, KmsKey::EXPECTED, KmsKey::parse).map(Self::Kms)
            }
            (false, true) => reader
                .required(Self::FILE, "an absolute path to a file", absolute_path)
                .map(Self::File),
            (false, false) => {
                let expected = "a KMS key's ARN, id or alias; or FLYBALL_KEY_FILE in its place";
                reader.required(Self::KMS, expected, |_key| None)
            }
        }
    }
}

fn absolute_path(text: &str) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    path.is_absolute().then_some(path)
}

/// What names a key of AWS KMS: its id, its ARN, an alias or an alias's ARN
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts-key-id.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKey(String);

impl KmsKey {
    pub(super) const EXPECTED: &str = "a KMS key's ARN, id or alias (such as alias/flyball-dev)";

    /// KMS takes no longer one.
    const CHARS_MAX: usize = 2_048;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that a text is, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |text: &str, others: &[u8]| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
            (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed)
        };
        let of_account = |text: &str| {
            text.strip_prefix("alias/").map_or_else(|| is(text, b"-"), |name| is(name, b"-_/"))
        };
        let fits = match text.strip_prefix("arn:") {
            // arn:<partition>:kms:<region>:<account>:key/<id>, or with alias/<name> at its end.
            Some(arn) => match arn.splitn(5, ':').collect::<Vec<_>>()[..] {
                [partition, "kms", region, account, resource] => {
                    [partition, region, account].iter().all(|part| is(part, b"-"))
                        && (resource.starts_with("alias/") || resource.starts_with("key/"))
                        && of_account(resource.strip_prefix("key/").unwrap_or(resource))
                }
                _ => false,
            },
            None => of_account(text),
        };
        (fits && text.len() <= Self::CHARS_MAX).then(|| Self(text.to_owned()))
    }
}
