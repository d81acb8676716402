import { chmod, readFile, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startNats } from "../src/index.ts";
import { isAlive, natsBinary, temporaryDir } from "./fixtures.ts";

test("answers on loopback only, with JetStream, and stops when disposed", async () => {
  let pid = 0;
  {
    await using server = await startNats({ binary: natsBinary });
    pid = server.pid;
    const client = await connect({ servers: server.url });
    expect(client.info).toMatchObject({ jetstream: true, max_payload: 1 << 20, host: "127.0.0.1" });
    await client.close();
    expect(server.storage).toBe("memory");
  }
  expect(isAlive(pid)).toBe(false);
});

test("uses the given port, and reports a port in use", async () => {
  await using first = await startNats({ binary: natsBinary });
  const second = startNats({ binary: natsBinary, port: first.port, startTimeoutMs: 20_000 });
  await expect(second).rejects.toMatchObject({
    code: "embedded.nats_failed",
    message: expect.stringContaining("address already in use"),
  });
});

test("syncs every write with a state folder", async () => {
  await using dir = await temporaryDir();
  await using server = await startNats({ binary: natsBinary, dir: dir.path });
  expect(server.storage).toBe("file");
  expect(await readFile(join(dir.path, "nats-server.conf"), "utf8")).toContain("sync_interval: always");
});

test("refuses a folder another server uses", async () => {
  await using dir = await temporaryDir();
  await using _first = await startNats({ binary: natsBinary, dir: dir.path });
  await expect(startNats({ binary: natsBinary, dir: dir.path })).rejects.toMatchObject({
    code: "embedded.dir_in_use",
  });
});

test("keeps its address for monitoring across a restart", async () => {
  await using server = await startNats({ binary: natsBinary, monitored: true });
  const { monitorUrl = "" } = server;
  const ask = async () => (await fetch(new URL("/healthz", monitorUrl))).status;
  expect(await ask()).toBe(200);
  await server.restart();
  expect(server.monitorUrl).toBe(monitorUrl);
  expect(await ask()).toBe(200);
});

test("appends to its log across a restart", async () => {
  await using server = await startNats({ binary: natsBinary });
  await server.kill();
  await server.restart();
  expect((await readFile(server.logFile, "utf8")).match(/Server is ready/g)).toHaveLength(2);
});

test("ignores an unrelated process with the recorded pid", async () => {
  await using dir = await temporaryDir();
  await writeFile(join(dir.path, "nats-server.pid"), `${process.pid}\n`);
  await using server = await startNats({ binary: natsBinary, dir: dir.path });
  expect(isAlive(server.pid)).toBe(true);
});

test("a frozen server does not answer until resumed", async () => {
  await using server = await startNats({ binary: natsBinary });
  await server.pause();
  const socket = connectTcp({ host: "127.0.0.1", port: server.port });
  let greeting = "";
  socket.on("data", (chunk: Buffer) => {
    greeting += chunk.toString();
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(greeting).toBe("");
  server.resume();
  await expect.poll(() => greeting).toContain("INFO");
  socket.destroy();
  // A frozen server can be stopped.
  await server.pause();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
});

test("fails with the output of a program that is not a nats-server", async () => {
  await using dir = await temporaryDir();
  const fake = join(dir.path, "nats-server");
  await writeFile(fake, "#!/bin/sh\necho this is no server >&2\nexit 1\n");
  await chmod(fake, 0o755);
  await expect(startNats({ binary: fake })).rejects.toMatchObject({
    code: "embedded.nats_failed",
    message: expect.stringContaining("this is no server"),
  });
});
