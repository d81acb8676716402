import type { Clock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import { expect, it } from "vitest";
import { createForgetMessages } from "./forget-messages.ts";

const hourMs = 3_600_000;

it("removes messages beyond their retention every hour", async () => {
  const stop = new AbortController();
  const asked: unknown[] = [];
  const query = async ({ values }: { readonly values: readonly unknown[] }) => {
    asked.push(...values);
    return { rowCount: 0 };
  };
  let now = 10 * hourMs;
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async (ms) => {
      now += ms;
      if (asked.length === 2) stop.abort();
    },
  };
  const db = { query } as unknown as Db;
  const logger = createLogger({ service: "test", level: "silent" });
  await createForgetMessages({ db, clock, logger, retentionMs: hourMs }).run(stop.signal);
  expect(asked).toEqual([new Date(9 * hourMs), new Date(10 * hourMs)]);
});
