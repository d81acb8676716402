import { createLogger, systemClock } from "@mio/service-kit";
import type { Account } from "@mio/store";
import { expect, it } from "vitest";
import type { SocketEvents } from "./socket-events.ts";
import { createSocketHost } from "./socket-host.ts";

it("opens no connection for accounts that it hears of after its stop", async () => {
  const list = Promise.withResolvers<readonly Account[]>();
  let opened = 0;
  const host = createSocketHost({
    channels: [{ channelType: "slack", socket: { run: async () => undefined } }],
    accounts: { list: () => list.promise, onChange: () => undefined },
    vaultOf: () => {
      opened += 1;
      throw new Error("a connection would need it");
    },
    accept: async () => undefined,
    events: {} as SocketEvents,
    isOnlyWayIn: false,
    silentAfterMs: 60_000,
    clock: systemClock,
    logger: createLogger({ service: "test", level: "silent" }),
  });
  const stopping = new AbortController();
  const running = host.worker.run(stopping.signal);
  await host.stop();
  list.resolve([{ id: "late" } as Account]);
  stopping.abort();
  await running;
  expect(opened).toBe(0);
});
