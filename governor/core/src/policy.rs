//! The settings, and the arithmetic of waiting: integer, saturating, total.

use crate::UnixMillis;

/// A setting outside its bounds, or settings that don't fit each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A value outside its bounds.
    #[error("found {name} = {found}, expected {min} to {max}")]
    Bounds {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: u64,
        /// Its least value.
        min: u64,
        /// Its greatest value.
        max: u64,
    },
    /// A lease so short that its holder could do nothing under it.
    #[error(
        "found {name} = {found} ms, which leaves no time for a call: expected more than twice the \
         allowed clock difference of {skew_ms} ms"
    )]
    LeaseTooShort {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: u64,
        /// The allowed clock difference.
        skew_ms: u64,
    },
}

macro_rules! policy {
    ($($(#[doc = $doc:literal])* $name:ident: $default:literal in $min:literal..=$max:literal;)+) => {
        /// The governor's settings. All are integers; times are in milliseconds.
        ///
        /// | setting | default | bounds | meaning |
        /// |---|---|---|---|
        $(#[doc = concat!("| `", stringify!($name), "` | ", stringify!($default), " | ",
            stringify!($min), " to ", stringify!($max), " |", $($doc,)* " |")])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Policy {
            $($(#[doc = $doc])* pub $name: u64,)+
        }

        impl Policy {
            /// The settings of the table above.
            pub const STANDARD: Self = Self { $($name: $default,)+ };

            /// The same settings, if all are within their bounds and fit each other.
            ///
            /// # Errors
            /// The first setting that is out of its bounds, or a lease too short for its skew.
            pub fn checked(self) -> Result<Self, PolicyError> {
                $(if !($min..=$max).contains(&self.$name) {
                    return Err(PolicyError::Bounds {
                        name: stringify!($name), found: self.$name, min: $min, max: $max,
                    });
                })+
                for (name, found) in
                    [("lease_ms", self.lease_ms), ("probe_lease_ms", self.probe_lease_ms)]
                {
                    if found <= self.skew_ms.saturating_mul(2) {
                        return Err(PolicyError::LeaseTooShort {
                            name, found, skew_ms: self.skew_ms,
                        });
                    }
                }
                Ok(self)
            }
        }
    };
}

policy! {
    /// How long a lease lasts unless it is renewed.
    lease_ms: 60_000 in 500..=900_000;
    /// How long a probe's lease lasts: shorter, because a dead probe keeps everybody waiting.
    probe_lease_ms: 20_000 in 500..=900_000;
    /// The allowed difference between two clocks.
    skew_ms: 5_000 in 0..=60_000;
    /// The gate after the first trip, before jitter.
    gate_base_ms: 1_000 in 10..=600_000;
    /// The longest gate that backoff alone sets.
    gate_ceiling_ms: 900_000 in 10..=86_400_000;
    /// The longest that a vendor's own word (`Retry-After`) is followed.
    vendor_wait_cap_ms: 3_600_000 in 10..=86_400_000;
    /// The gate after a probe that learnt nothing.
    inconclusive_ms: 1_000 in 10..=600_000;
    /// How many calls have to go well, for each slot of a full lane, before it tries one slot more:
    /// about so many on average, by chance.
    raise_after: 20 in 1..=1_000;
    /// The longest that one vendor call may take.
    call_timeout_ms: 30_000 in 100..=300_000;
    /// How old the last look at the lane may be when a vendor call begins.
    look_age_ms: 1_000 in 10..=60_000;
    /// How long after a wake-up nobody answered to look again, at first: longer each time, and where
    /// many were woken.
    wake_again_ms: 15_000 in 100..=600_000;
    /// How long a store that is frozen or closed is left alone between two probes.
    suspended_probe_ms: 21_600_000 in 1_000..=86_400_000;
    /// How much longer work of the next lower class waits before it goes first.
    ageing_ms: 900_000 in 0..=86_400_000;
    /// For how long a lane may fail without one success before it stops itself.
    dead_man_ms: 259_200_000 in 60_000..=31_536_000_000;
    /// How long after a wide slot was refused the lane itself is looked at again.
    wide_again_ms: 300_000 in 1_000..=3_600_000;
    /// Over how long lanes start again when a wide switch ends.
    lift_ramp_ms: 10_000 in 0..=3_600_000;
    /// Over how long lanes probe again when their group is back.
    return_spread_ms: 5_000 in 0..=600_000;
    /// The longest gate of a lane that probes for its whole group.
    canary_ceiling_ms: 30_000 in 10..=900_000;
    /// How many lanes of a group must fail before the group is suspected.
    suspects_min: 5 in 2..=100;
    /// Within which time they must fail.
    suspicion_window_ms: 30_000 in 1_000..=600_000;
    /// How long a suspicion must stand, without one success, before the group is held.
    suspicion_ms: 10_000 in 100..=600_000;
    /// About how many lanes go on while a group is suspected, however many there are.
    suspicion_witnesses: 16 in 1..=1_000;
    /// How many lanes probe for a group.
    canaries: 5 in 1..=20;
    /// How long a canary may stay silent before another one is chosen.
    canary_silence_ms: 90_000 in 1_000..=900_000;
}

/// How long to back off at a level, before jitter: `base × 2^level`, at most `ceiling`.
pub fn backoff_ms(level: u32, base_ms: u64, ceiling_ms: u64) -> u64 {
    let factor = 1_u64.checked_shl(level).unwrap_or(u64::MAX);
    base_ms.saturating_mul(factor).min(ceiling_ms)
}

/// Spreads a wait over its upper half: at least half of it, at most all of it.
pub const fn jitter_ms(wait_ms: u64, random: u64) -> u64 {
    let half = wait_ms / 2;
    match random.checked_rem(wait_ms.saturating_sub(half).saturating_add(1)) {
        Some(spread) => half.saturating_add(spread),
        None => wait_ms,
    }
}

/// The moment until which a gate is closed: now plus the jittered backoff, but not before the
/// vendor's own word, which is followed for at most `vendor_wait_cap_ms`.
pub fn gate(
    now: UnixMillis,
    level: u32,
    vendor_until: Option<UnixMillis>,
    random: u64,
    policy: &Policy,
) -> UnixMillis {
    let backed_off =
        now.plus(jitter_ms(backoff_ms(level, policy.gate_base_ms, policy.gate_ceiling_ms), random));
    vendor_until
        .map_or(backed_off, |until| backed_off.max(until.min(now.plus(policy.vendor_wait_cap_ms))))
}

/// The moment until which a throttled lane waits: the vendor's own word where it gave one, capped;
/// otherwise the jittered backoff of the throttles since the last clean run.
pub fn throttle_gate(
    now: UnixMillis,
    slow: u32,
    vendor_until: Option<UnixMillis>,
    random: u64,
    policy: &Policy,
) -> UnixMillis {
    match vendor_until {
        Some(until) => until.min(now.plus(policy.vendor_wait_cap_ms)).max(now),
        None => gate(now, slow, None, random, policy),
    }
}

/// Whether a lane with so many slots, all in use, tries one more after so many calls that went well.
///
/// By chance, so that jobs of one call need to remember nothing of each other. One slot more in the
/// time in which every slot has made `raise_after` calls: TCP grows by one in the time of one
/// (RFC 5681, section 3.1), but there a loss is one packet of many, and here it shuts a gate.
pub fn tries_more(calls: u32, slots: u32, random: u64, policy: &Policy) -> bool {
    let expected = u64::from(slots).saturating_mul(policy.raise_after);
    random.checked_rem(expected).is_none_or(|random| random < u64::from(calls))
}

/// What seven tenths of a number of slots is, to the nearest, and at least one.
pub const fn seven_tenths(slots: u32) -> u32 {
    // Divided first and corrected by the remainder, so that no product can overflow.
    let tenths = slots / 10;
    let remainder = slots % 10;
    let whole =
        tenths.saturating_mul(7).saturating_add(remainder.saturating_mul(7).saturating_add(5) / 10);
    if whole == 0 { 1 } else { whole }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_standard_policy_is_within_its_own_bounds() {
        assert_eq!(Policy::STANDARD.checked(), Ok(Policy::STANDARD));
    }

    #[test]
    fn a_setting_out_of_bounds_is_named() {
        let error = Policy { lease_ms: 1, ..Policy::STANDARD }.checked().unwrap_err();
        assert_eq!(error.to_string(), "found lease_ms = 1, expected 500 to 900000");
        let error = Policy { probe_lease_ms: 10_000, ..Policy::STANDARD }.checked().unwrap_err();
        assert!(matches!(error, PolicyError::LeaseTooShort { name: "probe_lease_ms", .. }));
    }

    #[test]
    fn backoff_doubles_from_its_base_to_its_ceiling() {
        let steps: Vec<u64> = (0..6).map(|level| backoff_ms(level, 1_000, 10_000)).collect();
        assert_eq!(steps, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn seven_tenths_rounds_to_the_nearest_but_never_to_nothing() {
        let slots = [0, 1, 2, 3, 4, 5, 7, 10, 24, u32::MAX];
        assert_eq!(slots.map(seven_tenths), [1, 1, 1, 2, 3, 4, 5, 7, 17, 3_006_477_107]);
    }

    #[test]
    fn a_lane_tries_more_once_in_so_many_calls_for_each_slot() {
        let policy = Policy { raise_after: 10, ..Policy::STANDARD };
        let tries = |calls, slots| {
            (0..1_000).filter(|random| tries_more(calls, slots, *random, &policy)).count()
        };
        assert_eq!([1, 20, 49, 50, 51].map(|calls| tries(calls, 5)), [20, 400, 980, 1_000, 1_000]);
        assert_eq!([1, 2, 4, 10].map(|slots| tries(1, slots)), [100, 50, 25, 10]);
        assert_eq!((tries(0, 5), tries(0, 0), tries(1, 0)), (0, 1_000, 1_000));
    }

    #[test]
    fn the_vendors_word_is_a_floor_for_a_gate_and_is_capped() {
        let policy = Policy { vendor_wait_cap_ms: 60_000, ..Policy::STANDARD };
        let now = UnixMillis(1_000_000);
        assert_eq!(gate(now, 0, Some(now.plus(30_000)), 0, &policy), now.plus(30_000));
        assert_eq!(gate(now, 0, Some(now.plus(1)), 0, &policy), now.plus(500));
        assert_eq!(gate(now, 0, Some(UnixMillis(u64::MAX)), 0, &policy), now.plus(60_000));
        assert_eq!(throttle_gate(now, 9, Some(now.plus(700)), 0, &policy), now.plus(700));
        assert_eq!(throttle_gate(now, 0, Some(UnixMillis(0)), 0, &policy), now);
    }

    proptest! {
        #[test]
        fn backoff_is_total_monotone_and_capped(
            level in any::<u32>(), base in any::<u64>(), ceiling in any::<u64>(),
        ) {
            let wait = backoff_ms(level, base, ceiling);
            prop_assert!(wait <= ceiling);
            prop_assert!(wait <= backoff_ms(level.saturating_add(1), base, ceiling));
            prop_assert!(base == 0 || wait >= base.min(ceiling));
        }

        #[test]
        fn jitter_keeps_at_least_half_and_at_most_all(wait in any::<u64>(), random in any::<u64>()) {
            let jittered = jitter_ms(wait, random);
            prop_assert!(jittered >= wait / 2 && jittered <= wait);
        }

        #[test]
        fn a_gate_never_lies_in_the_past(
            now in any::<u64>(), level in any::<u32>(), until in any::<Option<u64>>(),
            random in any::<u64>(),
        ) {
            let (now, until) = (UnixMillis(now), until.map(UnixMillis));
            prop_assert!(gate(now, level, until, random, &Policy::STANDARD) >= now);
            prop_assert!(throttle_gate(now, level, until, random, &Policy::STANDARD) >= now);
        }
    }
}
