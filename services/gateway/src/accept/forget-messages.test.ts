import type { Clock } from "@mio/pacing";
import type { Db, Rotation } from "@mio/store";
import { expect, it } from "vitest";
import { createForgetMessages } from "./forget-messages.ts";

const hourMs = 3_600_000;

it("drops messages beyond their retention every hour", async () => {
  const stop = new AbortController();
  const asked: unknown[] = [];
  const query = async ({ values }: { readonly values: readonly unknown[] }) => {
    asked.push(values.at(-1));
    return {
      rows: [{ created: 0, dropped: asked.length, covered_until: new Date(9), is_spilled: false }],
    };
  };
  const slept: number[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    sleep: async (ms) => {
      slept.push(ms);
      if (asked.length === 2) stop.abort();
    },
  };
  const db = { query } as unknown as Db;
  const rotations: Rotation[] = [];
  const onRotated = (rotation: Rotation) => rotations.push(rotation);
  await createForgetMessages({ db, clock, retentionMs: hourMs, onRotated }).run(stop.signal);
  expect([asked, slept]).toEqual([
    [hourMs, hourMs],
    [hourMs, hourMs],
  ]);
  expect(rotations).toEqual(
    [1, 2].map((dropped) => ({ created: 0, dropped, coveredUntil: new Date(9), isSpilled: false })),
  );
});
