import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { nameOf } from "./accounting.ts";
import type { Fleet } from "./fleet.ts";
import type { Service } from "./service.ts";

/** The parts that can be killed between acceptance of an event and its acknowledgement by a consumer. */
export type Part = "gateway" | "media-vault" | "nats" | "postgres";

/** The promise: an event answered 200 must arrive, whichever parts were down. */
export interface Model {
  readonly down: Set<Part>;
  /** Parts that were down at any time. */
  readonly died: Set<Part>;
  /** Message ids by event name, for the platform's retries. */
  readonly attempted: Map<string, string>;
  readonly promised: Set<string>;
}

/** The fleet under test. */
export interface World {
  readonly fleet: Fleet;
  readonly vault: Service;
  /** Returns a number that no other run has used. */
  readonly next: () => number;
}

export type Step = fc.AsyncCommand<Model, World, true>;

export function newModel(): Model {
  return { down: new Set(), died: new Set(), attempted: new Map(), promised: new Set() };
}

/** People type in a room; optionally a part is killed after some milliseconds, at an arbitrary point. */
export function say(
  room: string,
  count: number,
  death?: { readonly part: Part; readonly afterMs: number },
): Step {
  return {
    check: async ({ down }) => death === undefined || !down.has(death.part),
    async run(model, world) {
      const names = Array.from({ length: count }, () => nameOf(room, world.next()));
      const said = Promise.all(names.map((name) => deliver(name, room, { model, world })));
      if (death !== undefined) {
        await sleep(death.afterMs);
        await kill(death.part, { model, world });
      }
      await said;
    },
    toString: () =>
      `say(${room}, ${count}${death ? `, ${death.part} is killed after ${death.afterMs} ms` : ""})`,
  };
}

/** The platform delivers an event again, whether or not its answer was lost. */
export function deliverAgain(choice: number): Step {
  return {
    check: async ({ attempted }) => attempted.size > 0,
    async run(model, { fleet }) {
      const all = [...model.attempted];
      const [name = "", messageId = ""] = all[choice % all.length] ?? [];
      const [delivery] = await fleet.cliq.redeliver(messageId);
      if (delivery?.status === 200) model.promised.add(name);
    },
    toString: () => `deliverAgain(${choice})`,
  };
}

export function die(part: Part): Step {
  return {
    check: async ({ down }) => !down.has(part),
    async run(model, world) {
      await kill(part, { model, world });
    },
    toString: () => `die(${part})`,
  };
}

export function comeBack(part: Part): Step {
  return {
    check: async ({ down }) => down.has(part),
    async run(model, world) {
      // A service without its servers does not become ready.
      for (const needed of needs[part]) if (model.down.has(needed)) await start(needed, model, world);
      await start(part, model, world);
    },
    toString: () => `comeBack(${part})`,
  };
}

/** Starts everything that is down, dependencies first. */
export async function restartAll(model: Model, world: World): Promise<void> {
  for (const part of inOrder) if (model.down.has(part)) await start(part, model, world);
}

const inOrder: readonly Part[] = ["postgres", "nats", "gateway", "media-vault"];
const needs: Readonly<Record<Part, readonly Part[]>> = {
  postgres: [],
  nats: [],
  gateway: ["postgres", "nats"],
  "media-vault": ["postgres", "nats"],
};

const parts = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Part>("gateway") },
  { weight: 2, arbitrary: fc.constantFrom<Part>("nats", "postgres") },
  // Its unacknowledged messages come again only after its ack wait.
  { weight: 1, arbitrary: fc.constant<Part>("media-vault") },
);
const death = fc.record({ part: parts, afterMs: fc.nat({ max: 40 }) });
const rooms = fc.constantFrom("room-0", "room-1", "room-2");

/** Arbitrary sequences of steps. */
export const courses: fc.Arbitrary<Iterable<Step>> = fc.commands(
  [
    fc.tuple(rooms, fc.integer({ min: 1, max: 6 })).map(([room, count]) => say(room, count)),
    fc.tuple(rooms, fc.integer({ min: 2, max: 6 }), death).map(([room, count, how]) => say(room, count, how)),
    fc.nat().map(deliverAgain),
    parts.map(die),
    parts.map(comeBack),
  ],
  { maxCommands: 16, size: "max" },
);

interface Around {
  readonly model: Model;
  readonly world: World;
}

async function deliver(name: string, room: string, { model, world }: Around): Promise<void> {
  const { messageId, deliveries } = await world.fleet.cliq.say({ chat: room, user: "Alice", text: name });
  model.attempted.set(name, messageId);
  if (deliveries.some(({ status }) => status === 200)) model.promised.add(name);
}

async function kill(part: Part, { model, world: { fleet, vault } }: Around): Promise<void> {
  model.down.add(part);
  model.died.add(part);
  switch (part) {
    case "gateway":
      return fleet.gateway.process.kill();
    case "media-vault":
      return vault.process.kill();
    case "nats":
      return fleet.nats.kill();
    case "postgres":
      return fleet.postgres?.kill();
  }
}

async function start(part: Part, model: Model, { fleet, vault }: World): Promise<void> {
  switch (part) {
    case "gateway":
      await fleet.gateway.process.start();
      break;
    case "media-vault":
      await vault.process.start();
      break;
    case "nats":
      await fleet.nats.restart();
      break;
    case "postgres":
      await fleet.postgres?.restart();
      break;
  }
  model.down.delete(part);
}
