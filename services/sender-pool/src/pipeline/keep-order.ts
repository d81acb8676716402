import { askJetStream, type Bus, type Run, streams } from "@mio/bus";
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
  readonly bus: Pick<Bus, "jsm">;
  readonly leftBehind: Pick<LeftBehind, "isInTheWay">;
  readonly longWaits: Pick<LongWaits, "waits" | "goesOn">;
}

/** Beyond this limit the stream is asked once more. */
const maxLanes = 100_000;

/**
 * Commands of a crashed process come to another one only after the ack wait, behind commands that were published later.
 * And while an account moves from one process to another, both have some of its commands. So the pool asks the stream,
 * which keeps a command until it is finished, whether there is an earlier one.
 *
 * It asks once for each run of deliveries. If the stream has no command of the account from before the run, all that it
 * has came to this process in order, and so does what follows in the run. Otherwise it asks for each conversation, until
 * that has no command from before the run. It asks again for redeliveries, which belong to no run, and for an edit whose
 * target is unknown.
 *
 * Commands that have ended on record, or that were left behind, are not waited for.
 */
export function createMustWait({ bus, leftBehind, longWaits }: MustWaitDeps): MustWait {
  /** Conversations whose commands all come here, with the run in which they do. */
  const inOrder = createBoundedMap<string, Run>(maxLanes);
  const isOldest = createIsOldest(bus);
  const nextIn = createNextIn(bus);

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
    const { run, command } = job;
    const { channelType, accountId, conversationId } = command;
    const lane = outboundSubject({ channelType, accountId, conversationId });
    const isInOrder =
      run !== undefined && !isFallback && (inOrder.get(lane) === run || (await isOldest(run, accountId)));
    const earlier = isInOrder ? undefined : await findEarlier(lane, job);
    if (earlier !== undefined) {
      longWaits.waits(job, earlier);
      return true;
    }
    longWaits.goesOn(job);
    if (run !== undefined) inOrder.set(lane, run);
    return false;
  };
}

/** Whether the stream has no command of an account from before a run. All commands that ask meanwhile share the answer. */
function createIsOldest({ jsm }: Pick<Bus, "jsm">) {
  const answers = new WeakMap<Run, Promise<boolean>>();
  const ask = async ({ from }: Run, accountId: string): Promise<boolean> => {
    const query = { seq: 1, next_by_subj: `mio.outbound.*.${accountId}.>` };
    const first = await askJetStream("commands", jsm.streams.getMessage(streams.outbound.name, query));
    return first === null || first.seq >= from;
  };
  return (run: Run, accountId: string): Promise<boolean> => {
    const known = answers.get(run);
    if (known !== undefined) return known;
    const answer = ask(run, accountId);
    answers.set(run, answer);
    // A later command asks again: what is in the way ends.
    const forget = (): void => void answers.delete(run);
    answer.then((isOldest) => isOldest || forget(), forget);
    return answer;
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
