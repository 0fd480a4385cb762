"""What every rival in Python is told, and does, as the contenders in Rust do
(governor/proof/src/bench/contender): a command a line on the standard input, and for each a line of
JSON on the standard output."""

import json
import os
import random
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

told = dict(argument[2:].split("=", 1) for argument in sys.argv[1:])
ENDPOINT = told["endpoint"]
WRITERS, LANES, LIMIT = int(told["writers"]), int(told["lanes"]), int(told["limit"])
LEASE_MS = int(told["lease-ms"])
VENDOR = told["vendor"]

# The clock of the whole process is off.
AHEAD_S = int(told["ahead-ms"]) / 1000
if AHEAD_S:
    real_time = time.time
    time.time = lambda: real_time() + AHEAD_S

# The same numbers as in contending.rs.
CALL_MS = (5, 49)
LONG_ONE_IN = 1000
LONG_CALL_MS = 500
AWAY_MS = (10, 149)

# Hand-overs of each pair in one answer.
HANDED_OVER = 10


def say(answer):
    print(json.dumps(answer), flush=True)


def pause(ms):
    time.sleep(ms / 1000)


class Vendor:
    """Hears of the beginning and the end of each call."""

    def __init__(self):
        host, port = VENDOR.split(":")
        self.stream = socket.create_connection((host, int(port))).makefile("rw")

    def tell(self, line):
        self.stream.write(line + "\n")
        self.stream.flush()
        if not self.stream.readline():
            os._exit(1)


def contend(name, take):
    """Does as it is told. `take(lane, limit, writer=None, patient=False)` gives a slot, or None where
    it may not have one now; patient, it waits until it has one. A slot has `give_back()`, and `lost`
    once it is known to be somebody else's."""
    pool = ThreadPoolExecutor(max_workers=max(WRITERS, 2 * LANES))
    slots = []
    say({"name": name})
    for line in sys.stdin:
        what = line.strip()
        if what == "take":
            asked = pool.map(lambda writer: take(0, LIMIT, writer=writer), range(WRITERS))
            slots = [slot for slot in asked if slot]
            say({"granted": len(slots)})
        elif what == "give back":
            list(pool.map(lambda slot: slot.give_back(), slots))
            say({})
        elif what == "hand over":
            pairs = pool.map(lambda lane: hand_over(pool, take, lane), range(LANES))
            say({"micros": [micros for pair in pairs for micros in pair]})
        elif what == "contend":
            for writer in range(WRITERS):
                threading.Thread(target=work, args=(take, writer), daemon=True).start()
            say({})
    os._exit(0)


def hand_over(pool, take, lane):
    micros = []
    held = take(lane, 1, patient=True)

    def wait():
        slot = take(lane, 1, patient=True)
        return slot, time.monotonic_ns()

    for _ in range(HANDED_OVER):
        waits = pool.submit(wait)
        pause(LEASE_MS + random.randrange(LEASE_MS))
        began = time.monotonic_ns()
        held.give_back()
        held, taken = waits.result()
        micros.append((taken - began) // 1000)
    held.give_back()
    return micros


def work(take, writer):
    vendor = Vendor()
    while True:
        lane = random.randrange(LANES)
        try:
            slot = take(lane, LIMIT, writer=writer)
        except Exception:
            # Unanswered, it has started nothing, as if it had been refused.
            slot = None
        if not slot:
            pause(random.randint(*AWAY_MS))
            continue
        long = random.randrange(LONG_ONE_IN) == 0
        calls = LEASE_MS * 3 // 2 // LONG_CALL_MS if long else 1
        for call in range(calls):
            if slot.lost:
                break
            vendor.tell(f"{'begin' if call else 'first'} {lane}")
            pause(LONG_CALL_MS if long else random.randint(*CALL_MS))
            vendor.tell(f"end {lane}")
        slot.give_back()
