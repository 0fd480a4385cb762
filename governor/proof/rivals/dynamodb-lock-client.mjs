// `FailOpen` locks, as many for a lane as it has slots: a writer tries one after the other until it
// has one. A lock that is held is waited for as long as its lease, and then taken if nothing of it
// has changed: the client has no way to try and go on at once. Heartbeats as in its README, three to
// a lease. With `trustLocalTime`, which shortens the wait, where clocks are right.
import locks from "dynamodb-lock-client";

import { contend, credentials, nameOf, region, settings } from "./contender.mjs";

// It would say at every start that nobody maintains it any more; the lock client needs it.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const { default: AWS } = await import("aws-sdk");

const PATIENT_TRIES = 1_000_000;

const dynamodb = new AWS.DynamoDB.DocumentClient({
  endpoint: settings.endpoint,
  region,
  ...credentials,
});
const client = (retryCount) =>
  new locks.FailOpen({
    dynamodb,
    lockTable: "distributed-locks-store",
    partitionKey: "id",
    heartbeatPeriodMs: settings.leaseMs * 0.3,
    leaseDurationMs: settings.leaseMs,
    trustLocalTime: !settings.vendor,
    retryCount,
  });
const [impatient, patient] = [client(0), client(PATIENT_TRIES)];

const acquire = (of, id) =>
  new Promise((resolve, reject) => {
    of.acquireLock(id, (error, lock) => {
      if (error?.code === "FailedToAcquireLock") resolve(undefined);
      else if (error) reject(error);
      else resolve(slotOf(lock));
    });
  });

function slotOf(lock) {
  const slot = {
    lost: false,
    giveBack: () =>
      new Promise((resolve, reject) =>
        lock.release((error) => (error ? reject(error) : resolve())),
      ),
  };
  lock.on("error", () => {
    slot.lost = true;
  });
  return slot;
}

await contend({
  name: nameOf("dynamodb-lock-client"),
  take: async (lane, limit, how) => {
    if (how.patient) return acquire(patient, `${lane}.0`);
    const first = settings.start === "own" ? how.writer : Math.floor(Math.random() * limit);
    for (let tried = 0; tried < limit; tried += 1) {
      const slot = await acquire(impatient, `${lane}.${(first + tried) % limit}`);
      if (slot) return slot;
    }
    return undefined;
  },
});
