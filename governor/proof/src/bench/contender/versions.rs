use core::time::Duration;
use std::collections::BTreeMap;

use anyhow::bail;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor::{Clock as _, Entropy as _, Policy, SystemEntropy};
use flyball_governor_proof::OffClock;
use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::engine::Engine;

use super::{Bound, Options};
use crate::bench::tables::{VERSIONS, VERSIONS_KEY};

/// Full jitter as AWS's client libraries have it: up to 50 ms after the first failure, doubled after
/// each, up to a second; and given up when this many have failed.
const PAUSE_MS: u64 = 50;
const PAUSE_MS_MAX: u64 = 1_000;
const TRIES_MAX: u32 = 100;

/// The attributes of an item.
const VERSION: &str = "version";
const HELD: &str = "held";

/// A bound in one item: who holds a slot until when, and a version. Whoever changes it has read it,
/// and writes only where the version is still the one that was read. Leases end as the governor's
/// do, with the same allowance for clocks.
pub(crate) struct Versions {
    client: Client,
    clock: OffClock,
    lease_ms: u64,
}

/// A slot that is held.
#[derive(Debug)]
pub(crate) struct VersionedSlot {
    lane: u64,
    id: String,
    /// When it was last known to be held, by the monotonic clock.
    known_ms: u64,
}

#[derive(Debug, Default)]
struct Seen {
    version: u64,
    /// Until when, by who.
    held: BTreeMap<String, u64>,
}

impl Versions {
    pub(crate) async fn new(options: &Options, clock: OffClock) -> Self {
        let client = Engine::at(&options.endpoint).await.client();
        Self { client, clock, lease_ms: options.lease_ms }
    }

    async fn read(&self, lane: u64) -> anyhow::Result<Seen> {
        let answer = self
            .client
            .get_item()
            .table_name(VERSIONS)
            .key(VERSIONS_KEY, AttributeValue::S(lane.to_string()))
            .consistent_read(true)
            .send()
            .await?;
        let item = answer.item.unwrap_or_default();
        let number = |value: &AttributeValue| value.as_n().ok().and_then(|it| it.parse().ok());
        let held = item.get(HELD).and_then(|held| held.as_m().ok()).into_iter().flatten();
        Ok(Seen {
            version: item.get(VERSION).and_then(number).unwrap_or_default(),
            held: held.filter_map(|(id, until)| Some((id.clone(), number(until)?))).collect(),
        })
    }

    /// Whether the version was still the one that was read.
    async fn write(&self, lane: u64, seen: Seen) -> anyhow::Result<bool> {
        let number = |value: u64| AttributeValue::N(value.to_string());
        let held = seen.held.into_iter().map(|(id, until)| (id, number(until))).collect();
        let written = self
            .client
            .put_item()
            .table_name(VERSIONS)
            .item(VERSIONS_KEY, AttributeValue::S(lane.to_string()))
            .item(VERSION, number(seen.version.saturating_add(1)))
            .item(HELD, AttributeValue::M(held))
            .condition_expression("attribute_not_exists(version) OR version = :seen")
            .expression_attribute_values(":seen", number(seen.version))
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conditional_check_failed_exception() => Ok(false),
                _ => Err(error.into()),
            },
        }
    }

    /// Reads, decides and writes until nobody has come between; false where `decide` refuses.
    async fn change(&self, lane: u64, decide: impl Fn(&mut Seen) -> bool) -> anyhow::Result<bool> {
        let mut dice = Dice::new(SystemEntropy.next_u64());
        for tries in 0..TRIES_MAX {
            let mut seen = self.read(lane).await?;
            if !decide(&mut seen) {
                return Ok(false);
            }
            if self.write(lane, seen).await? {
                return Ok(true);
            }
            let ceiling = PAUSE_MS.saturating_mul(1 << tries.min(16)).min(PAUSE_MS_MAX);
            pause(dice.below(ceiling)).await;
        }
        bail!("found somebody between read and write {TRIES_MAX} times")
    }

    fn until(&self) -> u64 {
        self.clock.now().plus(self.lease_ms).0
    }
}

impl Bound for Versions {
    type Slot = VersionedSlot;

    async fn take(&self, lane: u64, limit: u32) -> anyhow::Result<Option<VersionedSlot>> {
        let id = format!("{:016x}", SystemEntropy.next_u64());
        let known_ms = self.clock.monotonic_ms();
        let taken = Box::pin(self.change(lane, |seen| {
            let dead_before = self.clock.now().minus(Policy::STANDARD.skew_ms).0;
            seen.held.retain(|_, until| *until > dead_before);
            let has_room = seen.held.len() < usize::try_from(limit).unwrap_or(usize::MAX);
            if has_room {
                seen.held.insert(id.clone(), self.until());
            }
            has_room
        }));
        Ok(taken.await?.then_some(VersionedSlot { lane, id, known_ms }))
    }

    async fn leave(&self, slot: &mut VersionedSlot) -> Option<Duration> {
        let age = |slot: &VersionedSlot| self.clock.monotonic_ms().saturating_sub(slot.known_ms);
        if age(slot) > self.lease_ms / 2 {
            let asked_ms = self.clock.monotonic_ms();
            let renewed =
                Box::pin(self.change(slot.lane, |seen| match seen.held.get_mut(&slot.id) {
                    Some(until) => {
                        *until = self.until();
                        true
                    }
                    None => false,
                }));
            if !renewed.await.ok()? {
                return None;
            }
            slot.known_ms = asked_ms;
        }
        let left_ms =
            self.lease_ms.checked_sub(age(slot))?.checked_sub(Policy::STANDARD.skew_ms)?;
        Some(Duration::from_millis(left_ms))
    }

    async fn give_back(&self, slot: VersionedSlot) -> anyhow::Result<()> {
        Box::pin(self.change(slot.lane, |seen| seen.held.remove(&slot.id).is_some()))
            .await
            .map(drop)
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause before a try is a part of it")]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
