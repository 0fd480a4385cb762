use super::reader::Reader;
use super::values::TableName;

/// The tables that every function knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Lanes, parked jobs and outages: `FLYBALL_GOVERNOR_TABLE`.
    pub governor: TableName,
    /// Records and checkpoints: `FLYBALL_RECORDS_TABLE`.
    pub records: TableName,
    /// Accounts and sealed credentials: `FLYBALL_ACCOUNTS_TABLE`.
    pub accounts: TableName,
}

impl Tables {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut table = |variable| reader.required(variable, TableName::EXPECTED, TableName::parse);
        let governor = table("FLYBALL_GOVERNOR_TABLE");
        let records = table("FLYBALL_RECORDS_TABLE");
        let accounts = table("FLYBALL_ACCOUNTS_TABLE");
        Some(Self { governor: governor?, records: records?, accounts: accounts? })
    }
}
