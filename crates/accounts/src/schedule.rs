//! When an account's imports are due. A schedule is a pure function of account, kind and interval,
//! so that nothing is written for it: not when an import was last sent for, nor when it is due.

use flyball_domain::{AccountId, Kind, Mode, UnixMillis};

use crate::{Account, EveryMinutes};

/// How often an account's changes are imported unless its policy says otherwise, in minutes.
pub const EVERY_MINUTES_DEFAULT: u32 = 15;

/// How often everything of an account is compared with what was imported, unless its policy says
/// otherwise, in minutes.
pub const RECONCILE_EVERY_MINUTES_DEFAULT: u32 = 24 * 60;

const MINUTE_MS: u64 = 60_000;

/// When one import of an account is due: at every minute that lies `offset` behind a multiple of
/// `every`. The offset is drawn from the account's name, so that ten thousand accounts do not all
/// start at the full hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What is imported.
    pub kind: Kind,
    /// How much of it.
    pub mode: Mode,
    pub(crate) every: u64,
    pub(crate) offset: u64,
}

impl Schedule {
    /// All schedules of an account.
    pub fn of(account: &Account) -> Vec<Self> {
        let every = minutes(account.policy.every_minutes, EVERY_MINUTES_DEFAULT);
        let reconciled =
            minutes(account.policy.reconcile_every_minutes, RECONCILE_EVERY_MINUTES_DEFAULT);
        let modes = [(Mode::Incremental, every), (Mode::Reconcile, reconciled)];
        let kinds = account.kinds.iter().copied();
        kinds
            .flat_map(|kind| {
                modes.clone().map(|(mode, every)| Self::new(&account.id, kind, mode, every))
            })
            .collect()
    }

    fn new(account: &AccountId, kind: Kind, mode: Mode, every: u64) -> Self {
        let word = word_of(&mode);
        let hash = scatter(format!("{account}/{kind}/{word}").as_bytes());
        let every = every.max(1);
        Self { kind, mode, every, offset: hash.checked_rem(every).unwrap_or(0) }
    }

    /// How often it is due in a stretch.
    pub fn due_in(&self, Stretch { from, to }: Stretch) -> u64 {
        let until = |minute: u64| match minute.checked_sub(self.offset) {
            Some(since) => since.checked_div(self.every).unwrap_or(0).saturating_add(1),
            None => 0,
        };
        until(to).saturating_sub(until(from))
    }

    /// The first moment after `now` at which it is due.
    pub fn next_after(&self, now: UnixMillis) -> UnixMillis {
        let minute = minute_of(now);
        let behind = minute
            .saturating_sub(self.offset)
            .checked_rem(self.every)
            .filter(|_| minute >= self.offset);
        let ahead = behind.map_or_else(
            || self.offset.saturating_sub(minute),
            |behind| self.every.saturating_sub(behind),
        );
        UnixMillis(minute.saturating_add(ahead).saturating_mul(MINUTE_MS))
    }
}

fn minutes(own: Option<EveryMinutes>, default: u32) -> u64 {
    u64::from(own.map_or(default, EveryMinutes::get))
}

/// How often an account's changes are imported, in milliseconds.
pub fn every_ms(account: &Account) -> u64 {
    minutes(account.policy.every_minutes, EVERY_MINUTES_DEFAULT).saturating_mul(MINUTE_MS)
}

/// Some minutes, counted from 1970: those after `from`, up to and including `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The minute before the first.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

impl Stretch {
    /// The offsets, first and last of each run of them, at which a schedule of this interval is due
    /// in the stretch.
    pub(crate) fn offsets(self, every: u64) -> Vec<(u64, u64)> {
        let (every, minutes) = (every.max(1), self.to.saturating_sub(self.from));
        let last = every.saturating_sub(1);
        let within = |minute: u64| minute.checked_rem(every).unwrap_or(0);
        if minutes == 0 {
            return Vec::new();
        }
        if minutes >= every {
            return vec![(0, last)];
        }
        let (begin, end) = (within(self.from.saturating_add(1)), within(self.to));
        if begin <= end { vec![(begin, end)] } else { vec![(0, end), (begin, last)] }
    }
}

pub(crate) const fn word_of(mode: &Mode) -> &'static str {
    match mode {
        Mode::Reconcile => "reconcile",
        Mode::Incremental | Mode::Backfill { .. } | Mode::Record { .. } => "incremental",
    }
}

/// The minute of a moment, counted from 1970.
pub fn minute_of(now: UnixMillis) -> u64 {
    now.0.div_euclid(MINUTE_MS)
}

/// FNV-1a, its bits scattered by `SplitMix64`: names that differ in their last letter alone must
/// not be due in the same minute.
fn scatter(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use flyball_domain::Integration;
    use proptest::prelude::*;

    use super::*;
    use crate::{AccountState, PolicyOverrides};

    fn account(name: &str, every: u64) -> Account {
        Account {
            id: name.parse().unwrap(),
            customer: "acme".parse().unwrap(),
            integration: Integration::Magento,
            store: "https://example.com".to_owned(),
            zone: None,
            currency: None,
            kinds: [Kind::Products, Kind::Orders].into(),
            created_at: UnixMillis(0),
            policy: PolicyOverrides {
                every_minutes: Some(EveryMinutes::try_from(every).unwrap()),
                ..PolicyOverrides::default()
            },
            state: AccountState::Connected,
        }
    }

    #[test]
    fn in_any_stretch_a_schedule_is_due_as_often_as_its_minutes_come() {
        for every in [1, 7, 15, 1_440] {
            for schedule in Schedule::of(&account("blue-mug", every)) {
                for (from, to) in [(0, 0), (0, 5_000), (99, 100), (29_800_000, 29_801_440)] {
                    let minutes = (from + 1..=to)
                        .filter(|minute| {
                            *minute >= schedule.offset
                                && (*minute - schedule.offset).is_multiple_of(schedule.every)
                        })
                        .count();
                    assert_eq!(
                        schedule.due_in(Stretch { from, to }),
                        u64::try_from(minutes).unwrap()
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_schedule_is_due_in_a_stretch_if_its_offset_is_among_the_stretchs(
            every in 1_u64..=10_080, offset in 0_u64..10_080, from in 20_000_u64..40_000,
            minutes in 0_u64..20_000,
        ) {
            let schedule =
                Schedule { kind: Kind::Orders, mode: Mode::Incremental, every, offset: offset % every };
            let stretch = Stretch { from, to: from + minutes };
            let offsets = stretch.offsets(every);
            let within = |(first, last): &(u64, u64)| (*first..=*last).contains(&schedule.offset);
            prop_assert_eq!(offsets.iter().filter(|run| within(run)).count(),
                usize::from(schedule.due_in(stretch) > 0));
            prop_assert!(offsets.is_sorted() && offsets.iter().all(|(first, last)| first <= last));
        }
    }

    #[test]
    fn the_next_moment_is_the_first_that_is_due() {
        for schedule in Schedule::of(&account("blue-mug", 15)) {
            for now in [0, 1, 59_999, 60_000, 1_790_000_000_123] {
                let now = UnixMillis(now);
                let next = schedule.next_after(now);
                assert!(next > now);
                let (from, to) = (minute_of(now), minute_of(next));
                assert_eq!(schedule.due_in(Stretch { from, to }), 1, "{schedule:?} at {now}");
                assert_eq!(schedule.due_in(Stretch { from, to: to - 1 }), 0);
            }
        }
    }

    #[test]
    fn ten_thousand_accounts_do_not_start_in_one_minute() {
        let mut per_minute = [0_u32; 15];
        for n in 0..10_000 {
            let schedules = Schedule::of(&account(&format!("store-{n}"), 15));
            let minute = usize::try_from(schedules[0].offset).unwrap();
            per_minute[minute] += 1;
        }
        let (fewest, most) = (per_minute.iter().min(), per_minute.iter().max());
        assert!(fewest > Some(&550) && most < Some(&800), "{per_minute:?}");
    }

    #[test]
    fn every_kind_is_imported_and_now_and_then_reconciled() {
        let schedules = Schedule::of(&account("blue-mug", 5));
        let what: Vec<(Kind, u64)> =
            schedules.iter().map(|schedule| (schedule.kind, schedule.every)).collect();
        assert_eq!(
            what,
            [
                (Kind::Products, 5),
                (Kind::Products, 1_440),
                (Kind::Orders, 5),
                (Kind::Orders, 1_440)
            ]
        );
    }
}
