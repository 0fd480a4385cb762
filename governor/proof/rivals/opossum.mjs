// opossum.mjs TRIALS CALLERS: for each trial prints how many of so many callers at once a half-open
// breaker lets through to a vendor that is still down. Everything is the default.
import { setTimeout as pause } from 'node:timers/promises';

import CircuitBreaker from 'opossum';

const [trials, callers] = process.argv.slice(2).map(Number);
// Half-open after thirty seconds, and a little for the timers of all.
const HALF_OPEN_MS = 32_000;

let calls = 0;
const vendor = async () => {
  calls += 1;
  await pause(20);
  throw new Error('HTTP 503');
};
const breakers = Array.from({ length: trials }, () => new CircuitBreaker(vendor));
await Promise.allSettled(breakers.map((breaker) => breaker.fire()));
await pause(HALF_OPEN_MS);
for (const breaker of breakers) {
  calls = 0;
  await Promise.allSettled(Array.from({ length: callers }, () => breaker.fire()));
  breaker.shutdown();
  console.log(calls);
}
