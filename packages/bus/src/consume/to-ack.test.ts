import { MioError, type Retry } from "@mio/failure";
import { createBackoff } from "@mio/pacing";
import { expect, test } from "vitest";
import { toAck, toOutcome } from "./to-ack.ts";

const error = new MioError("bus.unavailable", "not now", { retry: "soon" });
const unsupported = new MioError("delivery.unsupported", "no", { details: { reason: "unsupported" } });
const wordy = new MioError("delivery.refused", "no", { details: { reason: "two words\r\nX: 1" } });
const undecodable = new MioError("envelope.undecodable", "not an envelope");

test.each([
  ["done is acknowledged", { kind: "done" }, 1, { kind: "ack" }],
  ["done on the last attempt is acknowledged", { kind: "done" }, 3, { kind: "ack" }],
  [
    "retry comes again after its delay",
    { kind: "retry", afterMs: 40, error },
    1,
    { kind: "retry", afterMs: 40, error },
  ],
  [
    "retry on the last attempt but one comes again",
    { kind: "retry", afterMs: 0, error },
    2,
    { kind: "retry", afterMs: 0, error },
  ],
  [
    "retry on the last attempt is given up",
    { kind: "retry", afterMs: 40, error },
    3,
    { kind: "dead", reason: "exhausted", error },
  ],
  ["dead is given up at once", { kind: "dead", error }, 1, { kind: "dead", reason: "rejected", error }],
  [
    "a reason among the details is kept",
    { kind: "dead", error: unsupported },
    1,
    { kind: "dead", reason: "unsupported", error: unsupported },
  ],
  [
    "a reason that is no word is not kept",
    { kind: "dead", error: wordy },
    1,
    { kind: "dead", reason: "rejected", error: wordy },
  ],
  [
    "an undecodable message has its own reason",
    { kind: "dead", error: undecodable },
    1,
    { kind: "dead", reason: "undecodable", error: undecodable },
  ],
] as const)("%s", (...[, outcome, attempt, ack]) => {
  expect(toAck(outcome, { attempt, maxAttempts: 3 })).toEqual(ack);
});

const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000, random: () => 0.5 });

test.each([
  ["never", 1, { kind: "dead" }],
  ["soon", 1, { kind: "retry", afterMs: 500 }],
  ["soon", 3, { kind: "retry", afterMs: 2_000 }],
  ["soon", 50, { kind: "retry", afterMs: 30_000 }],
  [{ afterMs: 7_000 }, 1, { kind: "retry", afterMs: 7_000 }],
] as const satisfies readonly (readonly [Retry, number, object])[])(
  "an error with retry %j on attempt %i",
  (retry, attempt, expected) => {
    const thrown = new MioError("bus.unavailable", "thrown", { retry });
    expect(toOutcome(thrown, attempt, backoff)).toMatchObject({ ...expected, error: thrown });
  },
);
