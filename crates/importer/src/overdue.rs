//! For how long what is stored of an account is overdue. It is told where it is known anyway: by
//! each import of changes, when it begins or has to wait once more.

use flyball_accounts::{Account, every_ms};
use flyball_domain::{Job, Mode, UnixMillis};
use flyball_governor::{Reason, Refusal, UnixMillis as GovernorMillis};

use crate::importer::Importer;

/// The time since what is stored was last whole, beyond the interval at which changes are imported,
/// in milliseconds. Before the first import it counts from when the account was connected.
fn overdue_ms(account: &Account, watermark: Option<UnixMillis>, now: UnixMillis) -> u64 {
    now.since(watermark.unwrap_or(account.created_at)).saturating_sub(every_ms(account))
}

/// Whether somebody wants that it waits, and knows for how long.
const fn is_wanted(reason: &Reason) -> bool {
    match reason {
        Reason::Stopped { .. } | Reason::Switched { .. } | Reason::Resuming { .. } => true,
        Reason::BackingOff { .. }
        | Reason::Paused { .. }
        | Reason::Probing
        | Reason::Running
        | Reason::Full { .. }
        | Reason::Contended
        | Reason::GroupSuspected { .. }
        | Reason::GroupDown { .. }
        | Reason::WideFull { .. } => false,
    }
}

impl Importer {
    /// A run begins, of which everything before `watermark` was imported.
    pub(crate) fn tell_overdue(
        &self,
        job: &Job,
        account: &Account,
        watermark: Option<UnixMillis>,
        now: UnixMillis,
    ) {
        if matches!(job.mode, Mode::Incremental) {
            self.parts.progress.overdue(job, overdue_ms(account, watermark, now));
        }
    }

    /// A job waits, since the first of the requests for the same work was parked: it was due then.
    pub(crate) fn tell_waiting(&self, job: &Job, refusal: &Refusal, since: GovernorMillis) {
        if matches!(job.mode, Mode::Incremental) && !is_wanted(&refusal.reason) {
            let now = self.parts.governor.now();
            self.parts.progress.overdue(job, now.since(since));
        }
    }
}

#[cfg(test)]
mod tests {
    use flyball_accounts::{AccountState, EveryMinutes, PolicyOverrides};
    use flyball_domain::{Integration, Kind};

    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn account() -> Account {
        Account {
            id: "blue-mug".parse().unwrap(),
            customer: "acme".parse().unwrap(),
            integration: Integration::Magento,
            store: "https://example.com".to_owned(),
            zone: None,
            currency: None,
            kinds: [Kind::Products].into(),
            created_at: UnixMillis(1_000),
            policy: PolicyOverrides {
                every_minutes: Some(EveryMinutes::try_from(15).unwrap()),
                ..PolicyOverrides::default()
            },
            state: AccountState::Connected,
        }
    }

    #[test]
    fn what_was_whole_within_the_interval_is_not_overdue() {
        let whole = UnixMillis(5_000);
        let at = |minutes| overdue_ms(&account(), Some(whole), whole.plus(minutes * MINUTE_MS));
        assert_eq!([at(0), at(15), at(16), at(75)], [0, 0, MINUTE_MS, 60 * MINUTE_MS]);
    }

    #[test]
    fn what_was_never_whole_is_overdue_since_its_account_was_connected() {
        let now = UnixMillis(1_000 + 20 * MINUTE_MS);
        assert_eq!(overdue_ms(&account(), None, now), 5 * MINUTE_MS);
    }
}
