import type { Clock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import { expect, it } from "vitest";
import { createForgetDeliveries } from "./forget-deliveries.ts";

const hourMs = 3_600_000;

it("keeps what has not ended for a week, however short the retention is", async () => {
  const stop = new AbortController();
  const asked: unknown[] = [];
  const query = async (statement: string | { readonly name: string; readonly values: unknown[] }) => {
    if (typeof statement !== "string" && statement.name === "delivery-purge") asked.push(statement.values);
    return { rowCount: 0 };
  };
  const now = 1_000 * hourMs;
  const clock: Clock = { now: () => new Date(now), sleep: async () => stop.abort() };
  const db = { query } as unknown as Db;
  const logger = createLogger({ service: "test", level: "silent" });
  await createForgetDeliveries({ db, clock, logger, retentionMs: hourMs }).run(stop.signal);
  expect(asked).toEqual([[new Date(now - hourMs), new Date(now - 7 * 24 * hourMs)]]);
});
