import { createLogger } from "@mio/service-kit";
import { aCommand, captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { createLongWaits } from "../../src/pipeline/keep-order.ts";
import { manualClock } from "../manual-clock.ts";

it("counts waits of more than a minute, and logs each once with the sequence it waits for", async () => {
  const clock = manualClock();
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  const longWaits = createLongWaits({ clock, logger });
  const job = { command: aCommand(), streamSequence: 9 };
  const other = { command: aCommand(), streamSequence: 10 };
  const lookFor = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      longWaits.waits(job, 5);
      await clock.advance(1_000);
    }
  };
  await lookFor(60);
  expect([longWaits.count, logs.lines.length]).toEqual([1, 0]);
  longWaits.waits(other, 5);
  await lookFor(30);
  expect(longWaits.count).toBe(1);
  const { id, accountId, conversationId } = job.command;
  expect(logs.lines).toMatchObject([
    {
      msg: "delivery.waits_for_earlier",
      command_id: id,
      account_id: accountId,
      conversation_id: conversationId,
      sequence: 9,
      waits_for: 5,
      waited_ms: 60_000,
    },
  ]);
  longWaits.goesOn(job);
  expect(longWaits.count).toBe(0);
});

it("forgets commands that went back to the stream", async () => {
  const clock = manualClock();
  const logger = createLogger({ service: "test", level: "silent" });
  const longWaits = createLongWaits({ clock, logger });
  const job = { command: aCommand(), streamSequence: 9 };
  longWaits.waits(job, 5);
  await clock.advance(60_000);
  expect(longWaits.count).toBe(1);
  await clock.advance(1);
  expect(longWaits.count).toBe(0);
});
