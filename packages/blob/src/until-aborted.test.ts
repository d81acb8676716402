import { expect, it } from "vitest";
import { collect } from "./contract/bytes.ts";
import { untilAborted } from "./until-aborted.ts";

async function* numbers(onEnd?: () => void) {
  try {
    for (let value = 1; ; value += 1) yield value;
  } finally {
    onEnd?.();
  }
}

it("yields values and closes the source when left early", async () => {
  let isEnded = false;
  const source = numbers(() => {
    isEnded = true;
  });
  for await (const value of untilAborted(source, new AbortController().signal)) if (value === 3) break;
  expect(isEnded).toBe(true);
});

it("throws the reason while the source hangs", async () => {
  const abort = new AbortController();
  async function* hanging() {
    yield 1;
    queueMicrotask(() => abort.abort(new Error("stop")));
    await new Promise(() => {});
  }
  await expect(collect(untilAborted(hanging(), abort.signal))).rejects.toThrow("stop");
});

it("closes a source that does not hang", async () => {
  let isEnded = false;
  const source = numbers(() => {
    isEnded = true;
  });
  const abort = new AbortController();
  const values = untilAborted(source, abort.signal);
  await values.next();
  abort.abort(new Error("stop"));
  await expect(values.next()).rejects.toThrow("stop");
  expect(isEnded).toBe(true);
});
