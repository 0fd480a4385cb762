"""Locks, as many for a lane as it has slots: a writer tries one after the other, without waiting, and
if none is free it waits for one of them as long as a lease lasts: only who has watched a lock for that
long takes it from a holder that died. Heartbeats four to a lease, as its documentation recommends; or
all of it by default."""

import datetime
import importlib.metadata
import logging
import random

import boto3
from botocore.config import Config
from python_dynamodb_lock.python_dynamodb_lock import (
    DynamoDBLock,
    DynamoDBLockClient,
    DynamoDBLockError,
)

import contender
from contender import told

PACKAGE = "python-dynamodb-lock"
# It warns of every lock whose holder died.
logging.getLogger("python_dynamodb_lock").setLevel(logging.CRITICAL)
# While a writer waits for a lock that is held.
RETRY_MS = int(told.get("retry-ms", 100))
# A number that is not 0, which would mean the default, and shorter than the time between tries: one try.
AT_ONCE = datetime.timedelta(microseconds=1)
PATIENCE = datetime.timedelta(hours=1)


def milliseconds(ms):
    return datetime.timedelta(milliseconds=ms)


resource = boto3.resource(
    "dynamodb",
    endpoint_url=contender.ENDPOINT,
    region_name="us-east-1",
    aws_access_key_id="flyball",
    aws_secret_access_key="flyball",
    config=Config(max_pool_connections=128),
)
DEFAULTS = "defaults" in told
LEASE = milliseconds(contender.LEASE_MS)
if DEFAULTS:
    client = DynamoDBLockClient(resource)
else:
    client = DynamoDBLockClient(
        resource,
        heartbeat_period=LEASE / 4,
        safe_period=LEASE * 3 / 4,
        lease_duration=LEASE,
    )


class Slot:
    def __init__(self, lock):
        self.lock = lock

    @property
    def lost(self):
        return self.lock.status != DynamoDBLock.LOCKED

    def give_back(self):
        self.lock.release()


def acquire(name, retry, within):
    try:
        return Slot(
            client.acquire_lock(
                name,
                retry_period=retry,
                retry_timeout=within,
                app_callback=lambda code, lock: None,
            )
        )
    except DynamoDBLockError as error:
        if error.code == DynamoDBLockError.ACQUIRE_TIMEOUT:
            return None
        raise


def take(lane, limit, writer=None, patient=False):
    if patient:
        return acquire(f"{lane}.0", None if DEFAULTS else milliseconds(RETRY_MS), PATIENCE)
    first = writer if told.get("start") == "own" else random.randrange(limit)
    names = [f"{lane}.{(first + tried) % limit}" for tried in range(limit)]
    for name in names:
        slot = acquire(name, milliseconds(1), AT_ONCE)
        if slot:
            return slot
    # Somebody who died is found out by nobody else.
    return acquire(names[0], milliseconds(RETRY_MS), LEASE * 5 / 4)


contender.contend(f"{PACKAGE} {importlib.metadata.version(PACKAGE)}", take)
