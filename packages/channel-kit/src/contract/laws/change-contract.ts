import { type Message, MessageRelation_Kind } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { callUnderTest } from "../under-test/call-under-test.ts";
import type { Change, ChannelUnderTest } from "../under-test/channel-under-test.ts";
import { anAnswer, envelopeOf, play, type SendingChannel } from "../under-test/playing.ts";

const changes: readonly Change[] = ["edit", "delete", "reaction"];
const kinds: Readonly<Record<Change, MessageRelation_Kind>> = {
  edit: MessageRelation_Kind.EDIT,
  delete: MessageRelation_Kind.DELETE,
  reaction: MessageRelation_Kind.REACTION,
};

/** The event's id is the target's id with this suffix. From that of a deletion, Mio derives which message is gone. */
const suffixes: Readonly<Record<Change, RegExp>> = {
  edit: /^:edit:./s,
  delete: /^:delete$/,
  reaction: /^:./s,
};

/** Edits, deletions and reactions are separate events that point to their target message. */
export function changeContract(subject: ChannelUnderTest): void {
  const envelopes = Object.keys(subject.samples.messages).map((name) => envelopeOf(subject, name));

  describe.each(changes)("a change by %s", (change) => {
    const events = envelopes.filter((message) => changeOf(message) === change);

    it("is among the samples exactly when the platform reports it", () => {
      expect(events.length > 0).toBe(subject.changes.includes(change));
    });

    it.runIf(events.length > 0)("has an id of its own and names its target by the target's own id", () => {
      for (const event of events) expect(targetOf(event)).not.toBe("");
      for (const event of events) expect(targetOf(event)).not.toBe(event.sourceMessageId);
      const pairs = events.filter((event) => envelopes.some((message) => isTarget(message, event)));
      expect(pairs, "one of the samples is the message that another one changes").not.toEqual([]);
    });

    it.runIf(events.length > 0)("has an id that follows from its target's", () => {
      for (const event of events) {
        const { sourceMessageId } = event;
        expect(sourceMessageId.startsWith(targetOf(event))).toBe(true);
        expect(sourceMessageId.slice(targetOf(event).length)).toMatch(suffixes[change]);
      }
    });
  });
}

const rubbish = [
  "",
  " ",
  "no id",
  "0199c0de-0000-7000-8000-000000000001",
  "a:b",
  "1",
  "https://example.com/1",
];

/** What the ids of a target say before the platform is called. */
export function targetContract(subject: SendingChannel): void {
  const { channel, settings, outbound } = subject;
  const { editWindowSeconds, deleteWindowSeconds } = channel.capabilities;
  const opened = channel.open(settings).outbound;
  const resolves = opened?.resolveEditTarget !== undefined;

  describe("the ids of a target", () => {
    it.runIf(editWindowSeconds > 0 || deleteWindowSeconds > 0)(
      "contain its time, because there are windows",
      () => {
        expect(outbound.postedAt, "windows count from the time of the post").toBeDefined();
      },
    );

    it.runIf(outbound.postedAt !== undefined)("can be read", () => {
      expect(resolves).toBe(true);
    });

    it.runIf(resolves)("are those that a post returned, with the platform's own time", async () => {
      await using platform = await play(subject);
      const { externalIds } = await platform.sender.send(anAnswer(subject), callUnderTest());
      const [first, ...others] = externalIds;
      if (first === undefined) throw new Error("the post of the suite's platform has no id");
      const target = opened?.resolveEditTarget?.({ externalIds: [first, ...others] });
      expect(target).toMatchObject({ kind: "message", postedAt: outbound.postedAt });
      if (target?.kind !== "message") return;
      const { conversationExternalId } = anAnswer(subject);
      expect([undefined, conversationExternalId]).toContain(target.conversationExternalId);
    });

    it.runIf(resolves).each(rubbish)("are malformed when they are rubbish: %j", async (id) => {
      expect(opened?.resolveEditTarget?.({ externalIds: [id] })).toEqual({ kind: "malformed" });
      await using platform = await play(subject);
      const { externalIds } = await platform.sender.send(anAnswer(subject), callUnderTest());
      const [first = ""] = externalIds;
      expect(opened?.resolveEditTarget?.({ externalIds: [first, id] }), "beside a good one").toEqual({
        kind: "malformed",
      });
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
