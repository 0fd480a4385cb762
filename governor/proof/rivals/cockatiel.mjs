// cockatiel.mjs TRIALS CALLERS: for each trial prints how many of so many callers at once a half-open
// breaker lets through to a vendor that is still down. Set as in its README.
import { setTimeout as pause } from 'node:timers/promises';

import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';

const [trials, callers] = process.argv.slice(2).map(Number);
const FAILURES = 5;
const HALF_OPEN_MS = 10_000;

let calls = 0;
const vendor = async () => {
  calls += 1;
  await pause(20);
  throw new Error('HTTP 503');
};
const breakers = Array.from({ length: trials }, () =>
  circuitBreaker(handleAll, {
    halfOpenAfter: HALF_OPEN_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  }),
);
for (let failure = 0; failure < FAILURES; failure += 1) {
  await Promise.allSettled(breakers.map((breaker) => breaker.execute(vendor)));
}
await pause(HALF_OPEN_MS);
for (const breaker of breakers) {
  calls = 0;
  await Promise.allSettled(Array.from({ length: callers }, () => breaker.execute(vendor)));
  console.log(calls);
}
