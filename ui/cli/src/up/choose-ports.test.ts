import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { usualPorts } from "../usual-ports.ts";
import { choosePorts } from "./choose-ports.ts";

/** Listens on a free port of 127.0.0.1. */
async function occupy() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")),
  };
}

/** The ports of `up` with other numbers; 0 is always free. */
const somewhere = {
  workbench: { ...usualPorts.workbench, port: 0 },
  gateway: { ...usualPorts.gateway, port: 0 },
  cliq: { ...usualPorts.cliq, port: 0 },
  slack: { ...usualPorts.slack, port: 0 },
  ops: { ...usualPorts.ops, port: 0 },
  nats: { ...usualPorts.nats, port: 0 },
};

it("names every port that is taken", async () => {
  await using one = await occupy();
  await using other = await occupy();
  const usual = {
    ...somewhere,
    gateway: { ...somewhere.gateway, port: one.port },
    ops: { ...somewhere.ops, port: other.port },
  };
  await expect(choosePorts(usual)).rejects.toMatchObject({
    exitCode: 3,
    message: `ports ${one.port}, ${other.port} are taken by another program`,
    next: expect.stringContaining("--free-ports"),
  });
});

it("uses another port for NATS if its own is taken", async () => {
  await using taken = await occupy();
  const nats = { ...usualPorts.nats, port: taken.port };
  expect(await choosePorts({ ...somewhere, nats })).toMatchObject({ nats: 0 });
});
