//! The lanes in which wide limits are kept: lanes like any other, named after what they limit, and
//! several of them where a limit is larger than a lane. Whoever finds one full stands in line before
//! it, in one place however much work of its waits.

use core::fmt;

use crate::UnixMillis;
use crate::board::{Ask, Board, Dimmer, WideScope, name_hash};
use crate::lane::Lane;
use crate::order::rank;
use crate::policy::Policy;
use crate::words::StopMode;

/// One of the lanes in which a wide limit is kept. As text, for example `wide.shopify.orders` or
/// `wide.all-2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WideLane {
    /// What it limits.
    pub scope: WideScope,
    /// Which part of the limit it keeps, from 0.
    pub part: u32,
}

const PREFIX: &str = "wide.";

impl fmt::Display for WideLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(&self.scope.to_string().replace('/', "."))?;
        match self.part {
            0 => Ok(()),
            part => write!(f, "-{part}"),
        }
    }
}

impl WideLane {
    /// The wide lane of this name; `None` where it is another lane's.
    pub fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(PREFIX)?;
        let (scope, part) = match rest.split_once('-') {
            None => (rest, 0),
            Some((scope, part)) => (scope, part.parse().ok().filter(|part| *part > 0)?),
        };
        Some(Self { scope: scope.replace('.', "/").parse().ok()?, part })
    }
}

impl Dimmer {
    /// In how many lanes it is kept.
    pub const fn parts(&self) -> u32 {
        let parts = self.slots.div_ceil(Lane::SLOTS_MAX);
        if parts == 0 { 1 } else { parts }
    }

    /// How many of its slots one of its lanes has; `None` where it has no such lane.
    pub fn slots_of(&self, part: u32) -> Option<u32> {
        let parts = self.parts();
        let whole = self.slots.checked_div(parts)?;
        let larger = self.slots.checked_rem(parts)?;
        (part < parts).then(|| whole.saturating_add(u32::from(part < larger)))
    }

    /// The lane in which a lane takes its wide slot.
    pub fn lane_for(&self, name: &str) -> WideLane {
        let part = name_hash(name).checked_rem(u64::from(self.parts())).unwrap_or(0);
        WideLane { scope: self.scope.clone(), part: u32::try_from(part).unwrap_or(0) }
    }
}

impl Board {
    /// How many slots a wide lane has now; `None` where nothing is limited by it any more, and
    /// whoever waits there can go.
    pub fn slots_of(&self, lane: &WideLane, now: UnixMillis) -> Option<u32> {
        let stop = &self.switches.get(&lane.scope)?.stop;
        match stop.mode {
            StopMode::Limit(slots) if stop.is_on(now) => {
                Dimmer { scope: lane.scope.clone(), slots }.slots_of(lane.part)
            }
            StopMode::Hold | StopMode::Drain | StopMode::Stop | StopMode::Limit(_) => None,
        }
    }

    /// The lanes in which limits are kept that concern some work now, each with its slots; none
    /// where nothing is limited.
    pub fn wide_lanes(&self, ask: &Ask<'_>, now: UnixMillis) -> Vec<(WideLane, u32)> {
        let kept = |dimmer: &Dimmer| {
            let lane = dimmer.lane_for(ask.lane);
            let slots = dimmer.slots_of(lane.part).unwrap_or(0);
            (lane, slots)
        };
        self.dimmers(ask, now).iter().map(kept).collect()
    }
}

/// A place in the line before a wide lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InLine {
    /// The class of what waits.
    pub class: u8,
    /// Since when it stands there.
    pub since: UnixMillis,
    /// Until when a slot is kept for it, because it has been called.
    pub called: Option<UnixMillis>,
}

/// Who stands in line before a wide lane and has not been called, and for how many there is room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns<'a, T> {
    /// All of them, who has waited longest first.
    pub uncalled: Vec<&'a T>,
    /// How many slots nobody living holds that are kept for nobody who has been called.
    pub room: usize,
}

impl<'a, T> Turns<'a, T> {
    /// Those of a line before a lane that has so many slots.
    pub fn of(
        lane: &Lane,
        slots: u32,
        line: &'a [T],
        in_line: impl Fn(&T) -> InLine,
        now: UnixMillis,
        policy: &Policy,
    ) -> Self {
        let is_called = |one: &&T| in_line(one).called.is_some_and(|until| now < until);
        let (called, mut uncalled): (Vec<&T>, Vec<&T>) = line.iter().partition(is_called);
        uncalled.sort_by_key(|one| {
            let InLine { class, since, .. } = in_line(one);
            rank(class, since, policy)
        });
        let (alive, _) = lane.living(now.minus(policy.skew_ms));
        let free = slots.min(lane.limit).saturating_sub(alive);
        let room = usize::try_from(free).unwrap_or(usize::MAX).saturating_sub(called.len());
        Self { uncalled, room }
    }

    /// Those whose turn it is.
    pub fn next(&self) -> &[&'a T] {
        self.uncalled.get(..self.room).unwrap_or(&self.uncalled)
    }

    /// Whether there is a slot besides those that are for whoever stands in line.
    pub const fn has_room_besides(&self) -> bool {
        self.uncalled.len() < self.room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lane::Slot;

    fn dimmer(slots: u32) -> Dimmer {
        Dimmer { scope: "shopify/orders".parse().unwrap(), slots }
    }

    #[test]
    fn a_wide_lane_survives_its_name_and_no_other_name_is_one() {
        for name in ["wide.all", "wide.shopify", "wide.shopify.orders", "wide.shopify.orders-2"] {
            assert_eq!(WideLane::parse(name).unwrap().to_string(), name);
        }
        for name in ["blue-mug", "wide", "wide.", "wide.all-0", "wide.all-x", "wide.a.b.c"] {
            assert_eq!(WideLane::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_parts_of_a_limit_add_up_to_it_and_each_fits_a_lane() {
        for slots in [1, 24, 25, 48, 49, 1_000] {
            let dimmer = dimmer(slots);
            let parts: Vec<u32> = (0..dimmer.parts()).map_while(|n| dimmer.slots_of(n)).collect();
            assert_eq!(parts.iter().sum::<u32>(), slots);
            assert!(parts.iter().all(|slots| (1..=Lane::SLOTS_MAX).contains(slots)), "{parts:?}");
            assert_eq!(dimmer.slots_of(dimmer.parts()), None);
        }
        assert_eq!(dimmer(0).parts(), 1);
    }

    #[test]
    fn lanes_are_spread_over_the_parts() {
        let dimmer = dimmer(72);
        let mut counts = [0_u32; 3];
        for n in 0..300 {
            counts[usize::try_from(dimmer.lane_for(&format!("account-{n}")).part).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (60..=140).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_wide_lane_has_slots_for_as_long_as_its_dimmer_stands() {
        let now = UnixMillis(5);
        let board = |mode, until| {
            let (reason, author) = (String::new(), String::new());
            let stop = crate::Stop { mode, reason, author, until };
            let switch = crate::Switch { stop, since: now, ramp_ms: 0 };
            Board { switches: [(dimmer(1).scope, switch)].into(), ..Board::default() }
        };
        let part = |part| WideLane { scope: dimmer(1).scope, part };
        let dimmed = board(StopMode::Limit(31), Some(UnixMillis(6)));
        assert_eq!([0, 1, 2].map(|n| dimmed.slots_of(&part(n), now)), [Some(16), Some(15), None]);
        assert_eq!(dimmed.slots_of(&part(0), UnixMillis(6)), None, "it is over");
        assert_eq!(board(StopMode::Hold, None).slots_of(&part(0), now), None);
        assert_eq!(Board::default().slots_of(&part(0), now), None);
    }

    type Place = (&'static str, InLine);

    fn place(name: &'static str, class: u8, since: u64, called: Option<u64>) -> Place {
        let (since, called) = (UnixMillis(since), called.map(UnixMillis));
        (name, InLine { class, since, called })
    }

    fn turns<'a>(held: &[u64], slots: u32, line: &'a [Place]) -> Turns<'a, Place> {
        let (now, policy) = (UnixMillis(100_000), Policy::STANDARD);
        let mut lane = Lane::new(slots);
        for (n, expires) in held.iter().enumerate() {
            let slot = Slot { expires: UnixMillis(*expires), nonce: "n".parse().unwrap() };
            lane.held.insert(format!("h{n}").parse().unwrap(), slot);
        }
        Turns::of(&lane, slots, line, |(_, place)| *place, now, &policy)
    }

    fn whose_turn(held: &[u64], slots: u32, line: &[Place]) -> Vec<&'static str> {
        turns(held, slots, line).next().iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn as_many_are_next_as_slots_are_free_the_longest_waiting_first() {
        let line =
            [place("late", 0, 30, None), place("first", 0, 10, None), place("then", 0, 20, None)];
        assert_eq!(whose_turn(&[200_000], 3, &line), ["first", "then"]);
        assert_eq!(whose_turn(&[], 5, &line), ["first", "then", "late"]);
        assert_eq!(whose_turn(&[200_000; 3], 3, &line), [""; 0]);
        assert_eq!(whose_turn(&[200_000; 3], 2, &line), [""; 0], "the limit was lowered");
    }

    #[test]
    fn a_slot_is_kept_for_whoever_was_called_but_not_for_ever() {
        let called = |until| [place("first", 0, 10, Some(until)), place("then", 0, 20, None)];
        assert_eq!(whose_turn(&[], 1, &called(100_001)), [""; 0]);
        assert_eq!(whose_turn(&[], 2, &called(100_001)), ["then"]);
        assert_eq!(whose_turn(&[], 1, &called(100_000)), ["first"], "it did not come");
    }

    #[test]
    fn there_is_room_besides_a_line_where_not_all_free_slots_are_for_it() {
        let line = [place("called", 0, 10, Some(200_000)), place("waits", 0, 20, None)];
        let has_room = |held: &[u64], line| turns(held, 4, line).has_room_besides();
        let (alive, dead) = (200_000, 1_000);
        assert!(has_room(&[alive, alive, dead], &line[..1]));
        assert!(!has_room(&[alive, alive, alive], &line[..1]), "it is kept");
        assert!(has_room(&[alive, dead], &line));
        assert!(!has_room(&[alive, alive], &line), "it is whose turn it is");
    }

    #[test]
    fn the_dead_take_nobodys_turn_and_a_lower_class_waits_longer() {
        let line = [place("catalog", 1, 10, None), place("orders", 0, 20, None)];
        assert_eq!(whose_turn(&[1_000], 1, &line), ["orders"]);
    }
}
