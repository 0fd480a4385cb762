use std::collections::BTreeSet;

use flyball_accounts::{Account, AccountState, Accounts, AccountsError, PolicyOverrides, Purpose};
use flyball_domain::{AccountId, Integration, Kind, UnixMillis};
use flyball_http::BaseUrl;

use super::folder::Source;
use crate::error::CliError;

/// Whose accounts they are that were imported by hand.
const CUSTOMER: &str = "import";

/// The domain that all Shopify stores share.
const SHOPIFY_DOMAIN: &str = ".myshopify.com";

/// The longest account id, and the shortest, in characters.
const ID_CHARS_MAX: usize = 40;
const ID_CHARS_MIN: usize = 3;

/// Makes the store's account, or connects it anew, and seals the token.
///
/// # Errors
/// The account's id is another store's.
pub(super) async fn connect(
    accounts: &Accounts,
    source: &Source,
    now: UnixMillis,
) -> Result<Account, CliError> {
    let id = account_id(&source.base)?;
    let store = source.base.to_string();
    let there = match accounts.get(&id).await {
        Ok(account) if account.store != store => {
            return Err(CliError::new(format!(
                "found account {id} of the store {}, {store} was expected: name another folder \
                 with --to",
                account.store
            )));
        }
        Ok(account) => Some(account),
        Err(AccountsError::Unknown { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let fresh = Account {
        id: id.clone(),
        customer: CUSTOMER.parse()?,
        integration: Integration::Shopify,
        store,
        zone: None,
        currency: None,
        kinds: BTreeSet::from([Kind::Products]),
        created_at: now,
        policy: PolicyOverrides::default(),
        state: AccountState::Connected,
    };
    let mut account = there.unwrap_or(fresh);
    account.state = AccountState::Connected;
    account.policy.ceiling_percent = source.ceiling.or(account.policy.ceiling_percent);
    // The token first: an account without one could be imported by nobody.
    let purpose = Purpose::AccessToken;
    accounts.seal_credentials(&id, Integration::Shopify, purpose, &source.token).await?;
    accounts.put(&account).await?;
    Ok(account)
}

/// An account's id from its store's address: the host's name without what all Shopify stores share,
/// and the port where it is not the usual one.
fn account_id(base: &BaseUrl) -> Result<AccountId, CliError> {
    let text = base.to_string();
    let authority = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or(authority).to_ascii_lowercase();
    let name = authority.strip_suffix(SHOPIFY_DOMAIN).unwrap_or(&authority);
    let id: String =
        name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
    let id = id.trim_matches('-');
    let id = if id.len() < ID_CHARS_MIN {
        format!("store-{id}")
    } else if id.len() > ID_CHARS_MAX {
        // The beginnings of two long names may be alike.
        let digest = format!("-{:08x}", fnv1a(&authority));
        let kept = ID_CHARS_MAX.saturating_sub(digest.len());
        format!("{}{digest}", id.get(..kept).unwrap_or(id))
    } else {
        id.to_owned()
    };
    Ok(id.parse()?)
}

fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use flyball_http::Reach;

    use super::*;

    fn id(url: &str) -> String {
        account_id(&BaseUrl::parse(url, Reach::Local).unwrap()).unwrap().to_string()
    }

    #[test]
    fn an_account_is_called_like_its_store() {
        for (url, expected) in [
            ("https://Blue-Mug.myshopify.com", "blue-mug"),
            ("https://shop.blue-mug.example/", "shop-blue-mug-example"),
            ("http://127.0.0.1:40213", "127-0-0-1-40213"),
            ("https://a.myshopify.com", "store-a"),
            ("http://[::1]:80", "store-1"),
            ("https://blue-mug.example/below", "blue-mug-example"),
        ] {
            assert_eq!(id(url), expected, "{url}");
        }
    }

    #[test]
    fn long_names_keep_apart() {
        let name = "a-very-long-name-of-a-store-that-goes-on-and-on";
        let (one, other) =
            (id(&format!("https://{name}1.example")), id(&format!("https://{name}2.example")));
        assert_ne!(one, other);
        assert!(one.len() <= ID_CHARS_MAX && one.starts_with("a-very-long-name"));
    }
}
