import type { Fleet } from "@mio/all-in-one";
import type { SimMessage } from "@mio/simulators";
import type { BusSighting, BusWatcher } from "./bus-watcher.ts";

/** What was seen at one hop, and how long after the step began. */
export interface Hop {
  readonly hop: string;
  readonly ms: number;
  readonly seen: string;
}

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly hops: readonly Hop[];
  /** What was expected and did not happen. */
  readonly error?: string;
}

export interface Stage {
  readonly fleet: Fleet;
  readonly bus: BusWatcher;
  readonly signal: AbortSignal;
}

/** Notes of a running step. */
export interface Notes {
  /** Notes a hop seen just now, or at `at` (`performance.now`). */
  hop(hop: string, seen: string, at?: number): void;
  /** Fails the step unless it holds. */
  expect(holds: boolean, otherwise: string): void;
}

export interface Step {
  readonly name: string;
  play(stage: Stage, notes: Notes): Promise<void>;
}

/** Plays one step and tells what was seen; a failed expectation ends the step, not the demo. */
export async function playStep(step: Step, stage: Stage): Promise<StepResult> {
  const began = performance.now();
  const hops: Hop[] = [];
  const since = (at: number): number => Math.round((at - began) * 10) / 10;
  const notes: Notes = {
    hop: (hop, seen, at = performance.now()) => hops.push({ hop, ms: since(at), seen }),
    expect: (holds, otherwise) => {
      if (!holds) throw new Error(otherwise);
    },
  };
  const result = (error?: string): StepResult => ({
    name: step.name,
    ok: error === undefined,
    ms: since(performance.now()),
    hops: hops.toSorted((a, b) => a.ms - b.ms),
    ...(error !== undefined && { error }),
  });
  try {
    await step.play(stage, notes);
    return result();
  } catch (error) {
    return result(error instanceof Error ? error.message : String(error));
  }
}

export const stepTimeoutMs = 15_000;

type Seen<Kind extends BusSighting["kind"]> = Extract<BusSighting, { kind: Kind }>;

/** Waits for a message of this text on the inbound and the enriched stream, and notes both. */
export async function seeInbound({ bus }: Stage, notes: Notes, text: string): Promise<Seen<"enriched">> {
  const inbound = await bus.waitFor(
    (seen): seen is Seen<"inbound"> => seen.kind === "inbound" && seen.message.text === text,
    stepTimeoutMs,
  );
  notes.hop("MESSAGES_INBOUND", `message ${inbound.message.id}`, inbound.at);
  const enriched = await bus.waitFor(
    (seen): seen is Seen<"enriched"> => seen.kind === "enriched" && seen.message.id === inbound.message.id,
    stepTimeoutMs,
  );
  notes.hop("…_ENRICHED", `${enriched.message.attachments.length} attachments`, enriched.at);
  return enriched;
}

/** Waits for the bot's answer in the chat: one post that reads "thinking…" first and the answer after its edit. */
export async function seeAnswer(stage: Stage, notes: Notes, answer: string): Promise<SimMessage> {
  const { fleet, bus, signal } = stage;
  const posted = await fleet.cliq.waitForMessage(
    (message) => message.author.kind === "bot" && message.text === answer,
    {
      timeoutMs: stepTimeoutMs,
      signal,
    },
  );
  const [first, ...edits] = posted.revisions;
  const clock = performance.now() - Date.now();
  if (first !== undefined) notes.hop("platform: post", first.text, first.at.getTime() + clock);
  for (const edit of edits) notes.hop("platform: edit", edit.text, edit.at.getTime() + clock);
  notes.expect(first?.text === "thinking…" && edits.length === 1, "the answer is not one post with one edit");
  const receipt = await bus.waitFor(
    (seen): seen is Seen<"receipt"> =>
      seen.kind === "receipt" && seen.receipt.externalIds.includes(posted.restId),
    stepTimeoutMs,
  );
  notes.hop("MESSAGES_RECEIPTS", `command ${receipt.receipt.commandId} sent`, receipt.at);
  return posted;
}
