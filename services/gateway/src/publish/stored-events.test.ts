import type { Bus } from "@mio/bus";
import { expect, it } from "vitest";
import { createStoredEvents } from "./stored-events.ts";

interface Query {
  readonly start_time?: string;
  readonly seq?: number;
  readonly next_by_subj?: string;
}

interface Stored {
  readonly seq: number;
  readonly at: number;
  readonly id: string;
}

const noMessage = { error: { err_code: 10_037, description: "no message found" } };
const window = { config: { duplicate_window: 120_000_000_000 } };

/** A fake JetStream with one subject; `instead` replaces its next answers. */
function scripted() {
  const time = { now: 0 };
  const asked: Query[] = [];
  const stream: Stored[] = [];
  /** Returned in place of the next answers. */
  const instead: object[] = [];
  const answer = ({ start_time, seq = 0 }: Query): object => {
    const from = start_time === undefined ? 0 : Date.parse(start_time);
    const found = stream.find((each) => each.seq >= seq && each.at >= from);
    if (found === undefined) return noMessage;
    const hdrs = Buffer.from(`NATS/1.0\r\nNats-Msg-Id: ${found.id}\r\n\r\n`).toString("base64");
    return { message: { seq: found.seq, hdrs } };
  };
  const request = async ({
    subject,
    payload,
  }: {
    readonly subject: string;
    readonly payload: Uint8Array;
  }) => {
    const query: Query = JSON.parse(Buffer.from(payload).toString());
    asked.push(query);
    const usual = subject.includes(".STREAM.INFO.") ? window : answer(query);
    return { data: Buffer.from(JSON.stringify(instead.shift() ?? usual)) };
  };
  const bus = { requests: { request } } as unknown as Pick<Bus, "requests">;
  const stored = createStoredEvents(bus, () => time.now);
  const read = async (since: number) => [...(await stored.idsSince("subject", new Date(since)))];
  return { time, asked, stream, instead, stored, read };
}

const minute = 60_000;

it("begins a minute earlier, because the clocks of Postgres and NATS may differ", async () => {
  const { stream, read } = scripted();
  stream.push({ seq: 1, at: 9 * minute - 1, id: "too early" }, { seq: 2, at: 9 * minute, id: "a" });
  expect(await read(10 * minute)).toEqual(["a"]);
});

it("continues where it stopped and does not reread known events", async () => {
  const { asked, stream, read } = scripted();
  stream.push({ seq: 4, at: 20 * minute, id: "a" }, { seq: 7, at: 20 * minute, id: "b" });
  expect(await read(20 * minute)).toEqual(["a", "b"]);
  stream.push({ seq: 9, at: 21 * minute, id: "c" });
  const before = asked.length;
  expect(await read(21 * minute)).toEqual(["a", "b", "c"]);
  expect(asked.slice(before).map(({ seq }) => seq)).toEqual([8, 10]);
});

it("reads from an earlier time if requested", async () => {
  const { stream, read } = scripted();
  stream.push({ seq: 1, at: 10 * minute, id: "early" }, { seq: 2, at: 20 * minute, id: "late" });
  expect(await read(20 * minute)).toEqual(["late"]);
  expect(await read(10 * minute)).toEqual(["early", "late"]);
});

it("rereads everything after forget()", async () => {
  const { stream, stored, read } = scripted();
  stream.push({ seq: 1, at: 10 * minute, id: "a" });
  await read(10 * minute);
  stored.forget();
  stream.splice(0, 1, { seq: 1, at: 11 * minute, id: "of a re-created stream" });
  expect(await read(10 * minute)).toEqual(["of a re-created stream"]);
});

it("rejects if JetStream fails, and resumes from there", async () => {
  const { asked, instead, stream, read } = scripted();
  stream.push({ seq: 3, at: 10 * minute, id: "a" });
  instead.push({ error: { err_code: 10_008, description: "no leader" } });
  await expect(read(10 * minute)).rejects.toMatchObject({ code: "bus.unavailable", retry: "soon" });
  expect(await read(10 * minute)).toEqual(["a"]);
  expect(asked).toHaveLength(3);
});

it("caches the duplicate window for ten seconds, but not a failure", async () => {
  const { asked, instead, stored, time } = scripted();
  instead.push({ error: { err_code: 10_059, description: "stream not found" } });
  await expect(stored.duplicateWindowMs()).rejects.toMatchObject({ code: "bus.unavailable" });
  expect(await stored.duplicateWindowMs()).toBe(120_000);
  time.now += 9_999;
  expect(await stored.duplicateWindowMs()).toBe(120_000);
  expect(asked).toHaveLength(2);
  time.now += 1;
  await stored.duplicateWindowMs();
  expect(asked).toHaveLength(3);
});
