//! What the ops team looks at and switches: of a data folder, or of whoever serves the ops API.

mod api;
mod folder;

use std::path::Path;

use flyball_domain::{AccountId, CustomerId};
use flyball_ops::accounts::StatusView;
use flyball_ops::lanes::{LaneView, LanesPage};
use flyball_ops::outages::PastView;
use flyball_ops::set_aside::{AsideView, InboxView, Whose};
use flyball_ops::switches::{Lifted, SetSwitch, SwitchSet};
use flyball_ops::sync::{Asked, SyncRequest};
use flyball_ops::why::WhyView;
use flyball_ops::{Author, Scope};
use flyball_records::AsideName;
use flyball_runtime::environment;

pub(crate) use api::ApiUrl;

use crate::access::{self, Access, Site};
use crate::error::CliError;
use api::ApiDesk;
use folder::FolderDesk;

/// Where a command works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The data folder.
    pub(crate) data: &'a Path,
    /// The ops API that is spoken to instead of it.
    pub(crate) url: Option<&'a ApiUrl>,
}

/// Who does what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workers {
    /// Somebody may be at work.
    AtWork,
    /// Nobody is: whoever would be owns the folder.
    None,
}

/// How to look and to switch.
#[derive(Debug)]
pub(crate) enum Desk {
    /// In a folder.
    Folder(Box<FolderDesk>),
    /// Over HTTP.
    Api(Box<ApiDesk>),
}

/// Does the same at either desk.
macro_rules! at_either {
    ($desk:expr, $at:ident => $done:expr) => {
        match $desk {
            Desk::Folder($at) => Box::pin($done).await,
            Desk::Api($at) => Box::pin($done).await,
        }
    };
}

impl Desk {
    /// Reaches the folder, or gets ready to speak to the API.
    ///
    /// # Errors
    /// A folder that can't be opened; no token for the API.
    pub(crate) async fn reach(at: Place<'_>) -> Result<Self, CliError> {
        Ok(match at.url {
            Some(url) => Self::Api(Box::new(ApiDesk::new(url, environment)?)),
            None => Self::of_folder(access::reach(at.data).await?, at.data),
        })
    }

    /// The same, with a deployment's tables in place of the folder where that is named.
    ///
    /// # Errors
    /// Those of [`Desk::reach`]; no such stage.
    pub(crate) async fn reach_site(at: Place<'_>, site: &Site) -> Result<Self, CliError> {
        if at.url.is_some() {
            return Self::reach(at).await;
        }
        let access = access::reach_site(site).await?;
        Ok(Self::Folder(Box::new(FolderDesk::new(access, site.to_string()))))
    }

    /// A folder that was reached.
    pub(crate) fn of_folder(access: Access, data: &Path) -> Self {
        Self::Folder(Box::new(FolderDesk::new(access, data.display().to_string())))
    }

    /// Whether somebody works on what is asked for here.
    pub(crate) fn workers(&self) -> Workers {
        match self {
            Self::Folder(folder) => folder.workers(),
            Self::Api(_) => Workers::AtWork,
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.name(),
            Self::Api(api) => api.name(),
        }
    }

    /// What all accounts are doing.
    pub(crate) async fn status(&self) -> Result<StatusView, CliError> {
        match self {
            Self::Folder(folder) => Box::pin(folder.status()).await,
            Self::Api(api) => Box::pin(api.accounts(None)).await,
        }
    }

    /// All accounts, of a customer only theirs.
    pub(crate) async fn accounts(
        &self,
        customer: Option<&CustomerId>,
    ) -> Result<StatusView, CliError> {
        at_either!(self, at => at.accounts(customer))
    }

    /// What an account is doing.
    pub(crate) async fn why(&self, account: &AccountId) -> Result<WhyView, CliError> {
        at_either!(self, at => at.why(account))
    }

    /// What is known of an account's past.
    pub(crate) async fn past(&self, account: &AccountId) -> Result<PastView, CliError> {
        at_either!(self, at => at.past(account))
    }

    async fn lanes(&self, scope: &Scope, after: Option<&AccountId>) -> Result<LanesPage, CliError> {
        at_either!(self, at => at.lanes(scope, after))
    }

    /// All lanes of a scope.
    pub(crate) async fn all_lanes(&self, scope: &Scope) -> Result<Vec<LaneView>, CliError> {
        let mut lanes = Vec::new();
        let mut after = None;
        loop {
            let page = self.lanes(scope, after.as_ref()).await?;
            lanes.extend(page.lanes);
            after = page.next;
            if after.is_none() {
                return Ok(lanes);
            }
        }
    }

    /// What is set aside, at most so many entries and a page's more.
    pub(crate) async fn inbox(&self, whose: &Whose, most: u64) -> Result<InboxView, CliError> {
        let mut inbox = at_either!(self, at => at.inbox(whose, None))?;
        while let Some(next) = inbox.next.clone().filter(|_| inbox.count < most) {
            inbox = inbox.and(at_either!(self, at => at.inbox(whose, Some(&next)))?);
        }
        Ok(inbox)
    }

    /// One of what is set aside.
    pub(crate) async fn aside(
        &self,
        whose: &Whose,
        name: &AsideName,
    ) -> Result<AsideView, CliError> {
        at_either!(self, at => at.aside(whose, name))
    }

    /// Asks once more for one of what is set aside, or for all of it.
    pub(crate) async fn replay(
        &self,
        whose: &Whose,
        name: Option<&AsideName>,
    ) -> Result<Asked, CliError> {
        at_either!(self, at => at.replay(whose, name))
    }

    /// Asks for imports.
    pub(crate) async fn sync(
        &self,
        account: &AccountId,
        request: &SyncRequest,
    ) -> Result<Asked, CliError> {
        at_either!(self, at => at.sync(account, request))
    }

    /// Sets a switch.
    pub(crate) async fn set(
        &self,
        request: &SetSwitch,
        by: &Author,
    ) -> Result<SwitchSet, CliError> {
        at_either!(self, at => at.set(request, by))
    }

    /// Lifts a switch.
    pub(crate) async fn lift(&self, scope: &Scope) -> Result<Lifted, CliError> {
        at_either!(self, at => at.lift(scope))
    }
}

/// How a rule is confirmed here.
pub(crate) fn confirm_hint(rule: &str) -> String {
    format!("to do it all the same: --confirm {rule}")
}

/// Who uses the program.
pub(crate) fn user() -> Result<Author, CliError> {
    match environment("USER").and_then(|name| Author::cut(&name)) {
        Some(author) => Ok(author),
        None => Ok("unknown".parse()?),
    }
}
