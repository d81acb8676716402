import type { Trouble } from "@mio/bus";
import { createLogger } from "@mio/service-kit";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { createKeepStoring } from "./keep-storing.ts";

interface Second {
  readonly troubles?: readonly Trouble["kind"][];
  readonly room?: boolean;
}

/** Runs one check per second and returns the seconds in which nats-server was restarted. */
async function play(seconds: readonly Second[]) {
  const stop = new AbortController();
  const logs = captureLogs();
  const restartedAt: number[] = [];
  let at = 0;
  const second = (): Second => seconds[at] ?? {};
  const worker = createKeepStoring({
    watch: {
      troubles: () =>
        new Map((second().troubles ?? []).map((kind, nth) => [`STREAM_${nth}`, { kind, reason: "test" }])),
    },
    disk: { dir: "/data", hasSpace: async () => second().room ?? true },
    nats: { restart: async () => void restartedAt.push(at) },
    clock: {
      now: () => new Date(at * 1_000),
      sleep: async () => {
        at += 1;
        if (at >= seconds.length) stop.abort();
      },
    },
    logger: createLogger({ service: "test", level: "warn", pretty: false, destination: logs.destination }),
  });
  await worker.run(stop.signal);
  return { restartedAt, logs };
}

const many = (count: number, second: Second): readonly Second[] =>
  Array.from({ length: count }, () => second);
const stuck: Second = { troubles: ["refuses", "cannot_write"] };
const full: Second = { ...stuck, room: false };

it("logs a full disk once, and restarts nats-server once space is free", async () => {
  const { restartedAt, logs } = await play([{}, ...many(5, full), stuck, {}]);
  expect(restartedAt).toEqual([6]);
  expect(logs.matching({ event: "disk.full" })).toEqual([
    expect.objectContaining({ level: "error", dir: "/data", runbook: "docs/operate/runbooks/disk-full.md" }),
  ]);
  expect(logs.matching({ event: "server.restarting" })).toEqual([
    expect.objectContaining({ streams: ["STREAM_1"] }),
  ]);
});

it("logs again when the disk is full again", async () => {
  const { logs } = await play([full, {}, full]);
  expect(logs.matching({ event: "disk.full" })).toHaveLength(2);
});

it("does not restart for problems that a restart cannot fix", async () => {
  const others: Second = { troubles: ["missing", "refuses", "unavailable"] };
  expect((await play(many(20, others))).restartedAt).toEqual([]);
});

it("waits longer after each restart without effect, and resets on success", async () => {
  const hopeless = await play(many(60, stuck));
  expect(hopeless.restartedAt).toEqual([0, 15, 45]);
  const healed = await play([stuck, ...many(16, {}), ...many(20, stuck)]);
  expect(healed.restartedAt).toEqual([0, 17, 32]);
});
