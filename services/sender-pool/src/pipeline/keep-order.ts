import { askJetStream, type Bus, senderPoolOf, streams } from "@mio/bus";
import { outboundSubject } from "@mio/envelope";
import { type Clock, createBoundedMap } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { again, type DeliveryJob, type MustWait, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import type { StoredCommand } from "../stored/end-stored.ts";
import type { LeftBehind } from "../stored/left-behind.ts";
import type { PreparedJob } from "./prepare.ts";

/** Step 5: waits while a crashed process may have an earlier command of the conversation, which is delivered again. */
export async function keepOrder(job: PreparedJob, deps: DeliveryDeps): Promise<Next<PreparedJob> | TryEnd> {
  const mustWait = await deps.mustWait(job, job.delivery);
  return mustWait ? again(deps.policy.lookAgainMs) : next(job, {});
}

export interface MustWaitDeps {
  readonly bus: Pick<Bus, "jsm" | "onReconnect">;
  readonly leftBehind: Pick<LeftBehind, "isInTheWay">;
  readonly longWaits: Pick<LongWaits, "waits" | "goesOn">;
}

/** Beyond these limits the stream is asked once more. */
const maxLanes = 100_000;
const maxEpochs = 10_000;

/**
 * Commands of a crashed process come to another one only after the ack wait, behind commands that were published later.
 * And while an account moves from one process to another, both have some of its commands. So the pool asks the stream,
 * which keeps a command until it is finished, whether there is an earlier one.
 *
 * From the first command on that no process received before this pin epoch, all commands of a conversation come here, in
 * order. Then the pool stops asking for this conversation. It asks again after a lost connection, and for an edit whose
 * target is unknown.
 *
 * Commands that have ended on record, or that were left behind, are not waited for.
 */
export function createMustWait({ bus, leftBehind, longWaits }: MustWaitDeps): MustWait {
  const { jsm } = bus;
  /** Conversations whose commands all come here, with the pin epoch since which they do. */
  const inOrder = createBoundedMap<string, string>(maxLanes);
  /** The last sequence delivered when a pin epoch was first seen, by pin epoch. */
  const boundaries = createBoundedMap<string, Promise<number>>(maxEpochs);
  bus.onReconnect(() => {
    inOrder.clear();
    boundaries.clear();
  });
  const nextIn = createNextIn(bus);

  const deliveredBefore = (pinEpoch: string, accountId: string): Promise<number> => {
    const known = boundaries.get(pinEpoch);
    if (known !== undefined) return known;
    const { stream, durable } = senderPoolOf(accountId);
    const info = askJetStream("consumers", jsm.consumers.info(stream.name, durable));
    const boundary = info.then(({ delivered }) => delivered.stream_seq);
    boundaries.set(pinEpoch, boundary);
    boundary.catch(() => boundaries.delete(pinEpoch));
    return boundary;
  };

  /** The sequence of the earlier command that has to end first. */
  const findEarlier = async (lane: string, job: Parameters<MustWait>[0]): Promise<number | undefined> => {
    for (let from = 1; ; ) {
      const stored = await nextIn(lane, from);
      if (stored === undefined || stored.seq >= job.streamSequence) return undefined;
      if (await leftBehind.isInTheWay(stored, job.command.accountId, job.signal)) return stored.seq;
      from = stored.seq + 1;
    }
  };

  return async (job, { isFallback }) => {
    const { streamSequence, pinEpoch } = job;
    const { channelType, accountId, conversationId } = job.command;
    const lane = outboundSubject({ channelType, accountId, conversationId });
    if (pinEpoch !== undefined && inOrder.get(lane) === pinEpoch && !isFallback) return false;
    // Read before the stream is asked, so that it can only be too high.
    const boundary = pinEpoch === undefined ? Infinity : await deliveredBefore(pinEpoch, accountId);
    const earlier = await findEarlier(lane, job);
    if (earlier !== undefined) {
      longWaits.waits(job, earlier);
      return true;
    }
    longWaits.goesOn(job);
    if (pinEpoch !== undefined && streamSequence > boundary) inOrder.set(lane, pinEpoch);
    return false;
  };
}

/** Finds the first command of a lane at or after a sequence. Edits have the id of their target as a further token. */
function createNextIn({ jsm }: Pick<Bus, "jsm">) {
  const nextOn = async (subject: string, seq: number): Promise<StoredCommand | undefined> => {
    const query = { seq, next_by_subj: subject };
    const stored = await askJetStream("commands", jsm.streams.getMessage(streams.outbound.name, query));
    return stored ?? undefined;
  };
  return async (lane: string, seq: number): Promise<StoredCommand | undefined> => {
    const [post, edit] = await Promise.all([nextOn(lane, seq), nextOn(`${lane}.>`, seq)]);
    return post === undefined || (edit !== undefined && edit.seq < post.seq) ? edit : post;
  };
}

/** Commands that wait for an earlier one of their conversation. */
export interface LongWaits {
  /** The command found an earlier one, at this sequence of the stream. */
  waits(job: Pick<DeliveryJob, "command" | "streamSequence">, earlier: number): void;
  /** The command no longer waits. */
  goesOn(job: Pick<DeliveryJob, "streamSequence">): void;
  /** How many have waited for longer than the loss of a pool explains. */
  readonly count: number;
}

interface Wait {
  readonly since: number;
  seenAt: number;
  isLogged: boolean;
}

/** Longer than an ack wait and a lease together. */
const longMs = 60_000;
/** A command that has not asked for so long went back to the stream. */
const forgottenMs = 60_000;

/** Logs each long wait once, so that an operator sees why a conversation has stopped. */
export function createLongWaits({ clock, logger }: { clock: Pick<Clock, "now">; logger: Logger }): LongWaits {
  const all = new Map<number, Wait>();
  const forget = (now: number): void => {
    for (const [sequence, { seenAt }] of all) if (now - seenAt > forgottenMs) all.delete(sequence);
  };
  return {
    waits({ command, streamSequence }, earlier) {
      const now = clock.now().getTime();
      const wait = all.get(streamSequence) ?? { since: now, seenAt: now, isLogged: false };
      wait.seenAt = now;
      all.set(streamSequence, wait);
      if (wait.isLogged || now - wait.since < longMs) return;
      wait.isLogged = true;
      const { id: command_id, accountId: account_id, conversationId: conversation_id } = command;
      const ids = { command_id, account_id, conversation_id };
      logger.warn(
        { ...ids, sequence: streamSequence, waits_for: earlier, waited_ms: now - wait.since },
        "delivery.waits_for_earlier",
      );
    },
    goesOn: ({ streamSequence }) => void all.delete(streamSequence),
    get count() {
      const now = clock.now().getTime();
      forget(now);
      return [...all.values()].filter(({ since }) => now - since >= longMs).length;
    },
  };
}
