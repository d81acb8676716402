import { setTimeout as sleep } from "node:timers/promises";
import type { CliqSimulator, Delivery } from "@mio/simulator-zoho-cliq";
import { nameOf } from "./accounting.ts";

export interface TalkOptions {
  readonly cliq: CliqSimulator;
  /** Channels in which people talk, in turn. */
  readonly conversations: readonly string[];
  readonly perSecond: number;
  readonly count: number;
  /** Position of the first event in each conversation. Default 0. */
  readonly from?: number;
  /** How long the platform retries an event that was not answered 200. Default 60,000. */
  readonly retryForMs?: number;
}

/** People who type, and a platform that retries until it gets 200. */
export interface Talk {
  readonly attempted: ReadonlySet<string>;
  /** Answered 200. */
  readonly acked: ReadonlySet<string>;
  /** Every answer, in order; status 0 for a missing one. */
  readonly answers: readonly Delivery[];
  /** Resolves when everything was typed and every event was answered 200 or given up. */
  readonly done: Promise<void>;
}

const retryMs = 100;

/**
 * Types at a fixed rate, independent of the answers (open loop). Within a conversation events are delivered one after
 * the other, so that their order is known.
 */
export function startTalk(options: TalkOptions): Talk {
  const { cliq, conversations, perSecond, count, from = 0, retryForMs = 60_000 } = options;
  const attempted = new Set<string>();
  const acked = new Set<string>();
  const answers: Delivery[] = [];
  const lanes = new Map<string, Promise<void>>();

  const deliver = async (chat: string, name: string): Promise<void> => {
    const deadline = performance.now() + retryForMs;
    attempted.add(name);
    const { messageId, deliveries } = await cliq.say({ chat, user: "Alice", text: name });
    answers.push(...deliveries);
    let [answer] = deliveries;
    while (answer?.status !== 200 && performance.now() < deadline) {
      await sleep(retryMs);
      [answer] = await cliq.redeliver(messageId);
      if (answer !== undefined) answers.push(answer);
    }
    if (answer?.status === 200) acked.add(name);
  };
  const run = async (): Promise<void> => {
    const started = performance.now();
    for (let index = 0; index < count; index += 1) {
      await sleep(Math.max(0, started + (index * 1000) / perSecond - performance.now()));
      const chat = conversations[index % conversations.length] ?? "";
      const name = nameOf(chat, from + Math.floor(index / conversations.length));
      const before = lanes.get(chat) ?? Promise.resolve();
      lanes.set(
        chat,
        before.then(() => deliver(chat, name)),
      );
    }
    await Promise.all(lanes.values());
  };
  return { attempted, acked, answers, done: run() };
}

/** Returns channel names. */
export function channels(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `room-${index}`);
}
