import { JetStreamApiError } from "@nats-io/jetstream";
import { PermissionViolationError } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import type { Session } from "../connection/session.ts";
import { ensureDurable } from "./durable.ts";
import { createProgress } from "./progress.ts";

const created = "2026-11-30T08:00:00Z";
const error = (code: number, status: number) =>
  new JetStreamApiError({ code: status, err_code: code, description: `error ${code}` });
const noConsumer = error(10_014, 404);
const noStream = error(10_059, 404);
const exists = error(10_148, 400);
const forbidden = new PermissionViolationError("Permissions Violation", "publish", "$JS.API.STREAM.INFO.X");

describe("ensureDurable", () => {
  it("uses a durable that exists as it is, and notes its floor", async () => {
    const world = aWorld({ consumers: [aConsumer(41)] });
    expect(await world.ensure()).toMatchObject({ ack_floor: { stream_seq: 41 } });
    expect(world.added).toEqual([]);
    expect(world.progress.resumeAt()).toBe(42);
  });

  it.each([
    ["all", "all"],
    ["new", "new"],
  ] as const)("creates one that never was, from %s", async (startFrom, policy) => {
    const world = aWorld({ consumers: [noConsumer], startFrom });
    await world.ensure();
    expect(world.added).toEqual([
      {
        durable_name: "agent",
        ack_policy: "explicit",
        ack_wait: 30_000_000_000,
        max_ack_pending: 1_000,
        max_deliver: -1,
        filter_subject: "mio.inbound_enriched.>",
        deliver_policy: policy,
      },
    ]);
  });

  it("creates a deleted one where it stood, although the stream rests", async () => {
    const world = aWorld({ consumers: [aConsumer(41), noConsumer], lastSeq: 41, startFrom: "new" });
    await world.ensure();
    await world.ensure();
    expect(world.added).toMatchObject([{ deliver_policy: "by_start_sequence", opt_start_seq: 42 }]);
    expect(world.replaced()).toBe(0);
  });

  it("creates one of a recreated stream at its first message, also for an agent that began with new ones", async () => {
    const world = aWorld({ consumers: [aConsumer(41), noConsumer], startFrom: "new" });
    await world.ensure();
    world.stream.created = "2026-11-30T09:00:00Z";
    await world.ensure();
    expect(world.added).toMatchObject([{ deliver_policy: "by_start_sequence", opt_start_seq: 1 }]);
    expect(world.replaced()).toBe(1);
  });

  it("notices by its last message that a restored stream has grown past it", async () => {
    const world = aWorld({ consumers: [aConsumer(41), noConsumer], lastSeq: 99, stored: 5_000 });
    await world.ensure();
    world.progress.arrived({ seq: 50, timeMs: 4_000 });
    await world.ensure();
    expect(world.asked).toEqual([50]);
    expect(world.added).toMatchObject([{ opt_start_seq: 1 }]);
    expect(world.replaced()).toBe(1);
  });

  it.each([
    ["is the one that is known", 4_000],
    ["is gone", null],
  ])("goes on where it stood when the last message %s", async (_, stored) => {
    const world = aWorld({ consumers: [aConsumer(41), noConsumer], lastSeq: 99, stored });
    await world.ensure();
    world.progress.arrived({ seq: 50, timeMs: 4_000 });
    await world.ensure();
    expect(world.added).toMatchObject([{ opt_start_seq: 42 }]);
    expect(world.replaced()).toBe(0);
  });

  it("reads one that another process created meanwhile", async () => {
    const world = aWorld({ consumers: [noConsumer, aConsumer(7)], add: exists });
    expect(await world.ensure()).toMatchObject({ ack_floor: { stream_seq: 7 } });
  });

  it("throws what else the server says to its creation", async () => {
    const world = aWorld({ consumers: [noConsumer], add: error(10_023, 503) });
    await expect(world.ensure()).rejects.toThrow("error 10023");
  });

  it.each(["stream", "consumers"] as const)("says that the stream is missing, by its %s", async (where) => {
    const world = aWorld(where === "stream" ? { info: noStream } : { consumers: [noStream] });
    await expect(world.ensure()).rejects.toMatchObject({ code: "sdk.no_stream", retry: "soon" });
  });

  it("throws when the server does not answer about stream or consumer", async () => {
    await expect(aWorld({ info: new Error("timeout") }).ensure()).rejects.toThrow("timeout");
    await expect(aWorld({ consumers: [error(10_008, 503)] }).ensure()).rejects.toThrow("error 10008");
  });

  it("does without a look at the stream where the agent may not look", async () => {
    const world = aWorld({ info: forbidden, consumers: [aConsumer(41), noConsumer], stored: forbidden });
    await world.ensure();
    world.progress.arrived({ seq: 50, timeMs: 4_000 });
    await world.ensure();
    expect(world.added).toMatchObject([{ opt_start_seq: 42 }]);
  });
});

function aConsumer(floor: number) {
  return { created, ack_floor: { stream_seq: floor, consumer_seq: floor }, config: {} };
}

interface Script {
  readonly consumers?: readonly (ReturnType<typeof aConsumer> | Error)[];
  readonly startFrom?: "all" | "new";
  readonly lastSeq?: number;
  readonly info?: Error;
  readonly add?: Error;
  /** The time of the message that the stream holds at the highest sequence. */
  readonly stored?: number | null | Error;
}

function aWorld({ consumers = [aConsumer(0)], startFrom = "all", stored = null, ...script }: Script) {
  const answers = [...consumers];
  const stream = { created, state: { last_seq: script.lastSeq ?? 41 } };
  const added: unknown[] = [];
  const asked: number[] = [];
  let replaced = 0;
  const jsm = {
    streams: {
      info: async () => {
        if (script.info !== undefined) throw script.info;
        return stream;
      },
      getMessage: async (_: string, { seq }: { readonly seq: number }) => {
        asked.push(seq);
        if (stored instanceof Error) throw stored;
        return stored === null ? null : { time: new Date(stored) };
      },
    },
    consumers: {
      info: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      },
      add: async (_: string, config: unknown) => {
        if (script.add !== undefined) throw script.add;
        added.push(config);
        return aConsumer(0);
      },
    },
  };
  const progress = createProgress();
  const init = {
    durable: "agent",
    filterSubject: "mio.inbound_enriched.>",
    startFrom,
    ackWaitMs: 30_000,
    maxAckPending: 1_000,
  };
  const onReplaced = () => {
    replaced += 1;
  };
  const session = { jsm } as unknown as Session;
  return {
    ensure: () => ensureDurable(session, { init, progress, onReplaced }),
    progress,
    stream,
    added,
    asked,
    replaced: () => replaced,
  };
}
