// cockatiel.mjs TRIALS CALLERS: for each trial prints how many of so many callers at once a half-open
// breaker lets through to a vendor that is still down. As in its README, but for the time until the
// breaker is half-open.
import { setTimeout as pause } from 'node:timers/promises';

import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';

const [trials, callers] = process.argv.slice(2).map(Number);
const FAILURES = 5;

for (let trial = 0; trial < trials; trial += 1) {
  let calls = 0;
  const vendor = async () => {
    calls += 1;
    await pause(20);
    throw new Error('HTTP 503');
  };
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: 50,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  for (let failure = 0; failure < FAILURES; failure += 1) {
    await breaker.execute(vendor).catch(() => undefined);
  }
  await pause(60);
  calls = 0;
  await Promise.allSettled(Array.from({ length: callers }, () => breaker.execute(vendor)));
  console.log(calls);
}
