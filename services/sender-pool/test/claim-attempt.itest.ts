import type { Db } from "@mio/store";
import { expect, it } from "vitest";
import { claimAttempt } from "../src/delivery/attempt.ts";
import { createJob } from "../src/job/delivery-job.ts";
import { createRecords } from "../src/job/records.ts";
import { openPoolFixture } from "./pool-fixture.ts";

/** The real database, whose first answer gets lost on the way. */
function losingFirstAnswer(db: Db): Db {
  let isLost = false;
  return new Proxy(db, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return async (...args: readonly unknown[]) => {
        const answer: unknown = await Reflect.apply(value, target, args);
        if (isLost) return answer;
        isLost = true;
        throw new Error("connection lost");
      };
    },
  });
}

it("resumes its own claim when the confirmation was lost, unless it has called since", async () => {
  await using fixture = await openPoolFixture();
  const job = createJob({
    command: fixture.command(),
    storedAt: new Date(),
    deliveries: 1,
    streamSequence: 1,
    redrive: undefined,
    run: undefined,
    queuedBehind: () => [],
    signal: new AbortController().signal,
    owner: "process/1",
  });
  const policy = { leaseMs: 60_000 };
  const events = { waitsForOther: () => undefined };
  const records = createRecords(losingFirstAnswer(fixture.store.pool));
  const running = new Set([job.owner]);
  const options = { records, instance: "process", running, policy, events };
  await expect(claimAttempt(job, options)).rejects.toThrow("connection lost");
  expect(await claimAttempt(job, options)).toEqual({ kind: "mine", attempt: 2, alreadySent: [] });
  job.calledAttempt = 2;
  expect(await claimAttempt(job, options)).toMatchObject({ kind: "open", attempt: 2 });
});
