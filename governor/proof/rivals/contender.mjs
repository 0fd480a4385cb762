// What every rival in JavaScript is told, and does, as the contenders in Rust do
// (governor/proof/src/bench/contender): a command a line on the standard input, and for each a line of
// JSON on the standard output.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const told = new Map(
  process.argv.slice(2).map((argument) => {
    const [, name, value] = argument.match(/^--([^=]+)=(.*)$/);
    return [name, value];
  }),
);
const number = (name) => Number(told.get(name) ?? 0);

export const settings = {
  endpoint: told.get("endpoint"),
  writers: number("writers"),
  lanes: number("lanes"),
  limit: number("limit"),
  leaseMs: number("lease-ms"),
  aheadMs: number("ahead-ms"),
  vendor: told.get("vendor"),
  start: told.get("start") ?? "any",
};

// The clock of the whole process is off.
if (settings.aheadMs !== 0) {
  const Real = Date;
  globalThis.Date = class Date extends Real {
    constructor(...when) {
      super(...(when.length === 0 ? [Real.now() + settings.aheadMs] : when));
    }
    static now() {
      return Real.now() + settings.aheadMs;
    }
  };
}

export const credentials = { accessKeyId: "flyball", secretAccessKey: "flyball" };
export const region = "us-east-1";

/** The name and version of a package that is installed beside this file. */
export function nameOf(name) {
  const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(file)).version}`;
}

// The same numbers as in contending.rs.
const CALL_MS_MIN = 5;
const CALL_MS_MORE = 45;
const LONG_ONE_IN = 1000;
const LONG_CALL_MS = 500;
const AWAY_MS_MIN = 10;
const AWAY_MS_MORE = 140;

/** Hand-overs of each pair in one answer, and for how many leases a holder holds: 1 to 2. */
const HANDED_OVER = 10;

const below = (bound) => Math.floor(Math.random() * bound);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const range = (count) => [...Array(count).keys()];

/** A connection to the vendor, which hears of the beginning and the end of each call. */
class Vendor {
  constructor(at) {
    const [host, port] = at.split(":");
    this.socket = connect({ host, port: Number(port), noDelay: true });
    this.waiting = [];
    this.socket.on("error", () => process.exit(1));
    createInterface({ input: this.socket }).on("line", () => this.waiting.shift()());
  }

  tell(line) {
    return new Promise((heard) => {
      this.waiting.push(heard);
      this.socket.write(`${line}\n`);
    });
  }
}

/**
 * Does as it is told. A bound has a name, and two functions: `take(lane, limit, {writer, patient})`
 * gives a slot, or nothing where it may not have one now; patient, it waits until it has one. A slot
 * has `giveBack()`, and `lost` once it is known to be somebody else's.
 */
export async function contend({ name, take }) {
  let slots = [];
  const commands = {
    take: async () => {
      const asked = range(settings.writers).map((writer) => take(0, settings.limit, { writer }));
      slots = (await Promise.all(asked)).filter(Boolean);
      return { granted: slots.length };
    },
    "give back": async () => {
      await Promise.all(slots.map((slot) => slot.giveBack()));
      return {};
    },
    "hand over": async () => {
      const pairs = range(settings.lanes).map((lane) => handOver(take, lane));
      return { micros: (await Promise.all(pairs)).flat() };
    },
    contend: async () => {
      for (const writer of range(settings.writers)) work(take, writer);
      return {};
    },
  };
  say({ name });
  for await (const what of createInterface({ input: process.stdin })) say(await commands[what]());
  process.exit(0);
}

async function handOver(take, lane) {
  const micros = [];
  let held = await take(lane, 1, { patient: true });
  for (const _ of range(HANDED_OVER)) {
    const waits = take(lane, 1, { patient: true });
    await pause(settings.leaseMs + below(settings.leaseMs));
    const began = process.hrtime.bigint();
    const [next] = await Promise.all([
      waits.then((slot) => {
        micros.push(Number((process.hrtime.bigint() - began) / 1000n));
        return slot;
      }),
      held.giveBack(),
    ]);
    held = next;
  }
  await held.giveBack();
  return micros;
}

async function work(take, writer) {
  const vendor = new Vendor(settings.vendor);
  for (;;) {
    const lane = below(settings.lanes);
    // Unanswered, it has started nothing, as if it had been refused.
    const slot = await take(lane, settings.limit, { writer }).catch(() => undefined);
    if (!slot) {
      await pause(AWAY_MS_MIN + below(AWAY_MS_MORE));
      continue;
    }
    const long = below(LONG_ONE_IN) === 0;
    const calls = long ? Math.floor((settings.leaseMs * 1.5) / LONG_CALL_MS) : 1;
    const callMs = long ? LONG_CALL_MS : CALL_MS_MIN + below(CALL_MS_MORE);
    for (let call = 0; call < calls && !slot.lost; call += 1) {
      await vendor.tell(`${call === 0 ? "first" : "begin"} ${lane}`);
      await pause(callMs);
      await vendor.tell(`end ${lane}`);
    }
    await slot.giveBack().catch(() => undefined);
  }
}
