import { type Message, MessageRelation_Kind } from "@mio/proto";
import { describe, expect, it } from "vitest";
import type { ChannelUnderTest } from "./channel-under-test.ts";
import { envelopeOf } from "./playing.ts";

/** A change of a message that was there before. */
export type Change = "edit" | "delete" | "reaction";

const changes: readonly Change[] = ["edit", "delete", "reaction"];
const kinds: Readonly<Record<Change, MessageRelation_Kind>> = {
  edit: MessageRelation_Kind.EDIT,
  delete: MessageRelation_Kind.DELETE,
  reaction: MessageRelation_Kind.REACTION,
};

/** An edit, a deletion and a reaction are events of their own that point at the message they are about. */
export function changeContract(subject: ChannelUnderTest): void {
  const envelopes = Object.keys(subject.samples.messages).map((name) => envelopeOf(subject, name));

  describe.each(changes)("a change by %s", (change) => {
    const events = envelopes.filter((message) => changeOf(message) === change);

    it("is among the samples exactly when the platform tells of it", () => {
      expect(events.length > 0).toBe(subject.changes.includes(change));
    });

    it.runIf(events.length > 0)("has an id of its own and names its target by the target's own id", () => {
      for (const event of events) expect(targetOf(event)).not.toBe("");
      for (const event of events) expect(targetOf(event)).not.toBe(event.sourceMessageId);
      const pairs = events.filter((event) => envelopes.some((message) => isTarget(message, event)));
      expect(pairs, "one of the samples is the message that another one changes").not.toEqual([]);
    });
  });
}

function changeOf({ relation }: Message): Change | undefined {
  return changes.find((change) => kinds[change] === relation?.kind);
}

function targetOf({ relation }: Message): string {
  return relation?.targetExternalId ?? "";
}

function isTarget(message: Message, event: Message): boolean {
  const isOfTheSame = message.conversationExternalId === event.conversationExternalId;
  return isOfTheSame && changeOf(message) === undefined && message.sourceMessageId === targetOf(event);
}
