"""powertools.py TRIALS CALLERS PROCESSES ENDPOINT TABLE: for each trial prints how many of so many
callers at once, spread over so many processes, a circuit whose recovery time-out has elapsed lets
through to a vendor that is still down. Everything is the default."""

import multiprocessing
import sys
import threading
import time

import boto3
from botocore.config import Config

from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, circuit_breaker
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
)

TRIALS, CALLERS, PROCESSES = (int(word) for word in sys.argv[1:4])
ENDPOINT, TABLE = sys.argv[4:6]
THREADS = CALLERS // PROCESSES
CONFIG = CircuitBreakerConfig()


class Down(Exception):
    """HTTP 503."""


def client():
    """As a function has it: one for each process, here with a connection for each thread."""
    return boto3.client(
        "dynamodb",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="flyball",
        aws_secret_access_key="flyball",
        config=Config(max_pool_connections=THREADS),
    )


def call(trial, store, calls):
    """One caller of one trial."""

    def vendor():
        with calls.get_lock():
            calls[trial] += 1
        time.sleep(0.2)
        raise Down

    def rejected(*_arguments, **_circuit):
        return None

    protected = circuit_breaker(
        name=f"vendor-{trial}", persistence_store=store, on_circuit_open=rejected, config=CONFIG
    )(vendor)
    try:
        protected()
    except Down:
        pass


def process(number, barrier, calls):
    """A process's callers, all of whom begin each trial at the same moment."""
    store = CircuitBreakerDynamoDBPersistence(table_name=TABLE, boto3_client=client())

    def caller(place):
        for trial in range(TRIALS):
            if number == 0 and place == 0:
                # As the circuit's own fifth failure leaves it behind.
                tripped = int(time.time()) - CONFIG.recovery_timeout - 1
                name = f"vendor-{trial}"
                store.configure(config=CONFIG, circuit_name=name)
                store.save_open(name, failure_count=CONFIG.failure_threshold, opened_at=tripped)
            barrier.wait()
            call(trial, store, calls)
            barrier.wait()

    threads = [threading.Thread(target=caller, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main():
    """Makes the table, runs the processes, and prints what the vendor counted."""
    tables = client()
    tables.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.get_waiter("table_exists").wait(TableName=TABLE)
    barrier = multiprocessing.Barrier(THREADS * PROCESSES)
    calls = multiprocessing.Array("i", TRIALS)
    processes = [
        multiprocessing.Process(target=process, args=(number, barrier, calls))
        for number in range(PROCESSES)
    ]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    for count in calls:
        print(count)


if __name__ == "__main__":
    main()
