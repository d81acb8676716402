import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { describe, expect, it } from "vitest";
import type { DeliveryError } from "../../outbound/delivery-error.ts";
import type { Sender, Sent } from "../../outbound/outbound.ts";
import type { ScriptedAnswer } from "../scripted-http.ts";
import { callUnderTest } from "../under-test/call-under-test.ts";
import type { PlatformRequest } from "../under-test/outbound-under-test.ts";
import { type Behaviour, nowhere, playPlatform } from "../under-test/played-platform.ts";
import { anAnswer, failureOf, play, type SendingChannel, senderAt } from "../under-test/playing.ts";

/** The suite's Retry-After, in seconds; not the default of any adapter. */
const askedSeconds = 37;

/** The fate of a call must be reported truthfully, because the caller decides by it whether to try again. */
export function failureContract(subject: SendingChannel): void {
  describe("a post that fails", () => {
    it.each(Object.entries(subject.outbound.failures))(
      "%s has the right fate",
      async (_, [answer, kind, reason]) => {
        expect(await refused(subject, answer)).toMatchObject({ kind, reason });
      },
    );

    it.each([500, 502, 503, 504])("with status %i is never given up for good", async (status) => {
      const error = await refused(subject, { status, text: "<html>oops</html>" });
      expect(error.kind).not.toBe("permanent");
      expect(error.reason).toBe("platform_down");
    });

    it("because it came too soon waits exactly as long as Retry-After asks", async () => {
      const headers = { "retry-after": String(askedSeconds) };
      const error = await refused(subject, { status: 429, headers });
      expect(error).toMatchObject({
        kind: "throttled",
        reason: "throttled",
        retry: { afterMs: askedSeconds * 1000 },
      });
    });

    it("because the connection broke after the request has an unknown fate", async () => {
      await using platform = await play(subject, () => "break");
      const error = await failureOf(platform.sender.send(anAnswer(subject), callUnderTest()));
      expect(error).toMatchObject({ kind: "unknown", reason: "network" });
      expect(platform.posts(), "a second try could post twice").toHaveLength(1);
    });

    it("because the platform is down was not made and may be retried", async () => {
      const sender = senderAt(subject, await nowhere());
      const error = await failureOf(sender.send(anAnswer(subject), callUnderTest()));
      expect(error).toMatchObject({ kind: "transient", reason: "network" });
    });

    it("is never repeated by the adapter itself", async () => {
      await using platform = await play(subject, () => ({ status: 503 }));
      await failureOf(platform.sender.send(anAnswer(subject), callUnderTest()));
      expect(platform.posts()).toHaveLength(1);
    });
  });

  const changes = changesOf(subject);
  describe.runIf(changes.length > 0).each(changes)("%s of a message that fails", (_, change) => {
    it.each([500, 502, 503, 504])("with status %i is never given up for good", async (status) => {
      expect((await refusedChange(subject, change, { status })).error.kind).not.toBe("permanent");
    });

    it("because it came too soon waits exactly as long as Retry-After asks", async () => {
      const headers = { "retry-after": String(askedSeconds) };
      const { error } = await refusedChange(subject, change, { status: 429, headers });
      expect(error).toMatchObject({ kind: "throttled", retry: { afterMs: askedSeconds * 1000 } });
    });

    it("because the connection broke is never given up for good", async () => {
      expect((await refusedChange(subject, change, "break")).error.kind).not.toBe("permanent");
    });

    it("is never repeated by the adapter itself", async () => {
      const { requests } = await refusedChange(subject, change, { status: 503 });
      expect(requests).toBe(1);
    });
  });

  describe("an answer of success that cannot be read", () => {
    it.each(["", "<html>", "[]", "{", '{"ok":"maybe"}'])(
      "%j is never taken for a post that was not made",
      async (text) => {
        await using platform = await play(subject, () => ({ status: 200, text }));
        const outcome = await platform.sender.send(anAnswer(subject), callUnderTest()).then(
          () => "sent",
          (error: unknown) => (error instanceof Error && "kind" in error ? error.kind : error),
        );
        expect(["sent", "unknown"]).toContain(outcome);
      },
    );
  });
}

async function refused(subject: SendingChannel, answer: ScriptedAnswer): Promise<DeliveryError> {
  await using platform = await play(subject, () => answer);
  return await failureOf(platform.sender.send(anAnswer(subject), callUnderTest()));
}

type ChangeCall = (sender: Sender, command: SendCommand, target: string) => Promise<Sent> | undefined;

/** The changes that the channel can make to a message. */
function changesOf({ channel }: SendingChannel): readonly (readonly [string, ChangeCall])[] {
  const { supportsEdit, supportsDelete, supportsReactions } = channel.capabilities;
  const context = callUnderTest();
  const all: readonly (readonly [boolean, string, ChangeCall])[] = [
    [supportsEdit, "an edit", (sender, command, target) => sender.edit?.(command, target, context)],
    [supportsDelete, "a removal", (sender, command, target) => sender.remove?.(command, target, context)],
    [supportsReactions, "a reaction", (sender, command, target) => sender.react?.(command, target, context)],
  ];
  return all.filter(([can]) => can).map(([, name, change]) => [name, change]);
}

/** Changes a posted message while the platform gives this answer to all calls but those for tokens. */
async function refusedChange(
  subject: SendingChannel,
  change: ChangeCall,
  behaviour: Behaviour,
): Promise<{ readonly error: DeliveryError; readonly requests: number }> {
  const { outbound } = subject;
  let isPosted = false;
  await using platform = await playPlatform((request) =>
    isPosted && !isForToken(request) ? behaviour : outbound.answer(request),
  );
  const sender = senderAt(subject, platform.url);
  const relation = { kind: MessageRelation_Kind.REACTION, reactionEmoji: "tada" };
  const { externalIds } = await sender.send(anAnswer(subject), callUnderTest());
  isPosted = true;
  const before = platform.requests.length;
  const call = change(sender, anAnswer(subject, { text: "hello", relation }), externalIds[0] ?? "");
  const error = await failureOf(call ?? Promise.resolve());
  const made = platform.requests.slice(before).filter((request) => !isForToken(request));
  return { error, requests: made.length };
}

function isForToken({ fields }: PlatformRequest): boolean {
  return "grant_type" in fields;
}
