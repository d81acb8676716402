import { type SendCommand, SendCommand_Stage as Stage } from "@mio/proto";

/** Who goes first when a platform allows only so many calls. */
export type Rank = "answer" | "beginning" | "change" | "reaction";

/** What a command is to the people who wait: an answer, a sign that one is coming, a change of it, or a reaction. */
export function rankOf(
  { stage }: Pick<SendCommand, "stage">,
  operation: "send" | "edit" | "delete" | "reaction",
): Rank {
  if (operation === "reaction") return "reaction";
  if (stage === Stage.FINAL) return "answer";
  if (operation !== "send") return "change";
  return stage === Stage.UNSPECIFIED ? "answer" : "beginning";
}

/**
 * How much younger a command of the first rank may be and still go first, ms. Being a matter of time, it lets nobody
 * wait for ever.
 */
const handicapMs: Readonly<Record<Rank, number>> = {
  answer: 0,
  beginning: 3_000,
  change: 10_000,
  reaction: 20_000,
};

/** The place in the queue: the lowest goes first. */
export function placeOf(rank: Rank, askedAt: number): number {
  return askedAt + handicapMs[rank];
}
