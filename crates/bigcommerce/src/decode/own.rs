use flyball_connector::decode::RowError;
use flyball_connector::json::{At, Json};
use flyball_domain::Field;

/// The rows of a list that was asked for on its own; none where it was not.
#[derive(Debug)]
pub(super) struct Own<'a>(Option<Vec<Json<'a>>>);

impl<'a> Own<'a> {
    /// Reads the rows, as they were kept.
    ///
    /// # Errors
    /// One that is no JSON.
    pub(super) fn read(rows: Option<&'a [Box<str>]>) -> Result<Self, RowError> {
        let read = |rows: &'a [Box<str>]| rows.iter().map(|row| Json::parse(row)).collect();
        Ok(Self(rows.map(read).transpose()?))
    }

    /// These rows, instead of those that came with the record.
    pub(super) fn instead_of<'r>(
        &'r self,
        inline: Field<Vec<At<'r, 'r>>>,
    ) -> Field<Vec<At<'r, 'r>>> {
        let Some(own) = &self.0 else { return inline };
        Field::Value(own.iter().map(Json::root).collect())
    }
}
