use core::ops::Sub;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use flyball_importer::{Handled, Metering, Units};
use futures::future::BoxFuture;

use crate::settle::{ask_for_capacity, settle};

/// An AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// `DynamoDB`.
    DynamoDb,
    /// SQS.
    Sqs,
}

/// What the clients did, by operation. Two readings of one meter can be subtracted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeterReading(BTreeMap<(Service, String), Counters>);

/// What was counted of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Calls made, each with its retries.
    pub calls: u64,
    /// Requests sent, retries included.
    pub attempts: u64,
    /// Calls whose condition was not met. AWS bills their write units and does not report them.
    pub refused: u64,
    /// Calls that failed for another reason.
    pub failed: u64,
    /// Read capacity units that the service reported.
    pub read_units: f64,
    /// Write capacity units that the service reported.
    pub write_units: f64,
}

impl Counters {
    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            attempts: self.attempts.saturating_add(other.attempts),
            refused: self.refused.saturating_add(other.refused),
            failed: self.failed.saturating_add(other.failed),
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            attempts: self.attempts.saturating_sub(other.attempts),
            refused: self.refused.saturating_sub(other.refused),
            failed: self.failed.saturating_sub(other.failed),
            read_units: self.read_units - other.read_units,
            write_units: self.write_units - other.write_units,
        }
    }
}

impl MeterReading {
    /// What was counted of one operation, by AWS's name for it, such as `UpdateItem`.
    pub fn operation(&self, service: Service, operation: &str) -> Counters {
        self.0.get(&(service, operation.to_owned())).copied().unwrap_or_default()
    }

    /// What was counted of all operations of a service.
    pub fn total(&self, service: Service) -> Counters {
        self.iter()
            .filter(|(of, _, _)| *of == service)
            .fold(Counters::default(), |sum, (_, _, counters)| sum.plus(counters))
    }

    /// Every operation that was called.
    pub fn iter(&self) -> impl Iterator<Item = (Service, &str, Counters)> {
        self.0
            .iter()
            .map(|((service, operation), counters)| (*service, operation.as_str(), *counters))
    }
}

/// What was counted since an earlier reading of the same meter.
impl Sub<&Self> for MeterReading {
    type Output = Self;

    fn sub(mut self, earlier: &Self) -> Self {
        for (key, counters) in &mut self.0 {
            *counters = counters.minus(earlier.0.get(key).copied().unwrap_or_default());
        }
        self
    }
}

/// Counts what AWS clients do. Its clones count together.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<MeterReading>>);

impl Meter {
    /// What was counted so far.
    pub fn snapshot(&self) -> MeterReading {
        lock(&self.0).clone()
    }

    fn count(&self, bag: &ConfigBag, count: impl Fn(&mut Counters)) {
        let Some(metadata) = bag.load::<Metadata>() else { return };
        let service = match metadata.service() {
            "DynamoDB" => Service::DynamoDb,
            "SQS" => Service::Sqs,
            _ => return,
        };
        if service == Service::DynamoDb {
            let _nobody_asks = APART.try_with(|apart| count(&mut lock(apart)));
        }
        let key = (service, metadata.name().to_owned());
        count(lock(&self.0).0.entry(key).or_default());
    }
}

tokio::task_local! {
    /// What was counted of `DynamoDB` for the piece of work under way, where one asked for that.
    static APART: Arc<Mutex<Counters>>;
}

impl Metering for Meter {
    fn apart<'a>(&self, work: BoxFuture<'a, Handled>) -> BoxFuture<'a, Handled> {
        Box::pin(APART.scope(Arc::default(), work))
    }

    /// Refused conditional writes count as one unit each: they are billed, and not reported.
    fn used(&self) -> Units {
        let used = APART.try_with(|apart| *lock(apart)).unwrap_or_default();
        Units {
            read_halves: whole(used.read_units * 2.0),
            writes: whole(used.write_units).saturating_add(used.refused),
        }
    }
}

/// Capacity units, rounded up. They are never negative, and far from what a `u64` can't hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float stays within the integer's bounds, and that is what is wanted"
)]
pub(crate) fn whole(units: f64) -> u64 {
    units.ceil() as u64
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask_for_capacity(context.input_mut());
        self.count(bag, |counters| counters.calls += 1);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count(bag, |counters| counters.attempts += 1);
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(end) = context.output_or_error() {
            let settled = settle(end);
            self.count(bag, |counters| *counters = counters.plus(settled));
        }
        Ok(())
    }
}
