import type { ClaimedDelivery } from "@mio/store";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { createJob } from "../job/delivery-job.ts";
import { claimAttempt, takeOver } from "./attempt.ts";

const leaseMs = 15_000;

function aJob() {
  return createJob({
    command: aCommand(),
    storedAt: new Date(),
    deliveries: 1,
    streamSequence: 1,
    redrive: undefined,
    run: undefined,
    queuedBehind: () => [],
    signal: new AbortController().signal,
    owner: "process/mine",
  });
}

interface Found {
  readonly owner: string;
  readonly silentMs: number;
  readonly running?: readonly string[];
}

async function claimAfter({ owner, silentMs, running = ["process/mine"] }: Found) {
  const waits: number[] = [];
  const found: ClaimedDelivery = {
    kind: "interrupted",
    attempt: 3,
    startedAt: new Date(1_000),
    silentMs,
    owner,
    operation: "send",
    externalIds: ["x"],
  };
  const claim = await claimAttempt(aJob(), {
    records: { claim: async () => found, takeOver: async () => 4 },
    instance: "process",
    running: new Set(running),
    policy: { leaseMs },
    events: { waitsForOther: (_job, forMs) => void waits.push(forMs) },
  });
  return { claim, waits };
}

const open = { kind: "open", attempt: 3, operation: "send", alreadySent: ["x"] };

it("waits for another process for as long as its lease lasts", async () => {
  const { claim, waits } = await claimAfter({ owner: "other/1", silentMs: 5_000 });
  expect(claim).toEqual({ kind: "outcome", outcome: { kind: "again", afterMs: 10_000 } });
  expect(waits).toEqual([10_000]);
});

it("takes over from another process after a lease without heartbeats", async () => {
  const { claim, waits } = await claimAfter({ owner: "other/1", silentMs: leaseMs });
  expect(claim).toMatchObject(open);
  expect(waits).toEqual([]);
});

it.each([
  ["gives signs of life", 0, leaseMs],
  ["cannot give any", leaseMs + 1, 1_000],
])("waits for an attempt that is at work in this process and %s", async (_how, silentMs, afterMs) => {
  const { claim } = await claimAfter({ owner: "process/1", silentMs, running: ["process/1"] });
  expect(claim).toEqual({ kind: "outcome", outcome: { kind: "again", afterMs } });
});

it("detects at once that an attempt of this process has stopped", async () => {
  expect((await claimAfter({ owner: "process/1", silentMs: 0 })).claim).toMatchObject(open);
});

it("does not confuse another process with itself because the names begin alike", async () => {
  const { claim } = await claimAfter({ owner: "process2/1", silentMs: 0 });
  expect(claim).toMatchObject({ kind: "outcome" });
});

it("records the known ids of an attempt when it begins the next one", async () => {
  const recorded: unknown[] = [];
  const records = {
    takeOver: async (...given: readonly unknown[]) => {
      recorded.push(given.at(-1));
      return 4;
    },
  };
  const taken = await takeOver(aJob(), records, { attempt: 3, alreadySent: ["x", "y"] });
  expect(taken).toEqual({ attempt: 4, alreadySent: ["x", "y"] });
  expect(recorded).toEqual([["x", "y"]]);
});
