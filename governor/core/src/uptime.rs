use core::fmt;

use crate::UnixMillis;
use crate::outage::{FLAP_MS, Interval, Outage, covered_ms, merge};

/// The times over which people want to know how available a vendor was, in days.
pub const UPTIME_DAYS: [u64; 3] = [7, 30, 90];

/// A day, in milliseconds.
pub const DAY_MS: u64 = 86_400_000;

/// What is known of a lane's past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History<'a> {
    /// Its outages, in any order, as the ledger has them: between flaps that are told as one the
    /// vendor was there.
    pub outages: &'a [Outage],
    /// When a person's stop held all of its work.
    pub switched: &'a [Interval],
    /// When nobody called the vendor for any other reason, so that nobody can tell.
    pub unknown: &'a [Interval],
}

/// How a stretch of time was spent. Each millisecond counts once: as switched, else as down, else
/// as unknown, else as up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptime {
    /// The vendor was available, in milliseconds.
    pub up_ms: u64,
    /// It was not, in milliseconds.
    pub down_ms: u64,
    /// Nobody can tell, in milliseconds.
    pub unknown_ms: u64,
    /// A person had stopped the work, in milliseconds; says nothing about the vendor.
    pub switched_ms: u64,
    /// How many of the outages lie within the stretch, or reach into it; flaps count as one.
    pub outages: u64,
}

impl Uptime {
    /// How available the vendor was in the time of which that is known; `None` where it is known
    /// of none.
    pub fn available(&self) -> Option<Share> {
        const WHOLE: u128 = 10_000;
        let known = u128::from(self.up_ms).saturating_add(u128::from(self.down_ms));
        let basis_points = u128::from(self.up_ms).saturating_mul(WHOLE).checked_div(known)?;
        u16::try_from(basis_points).ok().map(|basis_points| Share { basis_points })
    }
}

/// A share of a whole, rounded down: only all of it is `100 %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// In hundredths of a percent, at most 10,000.
    pub basis_points: u16,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, hundredths) = (self.basis_points / 100, self.basis_points % 100);
        if hundredths == 0 {
            write!(f, "{percent} %")
        } else {
            write!(f, "{percent}.{hundredths:02} %")
        }
    }
}

/// How the time in `window` was spent, as of `now`: until then an outage without an end lasts.
///
/// A person's stop comes before an outage, because while it is on nobody calls the vendor; an
/// outage comes before what is unknown, because calls have failed at its beginning and none has
/// succeeded until its end.
pub fn summarize(window: Interval, history: History<'_>, now: UnixMillis) -> Uptime {
    let down = || history.outages.iter().map(|outage| outage.interval(now));
    let switched = || history.switched.iter().copied();
    let switched_ms = covered_ms(window, switched());
    let to_down_ms = covered_ms(window, switched().chain(down()));
    let told = merge(history.outages.iter().cloned(), FLAP_MS);
    let all = switched().chain(down()).chain(history.unknown.iter().copied());
    let to_unknown_ms = covered_ms(window, all);
    Uptime {
        up_ms: window.ms().saturating_sub(to_unknown_ms),
        down_ms: to_down_ms.saturating_sub(switched_ms),
        unknown_ms: to_unknown_ms.saturating_sub(to_down_ms),
        switched_ms,
        outages: told.iter().map(|one| u64::from(touches(one.interval(now), window))).sum(),
    }
}

/// An outage of no length counts where it lies.
fn touches(outage: Interval, window: Interval) -> bool {
    outage.from < window.to && (window.from < outage.to || window.from <= outage.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(from: u64, to: u64) -> Interval {
        Interval { from: UnixMillis(from), to: UnixMillis(to) }
    }

    fn outage(down: u64, up: Option<u64>) -> Outage {
        Outage { up: up.map(UnixMillis), ..Outage::begun(UnixMillis(down), "HTTP 503") }
    }

    #[test]
    fn each_millisecond_counts_once() {
        let history = History {
            outages: &[outage(20, Some(40)), outage(90, None)],
            switched: &[interval(30, 60)],
            unknown: &[interval(0, 25), interval(50, 70)],
        };
        let spent = summarize(interval(10, 100), history, UnixMillis(100));
        assert_eq!(
            spent,
            Uptime { up_ms: 20, down_ms: 20, unknown_ms: 20, switched_ms: 30, outages: 1 }
        );
        assert_eq!(spent.available().unwrap().to_string(), "50 %");
    }

    #[test]
    fn a_share_is_never_rounded_up_to_the_whole() {
        for (up_ms, down_ms, text) in [
            (1, 0, "100 %"),
            (7 * DAY_MS - 1, 1, "99.99 %"),
            (9_995, 5, "99.95 %"),
            (2, 1, "66.66 %"),
            (1, 99_999, "0 %"),
            (u64::MAX, u64::MAX, "50 %"),
        ] {
            let uptime = Uptime { up_ms, down_ms, ..Uptime::default() };
            assert_eq!(uptime.available().unwrap().to_string(), text);
        }
        let unseen = Uptime { unknown_ms: 5, ..Uptime::default() };
        assert_eq!(unseen.available(), None);
    }

    #[test]
    fn an_outage_of_no_length_counts_where_it_lies() {
        let window = interval(10, 20);
        for (down, up, outages) in [
            (10, Some(10), 1),
            (20, Some(20), 0),
            (5, Some(10), 0),
            (5, Some(11), 1),
            (5, None, 1),
            (15, Some(3), 1),
        ] {
            let outages_there = [outage(down, up)];
            let history = History { outages: &outages_there, ..History::default() };
            let spent = summarize(window, history, UnixMillis(20));
            assert_eq!(spent.outages, outages, "{down} {up:?}");
        }
    }
}
