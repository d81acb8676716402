import { MioError } from "@mio/failure";
import { createVirtualClock, type VirtualClock } from "@mio/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { SentCommand } from "../commands/send.ts";
import type { StreamOutlet } from "./message-writer.ts";
import { type StreamedAnswer, streamAnswer } from "./stream-answer.ts";
import type { StreamLimits } from "./stream-settings.ts";

interface Call {
  readonly at: number;
  readonly what: string;
  readonly text: string;
}

type Delta = readonly [pauseMs: number, text: string];

describe("streamAnswer", () => {
  let clock: VirtualClock;
  let calls: Call[];
  let callMs: number;
  let stop: AbortController;
  /** What a call throws; the test decides by looking at it. */
  let failure: (call: Call) => unknown;

  beforeEach(() => {
    clock = createVirtualClock();
    calls = [];
    callMs = 0;
    stop = new AbortController();
    failure = () => undefined;
  });

  async function call(what: string, text: string): Promise<void> {
    const made = { at: clock.now(), what, text };
    calls.push(made);
    await clock.sleep(callMs);
    const error = failure(made);
    if (error !== undefined) throw error;
  }

  const outlet: StreamOutlet = {
    post: async (text, index) => {
      await call(`post ${index}`, text);
      return { commandId: `${index}` } as SentCommand;
    },
    edit: async (sent, text, stage) => {
      await call(`${stage} ${sent.commandId}`, text);
      return { commandId: `${stage} ${sent.commandId}` } as SentCommand;
    },
  };

  async function* sourceOf(deltas: readonly Delta[], end?: unknown): AsyncGenerator<string> {
    for (const [pauseMs, text] of deltas) {
      await clock.sleep(pauseMs);
      yield text;
    }
    if (end !== undefined) throw end;
  }

  function stream(
    source: AsyncIterable<string>,
    limits: Partial<StreamLimits> = {},
  ): Promise<StreamedAnswer> {
    const defaults = { everyMs: 700, maxChars: 3_500, maxMs: 240_000, interruptedMark: "(cut)" };
    const init = { outlet, clock, limits: { ...defaults, ...limits }, signal: stop.signal };
    return clock.run(streamAnswer(source, init));
  }

  const shown = () => calls.map(({ at, what, text }) => [at, what, text]);

  it("posts the first text at once, then all of it at its pace, and the last word when it ends", async () => {
    const answer = await stream(
      sourceOf([
        [100, "a"],
        [100, "b"],
        [100, "c"],
        [600, "d"],
        [100, "e"],
      ]),
    );
    expect(shown()).toEqual([
      [100, "post 1", "a"],
      [800, "partial 1", "abc"],
      [1_000, "final 1", "abcde"],
    ]);
    expect(answer).toMatchObject({
      text: "abcde",
      sent: [{ commandId: "1" }],
      finals: [{ commandId: "final 1" }],
    });
  });

  it("makes one call at a time and shows the newest text after a slow one, while reading goes on", async () => {
    callMs = 2_050;
    const deltas = Array.from({ length: 40 }, (): Delta => [100, "x"]);
    await stream(sourceOf(deltas));
    expect(calls.map(({ at, text }) => [at, text.length])).toEqual([
      [100, 1],
      [2_850, 28],
      [4_900, 40],
    ]);
  });

  it("waits for something visible, and says when there was nothing", async () => {
    expect(
      await stream(
        sourceOf([
          [0, ""],
          [10, "  "],
          [10, "\n"],
        ]),
      ),
    ).toEqual({ sent: [], finals: [], text: "  \n" });
    expect(await stream(sourceOf([]))).toEqual({ sent: [], finals: [], text: "" });
    expect(calls).toEqual([]);
    await stream(
      sourceOf([
        [0, "\n"],
        [10, "a"],
      ]),
    );
    expect(calls.map(({ text }) => text)).toEqual(["\na", "\na"]);
  });

  it("goes on in another message when one is full", async () => {
    await stream(
      sourceOf([
        [0, "one two "],
        [100, "three four"],
        [1_000, " five"],
      ]),
      { maxChars: 14 },
    );
    expect(shown()).toEqual([
      [0, "post 1", "one two "],
      [700, "final 1", "one two three "],
      [700, "post 2", "four"],
      [1_100, "final 2", "four five"],
    ]);
  });

  it("splits a text that comes at once into several messages", async () => {
    const answer = await stream(sourceOf([[0, "one two three four five six"]]), { maxChars: 10 });
    expect(calls.map(({ what }) => what)).toEqual(
      [1, 2, 3, 4].flatMap((index) => [`post ${index}`, `final ${index}`]),
    );
    expect(answer.sent).toHaveLength(4);
    expect(calls.filter(({ what }) => what.startsWith("final")).map(({ text }) => text)).toEqual([
      "one two ",
      "three ",
      "four five ",
      "six",
    ]);
  });

  it("continues a code block in the next message", async () => {
    const line = "const x = 1;\n";
    const text = `\`\`\`\n${line.repeat(3)}\`\`\`\nAnd then one. Two three four five`;
    await stream(sourceOf([[0, text]]), { maxChars: 40 });
    const finals = calls.filter(({ what }) => what.startsWith("final"));
    expect(finals.map((final) => final.text)).toEqual([
      `\`\`\`\n${line.repeat(2)}`,
      `${line}\`\`\`\nAnd then one. `,
      "Two three four five",
    ]);
  });

  it("ends a message that has grown long enough after a word, and goes on in another", async () => {
    const deltas: readonly Delta[] = [
      [0, "one t"],
      [4_900, "wo thr"],
      [200, "ee"],
      [800, "."],
    ];
    await stream(sourceOf(deltas), { maxMs: 5_000 });
    expect(shown()).toEqual([
      [0, "post 1", "one t"],
      [4_900, "partial 1", "one two thr"],
      [5_600, "final 1", "one two "],
      [5_600, "post 2", "three"],
      [5_900, "final 2", "three."],
    ]);
  });

  it("ends a message whose source has gone silent as it is, and shows nothing until there is more", async () => {
    await stream(
      sourceOf([
        [0, "one t"],
        [400_000, "wo"],
      ]),
      { maxMs: 240_000 },
    );
    expect(shown()).toEqual([
      [0, "post 1", "one t"],
      [240_000, "final 1", "one t"],
      [400_000, "post 2", "wo"],
      [400_000, "final 2", "wo"],
    ]);
  });

  it("makes no message of white space that comes after an ended one", async () => {
    const answer = await stream(
      sourceOf([
        [0, "one"],
        [400_000, "\n"],
      ]),
    );
    expect(shown().at(-1)).toEqual([400_000, "final 1", "one\n"]);
    expect(answer).toMatchObject({ sent: [{ commandId: "1" }], finals: [{ commandId: "final 1" }] });
  });

  it("shows half a character only when it is whole", async () => {
    const [first = "", second = ""] = "😀".split("");
    await stream(
      sourceOf([
        [0, `a${first}`],
        [1_000, `${second}b`],
        [1_000, "c"],
      ]),
    );
    expect(calls.map(({ text }) => text)).toEqual(["a", "a😀b", "a😀bc"]);
  });

  it("marks the text of a source that throws, and throws that", async () => {
    const broken = new Error("model overloaded");
    await expect(stream(sourceOf([[0, "so far"]], broken))).rejects.toBe(broken);
    expect(shown().at(-1)).toEqual([0, "final 1", "so far(cut)"]);
  });

  it("has nothing to mark when the source throws before it gave text", async () => {
    await expect(stream(sourceOf([[0, " "]], new Error("no")))).rejects.toThrow("no");
    expect(calls).toEqual([]);
  });

  it("marks the last message when the source throws after its end", async () => {
    const silent = async function* () {
      yield "one";
      await clock.sleep(400_000);
      throw new Error("gone");
    };
    await expect(stream(silent())).rejects.toThrow("gone");
    expect(shown().at(-1)).toEqual([400_000, "final 1", "one(cut)"]);
  });

  it("marks the text so far when it is aborted, and does not wait for the source", async () => {
    const forever = async function* () {
      yield "so far";
      await new Promise(() => {});
    };
    void clock.sleep(1_000).then(() => stop.abort());
    await expect(stream(forever())).rejects.toMatchObject({ code: "sdk.aborted", retry: "soon" });
    expect(shown().at(-1)).toEqual([1_000, "final 1", "so far(cut)"]);
  });

  it("reads nothing when it was aborted before", async () => {
    stop.abort();
    await expect(stream(sourceOf([[0, "a"]]))).rejects.toMatchObject({ code: "sdk.aborted" });
    expect(calls).toEqual([]);
  });

  it("goes on after an edit that could not be stored for now", async () => {
    failure = ({ what, text }) =>
      what === "partial 1" && text === "ab"
        ? new MioError("sdk.publish_timeout", "x", { retry: "soon" })
        : undefined;
    await stream(
      sourceOf([
        [0, "a"],
        [100, "b"],
        [1_000, "c"],
        [1_000, "d"],
      ]),
    );
    expect(calls.map(({ text }) => text)).toEqual(["a", "ab", "abc", "abcd"]);
  });

  it.each(["post 1", "partial 1", "final 1"])(
    "releases the source when %s can never be stored",
    async (what) => {
      const refusal = new MioError("sdk.publish_refused", "full");
      failure = (made) => (made.what === what ? refusal : undefined);
      let isReleased = false;
      const source = async function* () {
        try {
          for (;;) {
            yield "a";
            await clock.sleep(500);
            if (what === "final 1" && clock.now() > 3_000) return;
          }
        } finally {
          isReleased = true;
        }
      };
      await expect(stream(source())).rejects.toBe(refusal);
      await clock.run(clock.sleep(1_000));
      expect(isReleased).toBe(true);
    },
  );
});
