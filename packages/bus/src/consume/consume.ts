import { createLanes, type LanePlace } from "@mio/jetstream";
import { systemClock } from "@mio/pacing";
import type { Worker } from "@mio/service-kit";
import type { Msg } from "@nats-io/nats-core";
import type { Bus } from "../connect/connection.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { createDecider } from "./decide.ts";
import { type Delivery, toDelivery } from "./delivery.ts";
import { arrivedAgain, type Held, toHeld, toIdentity } from "./held.ts";
import { keepAlive } from "./keep-alive.ts";
import { recall, toLetGo } from "./let-go.ts";
import { createPosition } from "./position.ts";
import { startPull } from "./pull.ts";
import { createFollowRuns } from "./runs.ts";
import { createFinish, isOver } from "./settle.ts";
import { watchSkipped } from "./skipped.ts";

/**
 * Reads a durable consumer while the worker runs, also after restarts of NATS and deletion of the consumer. This is the
 * only place where an outcome becomes an acknowledgement.
 *
 * At least once: a message is handled again if the process crashes before its outcome was confirmed.
 */
export function consume(options: ConsumeOptions): Worker {
  return { name: options.consumer.durable, run: (signal) => run(options, signal) };
}

async function run(options: ConsumeOptions, stopping: AbortSignal): Promise<void> {
  const { bus, consumer, maxInFlight, room } = options;
  const graceOver = new AbortController();
  // After the grace period, so that unfinished deliveries are still given back and need not wait for the ack wait.
  const gone = new AbortController();
  const held = new Map<string, Held>();
  const quiet = Promise.withResolvers<void>();
  const lanes = createLanes<Delivery>({ compare: (one, other) => one - other });
  const followRuns = createFollowRuns();
  const decide = createDecider(options, { stopping, graceOver: graceOver.signal });
  const { logger, acks } = options;
  const context = { bus, consumer, room, logger, acks, signal: stopping };
  const position = createPosition({
    ...context,
    onReplaced: (isPresent) => markOrphans(held, isPresent),
  });
  const open = (): Promise<void> => position.open(() => lowestOf(held));
  using skipped = watchSkipped(options);
  // Before the first message arrives, because it would hide the gap.
  await Promise.race([open().then(skipped.look), aborted(stopping)]);
  if (stopping.aborted) return;
  const settling = { ...context, stopping, certain: () => pull.settled(), signal: gone.signal };
  const { finish, takeFinished } = createFinish({ ...settling, held, quiet: quiet.promise, room }, () =>
    pull.refill(),
  );
  const work = async (item: Held, place: Parameters<typeof decide>[1]): Promise<void> => {
    const recalled = await recall(item, context);
    const settlement = recalled ?? (await decide(item, place));
    const finishing = finish(item, settlement);
    // A finished message frees its lane before the confirmation. Messages must be given back in order.
    if (!isOver(settlement)) await finishing;
  };
  const take = (msg: Msg): void => {
    const arrived = toDelivery(msg);
    if (arrived === undefined || msg.reply === undefined) return;
    const delivery = { ...arrived, run: followRuns(arrived) };
    position.saw(delivery);
    const identity = toIdentity(delivery);
    const known = held.get(identity);
    if (known?.isGivenBack === false) return void arrivedAgain(known, msg.reply);
    const key = toKey(options, delivery);
    const isSpare = key !== undefined && lanes.isBusy(key) && room?.isTight() === true;
    const item = isSpare ? toLetGo(delivery, msg.reply) : toHeld(delivery, msg.reply);
    held.set(identity, item);
    room?.take(item.delivery.payload.length);
    if (takeFinished(identity)) return void finish(item, { kind: "ack" });
    const run = (place: LanePlace<Delivery>) => work(item, { ...place, isKeyed: key !== undefined });
    lanes.add(key, { order: delivery.streamSequence, item: item.delivery, run });
  };
  const pull = startPull({
    ...context,
    free: () => freeSlots(options, held.size),
    batch: room === undefined ? maxInFlight : smallBatch,
    onMessage: take,
    repair: open,
  });
  using _alive = keepAlive(bus, held, options.heartbeatMs ?? consumer.ackWaitMs / 3);
  pull.refill();
  await aborted(stopping);
  await pull.stop();
  quiet.resolve();
  await drain(held, options.drainGraceMs ?? 10_000, graceOver);
  gone.abort();
  if (acks === "sent") await flush(bus);
}

async function drain(held: ReadonlyMap<string, Held>, graceMs: number, over: AbortController): Promise<void> {
  await waitUntilEmpty(held, graceMs);
  over.abort();
  await waitUntilEmpty(held, 500);
}

/** Acknowledgements that were only sent must arrive before the connection closes. */
async function flush(bus: Bus): Promise<void> {
  await bus.ping(AbortSignal.timeout(1_000)).catch(() => {});
}

/** With shared slots every consumer may hold this many deliveries, and requests no more at a time. */
const smallBatch = 32;

function freeSlots({ maxInFlight, room }: ConsumeOptions, held: number): number {
  const own = maxInFlight - held;
  if (room === undefined) return own;
  // Half of the difference, because a slot that it takes is no longer free for the others.
  const share = Math.floor((room.free() - held) / 2);
  return Math.min(own, Math.max(share, smallBatch - held));
}

function toKey({ orderBy }: ConsumeOptions, delivery: Delivery): string | undefined {
  try {
    return orderBy?.(delivery);
  } catch {
    // The handler has the same problem and decides about it.
    return undefined;
  }
}

function markOrphans(held: ReadonlyMap<string, Held>, isPresent: (delivery: Delivery) => boolean): void {
  for (const item of held.values()) item.isOrphan ||= !isPresent(item.delivery);
}

/** The lowest held sequence of the present stream; Infinity if none is held. */
function lowestOf(held: ReadonlyMap<string, Held>): number {
  const present = [...held.values()].filter(({ isOrphan }) => !isOrphan);
  return Math.min(...present.map(({ delivery }) => delivery.streamSequence));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function waitUntilEmpty(held: ReadonlyMap<string, Held>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (held.size > 0 && performance.now() < deadline) await systemClock.sleep(5);
}
