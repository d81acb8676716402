import { createVirtualClock } from "@mio/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SentCommand } from "../commands/send.ts";
import { isBlank } from "./cut-text.ts";
import { streamAnswer } from "./stream-answer.ts";

interface Story {
  readonly text: string;
  readonly cuts: readonly number[];
  readonly pauses: readonly number[];
  readonly callMs: readonly number[];
  readonly maxChars: number;
  readonly maxMs: number;
}

const words = fc.constantFrom("a", "word ", " ", "\n", "\n\n", "End. ", "```\n", "😀", "- item\n", "\u00a0");
const story: fc.Arbitrary<Story> = fc.record({
  text: fc.array(words, { maxLength: 60 }).map((pieces) => pieces.join("")),
  cuts: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 30 }),
  pauses: fc.array(fc.constantFrom(0, 0, 5, 300, 2_000, 10_000), { minLength: 1, maxLength: 8 }),
  callMs: fc.array(fc.constantFrom(0, 1, 100, 3_000), { minLength: 1, maxLength: 5 }),
  maxChars: fc.integer({ min: 2, max: 60 }),
  maxMs: fc.constantFrom(1, 900, 5_000, 1_000_000),
});

it("joins its messages to the text of the source, with any timing", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (played) => {
      const { finals, shown, answer } = await play(played);
      expect(answer.text).toBe(played.text);
      for (const text of shown) expect(text.length).toBeLessThanOrEqual(played.maxChars);
      for (const text of shown) expect(isBlank(text)).toBe(false);
      expect(withoutSpace(finals.join(""))).toBe(withoutSpace(played.text));
      if (!isSparse(played) && !isBlank(played.text)) expect(finals.join("")).toBe(played.text);
    }),
    { numRuns: 200 },
  );
});

/** Whether white space before and after a character may leave no room for both in its message. */
function isSparse({ text, maxChars }: Story): boolean {
  return [...text.matchAll(/\s+/g)].some(([run]) => 2 * run.length > maxChars - 2);
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s/g, "");
}

async function play(played: Story) {
  const clock = createVirtualClock();
  const chat = new Map<string, string>();
  const shown: string[] = [];
  let underWay = 0;
  const call = async (id: string, text: string): Promise<SentCommand> => {
    underWay += 1;
    expect(underWay).toBe(1);
    await clock.sleep(played.callMs[shown.length % played.callMs.length] ?? 0);
    underWay -= 1;
    chat.set(id, text);
    shown.push(text);
    return { commandId: id } as SentCommand;
  };
  async function* source(): AsyncGenerator<string> {
    for (const [index, delta] of deltasOf(played).entries()) {
      await clock.sleep(played.pauses[index % played.pauses.length] ?? 0);
      yield delta;
    }
  }
  const { maxChars, maxMs } = played;
  const streaming = streamAnswer(source(), {
    outlet: {
      post: (text, index) => call(`${index}`, text),
      edit: (sent, text) => call(sent.commandId, text),
    },
    clock,
    limits: { everyMs: 700, maxChars, maxMs, interruptedMark: "!" },
    signal: new AbortController().signal,
  });
  const answer = await clock.run(streaming);
  return { answer, shown, finals: answer.sent.map(({ commandId }) => chat.get(commandId) ?? "") };
}

function deltasOf({ text, cuts }: Story): readonly string[] {
  const places = [...cuts].sort((one, other) => one - other);
  return [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
}
