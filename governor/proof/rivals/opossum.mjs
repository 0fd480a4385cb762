// opossum.mjs TRIALS CALLERS: for each trial prints how many of so many callers at once a half-open
// breaker lets through to a vendor that is still down. Everything is the default, but for the time
// until the breaker is half-open.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import CircuitBreaker from 'opossum';

const [trials, callers] = process.argv.slice(2).map(Number);

for (let trial = 0; trial < trials; trial += 1) {
  let calls = 0;
  const vendor = async () => {
    calls += 1;
    await pause(20);
    throw new Error('HTTP 503');
  };
  const breaker = new CircuitBreaker(vendor, { resetTimeout: 50 });
  const halfOpen = once(breaker, 'halfOpen');
  await breaker.fire().catch(() => undefined);
  await Promise.all([halfOpen, pause(60)]);
  calls = 0;
  await Promise.allSettled(Array.from({ length: callers }, () => breaker.fire()));
  breaker.shutdown();
  console.log(calls);
}
