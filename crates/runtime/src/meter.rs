use core::ops::Sub;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, bag: &ConfigBag, count: impl FnOnce(&mut Counters)) {
        let Some(metadata) = bag.load::<Metadata>() else { return };
        let service = match metadata.service() {
            "DynamoDB" => Service::DynamoDb,
            "SQS" => Service::Sqs,
            _ => return,
        };
        let key = (service, metadata.name().to_owned());
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count(reading.0.entry(key).or_default());
    }
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
