// `RateLimiterDynamo` as a bound: a point for each slot, consumed by whoever takes it and rewarded by
// whoever gives it back. A consumption that is rejected has been counted all the same, so it is
// rewarded too. The duration is the lease: without one, a slot whose holder dies is lost for ever.
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import limiters from "rate-limiter-flexible";

import { contend, credentials, nameOf, region, settings } from "./contender.mjs";

const storeClient = new DynamoDB({ endpoint: settings.endpoint, region, credentials });
const limiter = new limiters.RateLimiterDynamo({
  storeClient,
  points: settings.limit,
  duration: settings.leaseMs / 1000,
  tableName: "node-rate-limiter-flexible",
  tableCreated: true,
  ttlSet: true,
});

await contend({
  name: nameOf("rate-limiter-flexible"),
  take: async (lane) => {
    const giveBack = () => limiter.reward(String(lane), 1);
    try {
      await limiter.consume(String(lane), 1);
      return { giveBack };
    } catch (rejected) {
      if (rejected instanceof Error) throw rejected;
      await giveBack();
      return undefined;
    }
  },
});
