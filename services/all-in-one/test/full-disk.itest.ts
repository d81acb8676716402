import { join } from "node:path";
import { createLogger } from "@mio/service-kit";
import { captureLogs, eventually, smallDisk } from "@mio/testkit";
import { expect, inject, test } from "vitest";
import { type Fleet, startFleet } from "../src/index.ts";

/** Size of the disk for the whole fleet, with nats-server and Postgres. */
const megabytes = 200;

/** Chats in which people write once space is free. */
const goOn = ["afterwards", "general", "full"];

async function say(fleet: Fleet, chat: string, text: string): Promise<boolean> {
  const { deliveries } = await fleet.cliq.say({ chat, user: "Ana", text });
  return deliveries.every(({ status }) => status === 200);
}

test("reports a full disk within seconds, and resumes by itself once space is free", async (context) => {
  const outcome = await smallDisk(megabytes);
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using disk = outcome.disk;
  const logs = captureLogs();
  await using fleet = await startFleet({
    storage: { kind: "dir", dir: join(disk.dir, "state") },
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"] },
    ports: { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 },
    loggerOf: (service) => createLogger({ service, level: "warn", pretty: false, ...logs }),
    thinkMs: 0,
  });
  const nats = fleet.servers.natsOnDisk;
  const isReady = async (): Promise<boolean> => (await fleet.ready()).ok;
  const answered = (text: string) =>
    fleet.cliq.waitForMessage((message) => message.text === `echo: ${text}`, { timeoutMs: 40_000 });

  expect(await say(fleet, "general", "before")).toBe(true);
  await answered("before");
  await eventually(isReady);
  const pid = nats?.pid;

  await disk.fill();
  const failing = async () => (await fleet.ready()).checks.filter(({ ok }) => !ok).map(({ name }) => name);
  await eventually(async () => (await failing()).includes("nats-store"));
  await say(fleet, "full", "while it is full");
  await eventually(() => logs.matching({ event: "disk.full" }).length > 0);

  await disk.free();
  await eventually(isReady, { timeoutMs: 40_000 });
  expect(nats?.pid).not.toBe(pid);
  expect(logs.matching({ event: "disk.full", service: "nats-keeper" })).toHaveLength(1);
  expect(logs.matching({ event: "server.restarting" }).length).toBeGreaterThan(0);
  // Errors that the SDK reports to the agent are logged too.
  expect(logs.matching({ service: "echo" }).map(({ msg }) => msg)).toContain("echo.disconnected");
  for (const chat of goOn) {
    await eventually(() => say(fleet, chat, `after, in ${chat}`));
    await answered(`after, in ${chat}`);
  }
});

test("reports a disk too small for a start as full", async (context) => {
  const outcome = await smallDisk(20);
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using disk = outcome.disk;
  const dir = join(disk.dir, "state");
  const starting = startFleet({
    storage: { kind: "dir", dir },
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"] },
    ports: { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 },
    loggerOf: (service) => createLogger({ service, level: "silent" }),
  });
  await expect(starting).rejects.toMatchObject({
    code: "embedded.disk_full",
    message: expect.stringContaining(`The disk of ${dir} is full`),
  });
});
