import { describe, expect, it, type TestContext } from "vitest";
import type { Sent } from "../../outbound/outbound.ts";
import { callUnderTest } from "../under-test/call-under-test.ts";
import { numberedWords, wordsOf } from "../under-test/numbered-words.ts";
import type { Posted } from "../under-test/outbound-under-test.ts";
import { anAnswer, failureOf, play, type SendingChannel } from "../under-test/playing.ts";

/** A text in parts may stop between two of them; the next attempt continues there. */
export function partsContract(subject: SendingChannel): void {
  const text = numberedWords(2 * subject.channel.capabilities.maxTextBytes + 1);

  describe("a text in parts", () => {
    it("returns the id of each part, so that all can be found, edited and removed", async ({ skip }) => {
      const { sent, posts } = await partsOf(subject, text, skip);
      expect(sent.externalIds).toHaveLength(posts.length);
    });

    it("continues after the parts that are known to exist", async ({ skip }) => {
      const { sent, posts } = await partsOf(subject, text, skip);
      await using platform = await play(subject);
      const context = callUnderTest({ attempt: 2, alreadySent: sent.externalIds.slice(0, 1) });
      const rest = await platform.sender.send(anAnswer(subject, { text }), context);
      expect(platform.posts()).toEqual(posts.slice(1));
      expect(rest.externalIds, "all parts, the first one first").toEqual(sent.externalIds);
    });

    it("that stops half way reports the parts it posted", async ({ skip }) => {
      const { sent } = await partsOf(subject, text, skip);
      await using platform = await play(subject, (request) =>
        platform.posts().length === 1 ? subject.outbound.answer(request) : { status: 400 },
      );
      const error = await failureOf(platform.sender.send(anAnswer(subject, { text }), callUnderTest()));
      expect(error.sent.externalIds).toEqual(sent.externalIds.slice(0, 1));
      expect(wordsOf(platform.posts().slice(0, 1))).not.toEqual([]);
    });
  });
}

/** Sends the text whole. Skips the test if the channel rejects such a long text. */
async function partsOf(
  subject: SendingChannel,
  text: string,
  skip: TestContext["skip"],
): Promise<{ readonly sent: Sent; readonly posts: readonly Posted[] }> {
  await using platform = await play(subject);
  const sent = await platform.sender
    .send(anAnswer(subject, { text }), callUnderTest())
    .catch(() => undefined);
  if (sent === undefined) return await skip("this channel sends no text in parts");
  return { sent, posts: platform.posts() };
}
