//! An account is written together with its places in the index of what is due, in one transaction.

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::AccountId;

use crate::accounts::{ACCOUNT_BYTES_MAX, json, read_account};
use crate::due::{item_at, key_at, places};
use crate::key::{Key, PK};
use crate::table::{Condition, Conditional, Item, Write, s, with};
use crate::{Account, AccountState, Accounts, AccountsError};

/// How often it is tried: each time another hand has changed the same account in between.
const TRIES_MAX: u32 = 16;

/// Holds an account's places in the index.
const PLACES: &str = "schedules";

/// What becomes of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// All of it is written.
    Whole(&'a Account),
    /// Its state is, where it is there.
    State(&'a AccountState),
    /// It goes.
    Gone,
}

impl Accounts {
    /// Changes an account and its places in the index. Refused where a state has no account.
    pub(crate) async fn change(
        &self,
        id: &AccountId,
        change: Change<'_>,
    ) -> Result<Conditional, AccountsError> {
        let key = Key::Account { id };
        for _ in 0..TRIES_MAX {
            let seen = self.table.get(key).await?;
            let before = seen.as_ref().map(places_of).unwrap_or_default();
            let condition = unchanged(seen.as_ref());
            let (write, after) = match (change, &seen) {
                (Change::Whole(account), _) => {
                    let after = places(account);
                    (
                        Write::Put { item: whole(account, &after)?, condition },
                        to_add(account, &after),
                    )
                }
                (Change::State(state), Some(item)) => {
                    let account = Account { state: state.clone(), ..read_account(item)? };
                    let after = places(&account);
                    let values = [("state", s(&json(key, state)?)), (PLACES, s(&after.join(" ")))];
                    let set = values.map(|(name, value)| (name.to_owned(), value)).into();
                    (Write::Set { key: key.item(), set, condition }, to_add(&account, &after))
                }
                (Change::Gone, Some(_)) => {
                    (Write::Delete { key: key.item(), condition }, Vec::new())
                }
                (Change::State(_), None) => return Ok(Conditional::Refused),
                (Change::Gone, None) => return Ok(Conditional::Done),
            };
            let mut writes = vec![write];
            let stays = |place: &&str| after.iter().any(|(new, _)| new == place);
            for place in before.iter().map(String::as_str).filter(|place| !stays(place)) {
                writes.push(Write::Delete { key: key_at(id, place), condition: Condition::None });
            }
            for (_, item) in after.into_iter().filter(|(place, _)| !before.contains(place)) {
                writes.push(Write::Put { item, condition: Condition::None });
            }
            if self.table.write_together(writes).await? == Conditional::Done {
                return Ok(Conditional::Done);
            }
        }
        Err(AccountsError::Busy { account: id.clone() })
    }
}

fn to_add(account: &Account, places: &[String]) -> Vec<(String, Item)> {
    places.iter().map(|place| (place.clone(), item_at(account, place))).collect()
}

fn whole(account: &Account, places: &[String]) -> Result<Item, AccountsError> {
    let key = Key::Account { id: &account.id };
    let (body, state) = (json(key, account)?, json(key, &account.state)?);
    if body.len() > ACCOUNT_BYTES_MAX {
        return Err(AccountsError::TooLarge { found: body.len() });
    }
    let attributes = [("body", s(&body)), ("state", s(&state)), (PLACES, s(&places.join(" ")))];
    Ok(with(key.item(), attributes))
}

/// The places that an item says the index has of it. One that was written before there was an index
/// has none.
fn places_of(item: &Item) -> Vec<String> {
    let text = item.get(PLACES).and_then(|places| places.as_s().ok());
    text.map(|text| text.split_whitespace().map(str::to_owned).collect()).unwrap_or_default()
}

/// That the account's places in the index are still those that were seen.
fn unchanged(seen: Option<&Item>) -> Condition {
    match seen.map(|item| item.get(PLACES)) {
        None => Condition::Absent(PK),
        Some(Some(AttributeValue::S(places))) => Condition::Equals(PLACES, s(places)),
        Some(_) => Condition::PresentWithout(PK, PLACES),
    }
}
