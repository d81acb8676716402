import { type NatsServer, privateNats, testNats } from "@mio/testkit";
import { type Bus, type BusOptions, ensureStreams, openBus } from "../src/index.ts";

export interface BusFixture extends AsyncDisposable {
  readonly server: NatsServer;
  readonly bus: Bus;
}

/** A connected bus with all streams on a server of its own; `durable` keeps them over a kill. */
export async function openTestBus(
  options: { readonly durable?: boolean } & Partial<BusOptions> = {},
): Promise<BusFixture> {
  const { durable = false, ...busOptions } = options;
  const server = durable ? await privateNats() : await testNats();
  const bus = await openBus({ servers: server.url, name: "mio-test", ...busOptions });
  await ensureStreams(bus, { replicas: 1, storage: server.storage });
  return {
    server,
    bus,
    [Symbol.asyncDispose]: async () => {
      await bus[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const encoder = new TextEncoder();

/** Publishes a small text on the inbound subject of a conversation. */
export function publishText(bus: Bus, conversation: string, text: string) {
  return bus.publisher.publish({
    subject: `mio.inbound.zoho_cliq.acct.${conversation}`,
    dedupId: `inb:acct:${text}`,
    payload: encoder.encode(text),
  });
}

/** Runs a worker until the returned value is disposed; a worker that fails makes that reject. */
export function runWorker(worker: { run(signal: AbortSignal): Promise<void> }): AsyncDisposable {
  const stopping = new AbortController();
  const running = worker.run(stopping.signal);
  // Handled when disposed; this keeps an early failure from ending the process first.
  running.catch(() => {});
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** People who talk without a pause, each in a conversation of their own: `c3#0`, `c3#1` and so on. */
export function startTalk(bus: Bus, conversations: number): { end(): Promise<void> } {
  let talking = true;
  const talks = Array.from({ length: conversations }, async (_, name) => {
    for (let place = 0; talking; place += 1) await publishText(bus, `c${name}`, `c${name}#${place}`);
  });
  return {
    end: async () => {
      talking = false;
      await Promise.all(talks);
    },
  };
}
