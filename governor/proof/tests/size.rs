//! How large a lane gets, by DynamoDB's own rules.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use flyball_governor_core::item::{Item, Value, item_bytes};
use flyball_governor_core::{Lane, Reach, Slot, UnixMillis};

const KILOBYTE: u64 = 1_024;
const NOW: UnixMillis = UnixMillis(1_764_000_123_457);

/// A lane with every slot in use, which has therefore settled or been raised to its cap since its
/// last trouble, with every attribute that stays, at its longest.
fn steady() -> Lane {
    let slot = |n: u32| Slot { expires: NOW.plus(u64::from(n)), nonce: "abcdefg".parse().unwrap() };
    let held = (0..Lane::SLOTS_MAX).map(|n| (format!("abcdef{n:02}").parse().unwrap(), slot(n)));
    Lane {
        held: held.collect(),
        shut: NOW,
        at: Some(NOW),
        reach: Reach::Group,
        group: Some("bigcommerce".parse().unwrap()),
        ok: Some(NOW),
        behind: Some(NOW),
        wake: Some(NOW),
        fence: 123_456_789,
        generation: 12_345,
        marks: 1_234_567,
        ..Lane::new(Lane::SLOTS_MAX)
    }
}

/// The item of an account's lane whose id is as long as an account's may be.
fn item(lane: &Lane) -> Item {
    let mut item = lane.to_item();
    item.insert("pk".to_owned(), Value::Text(format!("lane#{}", "a".repeat(40))));
    item.insert("sk".to_owned(), Value::from("lane"));
    item.insert("v".to_owned(), Value::Number(1));
    item.insert("shard".to_owned(), Value::Number(15));
    item
}

/// The same just after one of its jobs was pushed back: by a throttle, or by the trip that begins an
/// outage, once its note is in the ledger.
fn in_trouble() -> [Lane; 2] {
    let mut lane = steady();
    lane.held.pop_last();
    (lane.why, lane.failing) = (Some("é".repeat(32)), Some(NOW));
    let slowed = Lane { limit: 17, slow: 99, behind: None, ..lane.clone() };
    [slowed, Lane { good: 24, level: 9, down: Some(NOW), behind: None, ..lane }]
}

#[test]
fn a_lane_with_24_leases_stays_under_a_kilobyte_also_when_one_of_them_is_pushed_back() {
    for lane in [steady()].into_iter().chain(in_trouble()) {
        let bytes = item_bytes(&item(&lane));
        assert!(bytes < KILOBYTE, "{bytes} bytes: {lane:?}");
    }
}
