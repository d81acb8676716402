import { ensureStreams, openBus } from "@mio/bus";
import { createLogger, systemClock } from "@mio/service-kit";
import { privateNats } from "@mio/testkit";
import { expect, it } from "vitest";
import { hearCommands } from "../src/intake/hear-commands.ts";

it("calls a NATS that stands still unavailable, since that passes", async () => {
  await using nats = await privateNats();
  await using bus = await openBus({ servers: nats.url, name: "test" });
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  const stop = new AbortController();
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    stop.abort();
  };
  await nats.pause();
  const ignore = (): void => undefined;
  const logger = createLogger({ service: "test", level: "warn", pretty: false, destination: { write } });
  await hearCommands(
    { bus, logger, clock: systemClock, onCommand: ignore, onCommandOnce: ignore, onStored: ignore },
    stop.signal,
  );
  nats.resume();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ code: "bus.unavailable" }) }),
  ]);
});
