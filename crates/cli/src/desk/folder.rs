use flyball_domain::{AccountId, CustomerId};
use flyball_ops::accounts::{self, CountRecords, StatusView, Wanted};
use flyball_ops::audit::Change;
use flyball_ops::lanes::{self, LanesPage, PAGE_LANES_MAX};
use flyball_ops::outages::{Past, PastView};
use flyball_ops::set_aside::{self, AsideView, InboxCursor, InboxView, Whose};
use flyball_ops::switches::{self, Lifted, SetSwitch, SwitchSet};
use flyball_ops::sync::{self, Asked, SyncRequest};
use flyball_ops::why::{WhyView, why};
use flyball_ops::{Author, Facts, Ops, OpsError, Scope, find_account};
use flyball_records::AsideName;

use super::{Workers, confirm_hint, user};
use crate::access::{self, Access, Owner};
use crate::error::CliError;

/// A data folder, or a deployment's tables.
#[derive(Debug)]
pub(crate) struct FolderDesk {
    access: Access,
    ops: Ops,
    name: String,
}

fn change(author: &Author) -> Change<'_> {
    Change { author, caller: author.as_str(), request: None }
}

impl FolderDesk {
    pub(super) fn new(access: Access, name: String) -> Self {
        let ops = access::ops(&access.stores);
        Self { access, ops, name }
    }

    pub(super) const fn workers(&self) -> Workers {
        match self.access.owner {
            Owner::Me => Workers::None,
            Owner::Another => Workers::AtWork,
        }
    }

    pub(super) fn name(&self) -> String {
        self.name.clone()
    }

    /// Records are counted too: they lie on the same disk.
    pub(super) async fn status(&self) -> Result<StatusView, CliError> {
        self.all(Wanted { records: CountRecords::Yes, ..Wanted::default() }).await
    }

    pub(super) async fn accounts(
        &self,
        customer: Option<&CustomerId>,
    ) -> Result<StatusView, CliError> {
        self.all(Wanted { customer: customer.cloned(), ..Wanted::default() }).await
    }

    async fn all(&self, wanted: Wanted) -> Result<StatusView, CliError> {
        let mut wanted = Wanted { limit: accounts::PAGE_STATES_MAX, ..wanted };
        let mut status = accounts::status(&self.ops, &wanted).await?;
        while status.next.is_some() {
            wanted.after = status.next.take();
            status = status.and(accounts::status(&self.ops, &wanted).await?);
        }
        Ok(status)
    }

    pub(super) async fn why(&self, account: &AccountId) -> Result<WhyView, CliError> {
        let account = find_account(&self.ops.accounts, account).await?;
        let facts = Facts::of(&self.ops, account).await?;
        Ok(why(&self.ops, &facts).await?)
    }

    pub(super) async fn past(&self, account: &AccountId) -> Result<PastView, CliError> {
        let account = find_account(&self.ops.accounts, account).await?;
        Ok(Past::of(&self.ops, account).await?.view())
    }

    pub(super) async fn lanes(
        &self,
        scope: &Scope,
        after: Option<&AccountId>,
    ) -> Result<LanesPage, CliError> {
        Ok(lanes::page(&self.ops, scope, after, PAGE_LANES_MAX).await?)
    }

    pub(super) async fn inbox(
        &self,
        whose: &Whose,
        after: Option<&InboxCursor>,
    ) -> Result<InboxView, CliError> {
        let most = set_aside::PAGE_ENTRIES_MAX;
        Ok(set_aside::inbox(&self.ops, whose, after, most).await?)
    }

    pub(super) async fn aside(
        &self,
        whose: &Whose,
        name: &AsideName,
    ) -> Result<AsideView, CliError> {
        Ok(set_aside::one(&self.ops, whose, name).await?)
    }

    pub(super) async fn replay(
        &self,
        whose: &Whose,
        name: Option<&AsideName>,
    ) -> Result<Asked, CliError> {
        let queues = self.access.queues().await?;
        let by = user()?;
        Ok(set_aside::replay(&self.ops, &queues, whose, name, &change(&by)).await?)
    }

    pub(super) async fn sync(
        &self,
        account: &AccountId,
        request: &SyncRequest,
    ) -> Result<Asked, CliError> {
        let queues = self.access.queues().await?;
        let by = user()?;
        Ok(sync::sync(&self.ops, &queues, account, request, &change(&by)).await?)
    }

    pub(super) async fn set(
        &self,
        request: &SetSwitch,
        by: &Author,
    ) -> Result<SwitchSet, CliError> {
        match switches::set(&self.ops, request, None, &change(by)).await {
            Err(error @ OpsError::Unconfirmed { rule, .. }) => {
                Err(CliError::from(error).with_hint(confirm_hint(rule)))
            }
            done => Ok(done?),
        }
    }

    pub(super) async fn lift(&self, scope: &Scope) -> Result<Lifted, CliError> {
        let by = user()?;
        Ok(switches::lift(&self.ops, scope, None, &change(&by)).await?)
    }
}
