import { describe, expect, it } from "vitest";
import { createMetrics } from "../telemetry/metrics.ts";
import { createOpsRoutes, serveOps } from "./ops-server.ts";
import type { Readiness } from "./readiness.ts";

const metrics = createMetrics({ processMetrics: false });
const red: Readiness = {
  ok: false,
  checks: [{ name: "postgres", kind: "probe", ok: false, reason: "no answer within 1000 ms" }],
};
const green: Readiness = { ok: true, checks: [] };
const standing = (readiness: Readiness, accepting = readiness) => ({
  ready: async () => readiness,
  accepting: async () => accepting,
});
const routes = (readiness: Readiness, accepting = readiness) =>
  createOpsRoutes({ metrics, running: standing(readiness, accepting) });

describe("/readyz", () => {
  it.for<[who: string, remoteAddress: string, body: unknown]>([
    ["a caller on this machine", "127.0.0.1", red],
    ["a caller on this machine (IPv6)", "::1", red],
    ["a caller on this machine (mapped)", "::ffff:127.0.0.1", red],
    ["a stranger", "10.1.2.3", { ok: false }],
    ["a stranger behind a mesh proxy", "127.0.0.6", { ok: false }],
  ])("answers 503 to %s and details only to those on this machine", async ([_who, remoteAddress, body]) => {
    const answer = await routes(red).inject({ url: "/readyz", remoteAddress });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual(body);
  });

  it("answers 200 and degraded while only an advisory check fails", async () => {
    const checks = [
      { name: "socket x", kind: "probe", ok: false, advisory: true, reason: "refused" } as const,
    ];
    const degraded = { ok: true, checks };
    const here = await routes(degraded).inject({ url: "/readyz", remoteAddress: "127.0.0.1" });
    const there = await routes(degraded).inject({ url: "/readyz", remoteAddress: "10.1.2.3" });
    expect([here.statusCode, there.statusCode]).toEqual([200, 200]);
    expect(here.json()).toEqual({ ok: true, degraded: true, checks });
    expect(there.json()).toEqual({ ok: true, degraded: true });
  });

  it("ignores a forwarded address", async () => {
    const headers = { "x-forwarded-for": "127.0.0.1" };
    const answer = await routes(red).inject({ url: "/readyz", remoteAddress: "10.1.2.3", headers });
    expect(answer.json()).toEqual({ ok: false });
  });

  it("answers 200 when everything is ready", async () => {
    const answer = await routes(green).inject({ url: "/readyz", remoteAddress: "10.1.2.3" });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ok: true });
  });
});

describe("/acceptz", () => {
  it("answers 200 while work can be accepted but not finished", async () => {
    const app = routes(red, green);
    const answers = [await app.inject({ url: "/readyz" }), await app.inject({ url: "/acceptz" })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 200]);
  });

  it("answers 503 when no work can be accepted, with details only for local callers", async () => {
    const there = await routes(green, red).inject({ url: "/acceptz", remoteAddress: "10.1.2.3" });
    const here = await routes(green, red).inject({ url: "/acceptz", remoteAddress: "127.0.0.1" });
    expect([there.statusCode, there.json()]).toEqual([503, { ok: false }]);
    expect([here.statusCode, here.json()]).toEqual([503, red]);
  });
});

describe("/healthz", () => {
  it("checks no dependency", async () => {
    const asked = () => Promise.reject(new Error("asked"));
    const running = { ready: asked, accepting: asked };
    const answer = await createOpsRoutes({ metrics, running }).inject({ url: "/healthz" });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ok: true });
  });
});

describe("/metrics", () => {
  it("returns the registry as text", async () => {
    metrics.counter({ name: "mio_test_things_total", help: "Things." }).inc();
    const answer = await routes(green).inject({ url: "/metrics" });
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.body).toContain("mio_test_things_total 1");
  });
});

describe("serveOps", () => {
  it("returns its port and frees it when disposed, even with open connections", async () => {
    const running = standing(green);
    const options = { host: "127.0.0.1", port: 0, running, metrics };
    const ops = await serveOps(options);
    expect((await fetch(`http://127.0.0.1:${ops.port}/healthz`)).status).toBe(200);
    await ops[Symbol.asyncDispose]();
    await using again = await serveOps({ ...options, port: ops.port });
    expect(again.port).toBe(ops.port);
  });

  it("rejects when the port is in use", async () => {
    const options = { host: "127.0.0.1", port: 0, running: standing(green), metrics };
    await using ops = await serveOps(options);
    await expect(serveOps({ ...options, port: ops.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
