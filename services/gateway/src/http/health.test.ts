import type { Probe } from "@mio/service-kit";
import { fastify } from "fastify";
import { expect, it } from "vitest";
import { registerHealth } from "./health.ts";

function serverWith(probes: readonly Probe[]) {
  const server = fastify();
  registerHealth(server, probes);
  return async (path: string) => {
    const { statusCode, body } = await server.inject({ url: path });
    return [statusCode, JSON.parse(body)];
  };
}

const refused = () => Promise.reject(new Error("postgres://me:hunter2@h refuses"));
const fine = async () => undefined;

it("runs the probes once for 400 requests and returns the same result to each", async () => {
  let asked = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = () => {
    asked += 1;
    return promise;
  };
  const get = serverWith([{ name: "postgres", check }]);
  const answers = Array.from({ length: 400 }, (_, at) => get(at % 2 === 0 ? "/readyz" : "/acceptz"));
  resolve();
  expect(new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer)))).toEqual(
    new Set(['[200,{"ok":true}]']),
  );
  expect(asked).toBe(1);
});

it("is accepting while only checks needed to finish work fail", async () => {
  const get = serverWith([
    { name: "postgres", check: fine },
    { name: "nats", neededTo: "finish", check: refused },
  ]);
  expect(await get("/readyz")).toEqual([503, { ok: false }]);
  expect(await get("/acceptz")).toEqual([200, { ok: true }]);
  expect(await get("/healthz")).toEqual([200, { ok: true }]);
});

it("stays ready while only an advisory check fails", async () => {
  const get = serverWith([{ name: "nats-durability", advisory: true, check: refused }]);
  expect(await get("/readyz")).toEqual([200, { ok: true }]);
  expect(await get("/acceptz")).toEqual([200, { ok: true }]);
});

it("is not accepting without Postgres, and does not say why", async () => {
  const get = serverWith([{ name: "postgres", check: refused }]);
  expect(await get("/acceptz")).toEqual([503, { ok: false }]);
  expect(await get("/readyz")).toEqual([503, { ok: false }]);
});
