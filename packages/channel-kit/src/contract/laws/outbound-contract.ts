import { inspect } from "node:util";
import { ConversationKind, type Message, MessageRelation_Kind } from "@mio/proto";
import { describe, expect, it } from "vitest";
import type { CallContext } from "../../outbound/outbound.ts";
import { callUnderTest } from "../under-test/call-under-test.ts";
import type { PlatformRequest } from "../under-test/outbound-under-test.ts";
import { type Behaviour, playPlatform } from "../under-test/played-platform.ts";
import {
  anAnswer,
  answerTo,
  envelopeOf,
  failureOf,
  play,
  type SendingChannel,
  secretMark,
  senderAt,
} from "../under-test/playing.ts";

/** Where answers go, what errors must not contain, and that a caller can abort. */
export function outboundContract(subject: SendingChannel): void {
  describe("answers", () => {
    it.each(Object.entries(subject.outbound.answers))(
      "go back to the place and thread of %s by its envelope alone",
      async (name, where) => {
        await using platform = await play(subject);
        const message = envelopeOf(subject, name);
        const context = callUnderTest(threadOf(message));
        await platform.sender.send(answerTo(message, { text: "hello" }), context);
        expect(platform.posts()).toEqual([{ text: "hello", where }]);
      },
    );

    it("say that their conversation is where its messages said, or leave it to the external id", () => {
      const addressOf = subject.channel.conversationAddress ?? (() => "");
      for (const name of Object.keys(subject.outbound.answers)) {
        const message = envelopeOf(subject, name);
        expect(["", addressOf(message)]).toContain(addressOf(answerTo(message, { text: "hello" })));
      }
    });

    it("are tried in a thread too, exactly where there are threads", () => {
      const messages = Object.keys(subject.outbound.answers).map((name) => envelopeOf(subject, name));
      const { supportsThreads } = subject.channel.capabilities;
      expect(messages.some(isInThread), "an answer whose message lies in a thread").toBe(supportsThreads);
    });

    it("are posted with a fresh token exactly when the channel says that tokens are refreshed", async () => {
      await using platform = await play(subject);
      await platform.sender.send(anAnswer(subject), callUnderTest());
      const refreshes = platform.requests.some(({ fields }) => fields["grant_type"] === "refresh_token");
      expect(refreshes).toBe(subject.channel.capabilities.authKind === "oauth2_refresh");
    });
  });

  describe("a caller that aborts", () => {
    it("before the call: nothing is posted", async () => {
      await using platform = await play(subject);
      await failureOf(
        platform.sender.send(anAnswer(subject), callUnderTest({ signal: AbortSignal.abort() })),
      );
      expect(platform.posts()).toEqual([]);
    });

    it("running: the call ends at once, and its fate is unknown", async () => {
      const caller = new AbortController();
      await using platform = await play(subject, () => {
        caller.abort();
        return "silence";
      });
      const call = platform.sender.send(anAnswer(subject), callUnderTest({ signal: caller.signal }));
      expect(await failureOf(call)).toMatchObject({ kind: "unknown" });
      expect(platform.posts()).toHaveLength(1);
    });
  });

  describe("an error", () => {
    const statuses = [400, 401, 403, 500];
    it.each(statuses)(
      "of status %i reveals neither secrets nor text when the platform quotes them",
      async (status) => {
        await using platform = await play(subject, () => quoting(platform.requests.at(-1), status));
        const command = anAnswer(subject, { text: `private ${secretMark}` });
        const error = await failureOf(platform.sender.send(command, callUnderTest()));
        expect(everythingIn(error)).not.toContain(secretMark);
      },
    );

    it.each(statuses)(
      "of status %i reveals no secret when every call fails, that for a token included",
      async (status) => {
        await using platform = await playPlatform((request) => quoting(request, status));
        const call = senderAt(subject, platform.url).send(anAnswer(subject), callUnderTest());
        expect(everythingIn(await failureOf(call))).not.toContain(secretMark);
      },
    );
  });
}

/** Some platforms have threads as conversations, others as a relation between messages. */
function isInThread({ conversationKind, relation }: Message): boolean {
  return conversationKind === ConversationKind.THREAD || relation?.kind === MessageRelation_Kind.REPLY;
}

/** The thread root, which the ledger derives from a reply and the sender pool resolves to a platform id. */
function threadOf({ relation }: Message): Partial<CallContext> {
  if (relation?.kind !== MessageRelation_Kind.REPLY) return {};
  return { threadRootExternalId: relation.targetExternalId };
}

/** An answer that repeats the request in every field that an adapter might copy into an error. */
function quoting(request: PlatformRequest | undefined, status: number): Behaviour {
  const quoted = `${JSON.stringify(request?.headers)} ${request?.body}`;
  const fields = { ok: false, error: quoted, code: quoted, message: quoted, errors: [quoted] };
  return { status, text: JSON.stringify({ ...fields, error_description: quoted }) };
}

/** Everything a log could show of an error: message, details, stack, own fields and causes. */
function everythingIn(error: Error): string {
  return `${inspect(error, { depth: 12, showHidden: true })} ${JSON.stringify(error)}`;
}
