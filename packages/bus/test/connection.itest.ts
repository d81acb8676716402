import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, testNats } from "@mio/testkit";
import { nkeys } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { consume, consumers, openBus } from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

function aUser() {
  const user = nkeys.createUser();
  const seed = new TextDecoder().decode(user.getSeed());
  // A server that knows its users by key looks at the key and the signature only.
  const creds = [
    "-----BEGIN NATS USER JWT-----\nunused\n------END NATS USER JWT------\n",
    `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  ].join("\n");
  return { creds, key: user.getPublicKey() };
}

test("a rotated credentials file is used at the next connection, and the last good one while there is none", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mio-creds-"));
  const credsFile = join(dir, "mio.creds");
  const [first, second] = [aUser(), aUser()];
  const users = [first.key];
  await using server = await testNats({ users });
  await writeFile(credsFile, first.creds);
  await using bus = await openBus({ servers: server.url, name: "mio-test", credsFile });
  const restart = async () => {
    await server.kill();
    await server.restart();
    await eventually(() => expect(bus.isConnected()).toBe(true));
    await bus.ping();
  };

  await writeFile(`${credsFile}.next`, second.creds);
  await rename(`${credsFile}.next`, credsFile);
  users.splice(0, 1, second.key);
  await restart();

  await rm(dir, { recursive: true });
  await restart();
});

test("a frozen server answers no ping, and blocks neither a worker nor the connection from ending", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  const release = Promise.withResolvers<void>();
  let called = false;
  const worker = runWorker(
    consume({
      bus,
      consumer: consumers.mediaVault,
      maxInFlight: 5,
      handler: async () => {
        called = true;
        await release.promise;
        return { kind: "done" };
      },
    }),
  );
  await publishText(bus, "conv", "text");
  await eventually(() => expect(called).toBe(true));
  await server.pause();
  const asked = performance.now();
  await expect(bus.ping(AbortSignal.timeout(50))).rejects.toMatchObject({ code: "bus.unavailable" });
  // Before the deadline of a ping, and before the connection is given up.
  expect(performance.now() - asked).toBeLessThan(2_500);
  const started = performance.now();
  await expect(bus.ping()).rejects.toMatchObject({ code: "bus.unavailable", retry: "soon" });
  release.resolve();
  await worker[Symbol.asyncDispose]();
  await bus[Symbol.asyncDispose]();
  // The default of each of the steps, and the machine may be slow.
  expect(performance.now() - started).toBeLessThan(15_000);
  server.resume();
});

test("replaces a connection that falls silent", async () => {
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  await using fixture = await openTestBus({ logger });
  const { bus, server } = fixture;
  await server.pause();
  // Without traffic of its own, by its pings alone.
  await eventually(() => expect(bus.isConnected()).toBe(false));
  server.resume();
  await eventually(() => expect(bus.isConnected()).toBe(true));
  expect(logs.matching({ event: "bus.disconnected" })).toHaveLength(1);
  expect(await publishText(bus, "conv", "after")).toMatchObject({ duplicate: false });
});

test("stopping a worker whose consumer cannot be opened does not wait for an answer", async () => {
  await using fixture = await openTestBus();
  const { bus, server } = fixture;
  await server.pause();
  const stopping = new AbortController();
  const { mediaVault: consumer } = consumers;
  const handler = async () => ({ kind: "done" }) as const;
  await using worker = runWorker({
    run: (signal) => {
      const ended = consume({ bus, consumer, handler, maxInFlight: 1 }).run(
        AbortSignal.any([signal, stopping.signal]),
      );
      stopping.abort();
      return ended;
    },
  });
  const started = performance.now();
  await worker[Symbol.asyncDispose]();
  // The deadline of a request is three seconds.
  expect(performance.now() - started).toBeLessThan(2_500);
  server.resume();
});
