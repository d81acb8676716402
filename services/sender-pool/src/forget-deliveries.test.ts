import type { Clock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import type { Db, DeliveryRotation } from "@mio/store";
import { expect, it } from "vitest";
import { createForgetDeliveries } from "./forget-deliveries.ts";

const hourMs = 3_600_000;

/** A database that has this many things to move. Runs one hour; returns how long the rotation keeps commands. */
async function runOnce(retentionMs: number, toMove = 0) {
  const stop = new AbortController();
  const asked: unknown[] = [];
  const rotations: DeliveryRotation[] = [];
  const query = async (statement: { readonly name: string; readonly values: unknown[] }) => {
    if (statement.name !== "delivery-rotate") return { rowCount: 0 };
    asked.push(statement.values.at(-1));
    const moved = asked.length <= toMove ? 1 : 0;
    return { rows: [{ created: 0, moved, dropped: 0, covered_until: new Date(9), is_spilled: false }] };
  };
  const sleep = async (ms: number) => {
    if (ms === hourMs) stop.abort();
  };
  const clock: Clock = { now: () => new Date(1_000 * hourMs), sleep };
  const logger = createLogger({ service: "test", level: "silent" });
  const onRotated = (rotation: DeliveryRotation) => rotations.push(rotation);
  const db = { query } as unknown as Db;
  await createForgetDeliveries({ db, clock, logger, retentionMs, onRotated }).run(stop.signal);
  return { asked, rotations };
}

it("keeps every command for a week, however short the retention is", async () => {
  expect((await runOnce(hourMs)).asked).toEqual([7 * 24 * hourMs]);
  expect((await runOnce(800 * hourMs)).asked).toEqual([800 * hourMs]);
});

it("takes steps until there is nothing to do, and reports each", async () => {
  const { asked, rotations } = await runOnce(hourMs, 2);
  expect([asked.length, rotations.map(({ moved }) => moved)]).toEqual([3, [1, 1, 0]]);
});
