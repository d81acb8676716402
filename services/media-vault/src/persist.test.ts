import { MioError } from "@mio/failure";
import { createBackoff } from "@mio/pacing";
import { expect, it } from "vitest";
import { createPersist } from "./persist.ts";

const sleeps: number[] = [];
const persist = createPersist({
  backoff: createBackoff({ baseMs: 10, maxMs: 40, random: () => 0.5 }),
  clock: {
    now: () => new Date(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
    },
  },
});
const { signal } = new AbortController();
const soon = () => new MioError("bus.unavailable", "down", { retry: "soon" });

it("retries transient failures and reports the delay once", async () => {
  sleeps.length = 0;
  let left = 6;
  const reports: MioError[] = [];
  const work = async () => {
    left -= 1;
    if (left > 0) throw soon();
    return "done";
  };
  expect(await persist(work, signal, (error) => reports.push(error))).toBe("done");
  expect(sleeps).toEqual([5, 10, 20, 20, 20]);
  expect(reports.map(({ code }) => code)).toEqual(["bus.unavailable"]);
});

it("does not report a delay of two attempts", async () => {
  let left = 2;
  const reports: MioError[] = [];
  const work = async () => {
    if (left-- > 0) throw soon();
  };
  await persist(work, signal, (error) => reports.push(error));
  expect(reports).toEqual([]);
});

it("rejects a permanent failure at once", async () => {
  let calls = 0;
  const work = async () => {
    calls += 1;
    throw new MioError("bus.too_large", "too large");
  };
  await expect(persist(work, signal)).rejects.toMatchObject({ code: "bus.too_large" });
  expect(calls).toBe(1);
});

it("rejects with the signal's reason", async () => {
  const abort = new AbortController();
  const work = async () => {
    abort.abort(new Error("stopping"));
    throw soon();
  };
  await expect(persist(work, abort.signal)).rejects.toThrow("stopping");
});
