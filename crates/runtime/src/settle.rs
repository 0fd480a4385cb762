//! The part of the meter that knows the shapes of `DynamoDB`'s requests and answers.

use aws_sdk_dynamodb::operation::{
    batch_get_item, batch_write_item, delete_item, get_item, put_item, query, scan,
    transact_get_items, transact_write_items, update_item,
};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;

use crate::Counters;

/// Has the service report what the request consumes, where the request has a place to say so.
pub(crate) fn ask_for_capacity(input: &mut Input) {
    macro_rules! ask {
        ($($request:ty),+ $(,)?) => {
            $(if let Some(request) = input.downcast_mut::<$request>() {
                request.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                return;
            })+
        };
    }
    ask!(
        update_item::UpdateItemInput,
        get_item::GetItemInput,
        query::QueryInput,
        put_item::PutItemInput,
        batch_write_item::BatchWriteItemInput,
        batch_get_item::BatchGetItemInput,
        delete_item::DeleteItemInput,
        transact_write_items::TransactWriteItemsInput,
        transact_get_items::TransactGetItemsInput,
        scan::ScanInput,
    );
}

/// What a call's end adds to its operation's counters.
pub(crate) fn settle(end: Result<&Output, &OrchestratorError<Error>>) -> Counters {
    match end {
        Ok(output) => {
            let (read_units, write_units) = units(output);
            Counters { read_units, write_units, ..Counters::default() }
        }
        Err(error) if error.as_operation_error().is_some_and(is_refusal) => {
            Counters { refused: 1, ..Counters::default() }
        }
        Err(_) => Counters { failed: 1, ..Counters::default() },
    }
}

/// Read and write units of an answer.
fn units(output: &Output) -> (f64, f64) {
    macro_rules! units {
        ($($answer:ty => ($read:expr, $write:expr)),+ $(,)?) => {
            $(if let Some(answer) = output.downcast_ref::<$answer>() {
                let consumed = answer.consumed_capacity();
                let units = sum(consumed);
                return (units * $read, units * $write);
            })+
        };
    }
    const YES: f64 = 1.0;
    const NO: f64 = 0.0;
    units!(
        update_item::UpdateItemOutput => (NO, YES),
        get_item::GetItemOutput => (YES, NO),
        query::QueryOutput => (YES, NO),
        put_item::PutItemOutput => (NO, YES),
        batch_write_item::BatchWriteItemOutput => (NO, YES),
        batch_get_item::BatchGetItemOutput => (YES, NO),
        delete_item::DeleteItemOutput => (NO, YES),
        transact_write_items::TransactWriteItemsOutput => (NO, YES),
        transact_get_items::TransactGetItemsOutput => (YES, NO),
        scan::ScanOutput => (YES, NO),
    );
    (0.0, 0.0)
}

fn sum<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}

fn is_refusal(error: &Error) -> bool {
    use delete_item::DeleteItemError;
    use put_item::PutItemError;
    use transact_write_items::TransactWriteItemsError;
    use update_item::UpdateItemError;

    error
        .downcast_ref::<UpdateItemError>()
        .is_some_and(UpdateItemError::is_conditional_check_failed_exception)
        || error
            .downcast_ref::<PutItemError>()
            .is_some_and(PutItemError::is_conditional_check_failed_exception)
        || error
            .downcast_ref::<DeleteItemError>()
            .is_some_and(DeleteItemError::is_conditional_check_failed_exception)
        || error
            .downcast_ref::<TransactWriteItemsError>()
            .is_some_and(TransactWriteItemsError::is_transaction_canceled_exception)
}
