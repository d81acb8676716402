import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("./fixtures/service.ts", import.meta.url));
const base = {
  PATH: process.env["PATH"],
  MIO_TEST_KEY: "hunter2",
  MIO_OPS_PORT: "0",
  MIO_OPS_HOST: "127.0.0.1",
};
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly ops_port?: number;
  readonly [field: string]: unknown;
}

function start(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--conditions=@mio/source", script], { env: { ...base, ...env } });
  children.push(child);
  const lines: Line[] = [];
  const waiting = new Map<string, (line: Line) => void>();
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const reader = createInterface({ input: child.stdout }).on("line", (text) => {
    const line: Line = JSON.parse(text);
    lines.push(line);
    waiting.get(line.msg)?.(line);
  });
  const read = once(reader, "close");
  const exited = once(child, "close").then(async ([code, signal]) => {
    await read;
    return { code, signal, stderr, lines };
  });
  const logged = (msg: string): Promise<Line> =>
    new Promise((resolve) => {
      const line = lines.find((earlier) => earlier.msg === msg);
      if (line === undefined) waiting.set(msg, resolve);
      else resolve(line);
    });
  return { child, exited, logged };
}

describe("main", () => {
  it("serves health, drains at SIGTERM and exits 0", async () => {
    const { child, exited, logged } = start();
    const { ops_port } = await logged("process.started");
    const ready = await fetch(`http://127.0.0.1:${ops_port}/readyz`);
    expect(await ready.json()).toMatchObject({ ok: true });
    child.kill("SIGTERM");
    const { code, stderr, lines } = await exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines.map(({ msg }) => msg)).toEqual([
      "process.starting",
      "test.opening",
      "process.started",
      "process.stopping",
      "test.stopping",
      "test.disposed",
      "process.stopped",
    ]);
  });

  it("logs its settings without secrets, and unknown settings, at startup", async () => {
    const { child, exited, logged } = start({ MIO_OPS_PROT: "1" });
    const { settings } = await logged("process.starting");
    expect(settings).toEqual(expect.arrayContaining(["MIO_TEST_KEY=[set]", "MIO_OPS_PORT=0"]));
    expect((await logged("config.unknown"))["warnings"]).toEqual([
      "MIO_OPS_PROT is not a setting of this service; did you mean MIO_OPS_PORT?",
    ]);
    await logged("process.started");
    child.kill("SIGINT");
    const { code, lines } = await exited;
    expect(code).toBe(0);
    expect(JSON.stringify(lines)).not.toContain("hunter2");
  });

  it("exits 2 with every configuration problem in plain words", async () => {
    const { exited } = start({ MIO_OPS_PORT: "x", MIO_ENV: "production", MIO_TEST_KEY: "" });
    const { code, stderr, lines } = await exited;
    expect(code).toBe(2);
    expect(lines).toEqual([]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      "test-service cannot start, its configuration is wrong:",
      '  MIO_ENV is "production": expected one of "dev"|"staging"|"prod"',
      '  MIO_OPS_PORT is "x": expected a whole number from 0 to 65535',
      "  MIO_TEST_KEY is not set (or MIO_TEST_KEY_FILE, the path of a file that holds it): expected any key",
    ]);
  });

  it("exits 1 when the app cannot be created", async () => {
    const { exited } = start({ MIO_TEST_MODE: "no-app" });
    const { code, lines } = await exited;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: "fatal", msg: "process.failed" });
    expect(JSON.stringify(lines)).not.toContain("hunter2");
  });

  it("waits for missing dependencies at startup and reports them", async () => {
    const { child, exited, logged } = start({ MIO_TEST_AWAY_FOR: "2" });
    const { ops_port } = await logged("process.started");
    expect(typeof ops_port).toBe("number");
    child.kill("SIGTERM");
    const { code, lines } = await exited;
    expect(code).toBe(0);
    const waiting = lines.filter(({ msg }) => msg === "process.waiting");
    expect(waiting).toMatchObject([{ level: "warn", err: { code: "store.unavailable" } }]);
    expect(lines.filter(({ msg }) => msg === "test.opening")).toHaveLength(3);
  });

  it("is alive but not ready while it waits, and stops cleanly", async () => {
    const port = await freePort();
    const { child, exited, logged } = start({ MIO_TEST_AWAY_FOR: "1000", MIO_OPS_PORT: String(port) });
    await logged("process.waiting");
    const get = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, await answer.json()];
    };
    const reason = "starting: store.unavailable: Postgres is away.";
    const standing = { ok: false, checks: [{ name: "test-service", kind: "app", ok: false, reason }] };
    expect(await get("/healthz")).toEqual([200, { ok: true }]);
    expect(await get("/readyz")).toEqual([503, standing]);
    expect(await get("/acceptz")).toEqual([503, standing]);
    child.kill("SIGTERM");
    const { code, lines } = await exited;
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ msg: "process.stopped", unfinished: [] });
    expect(lines.map(({ msg }) => msg)).not.toContain("process.started");
  });

  it("opens nothing and exits 1 when the ops port is in use", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const address = blocker.address();
    const { exited } = start({ MIO_OPS_PORT: String(typeof address === "object" ? address?.port : 0) });
    const { code, lines } = await exited;
    blocker.close();
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: "fatal", msg: "process.failed" });
    expect(lines.map(({ msg }) => msg)).not.toContain("test.opening");
  });

  it("drains and exits 1 after an uncaught error", async () => {
    const { exited } = start({ MIO_TEST_MODE: "crash" });
    const { code, lines } = await exited;
    expect(code).toBe(1);
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["process.crashed", "test.disposed", "process.stopped"]),
    );
  });

  it("exits 1 when the process ends before its drain", async () => {
    const { exited } = start({ MIO_TEST_MODE: "quit" });
    const { code, lines } = await exited;
    expect(code).toBe(1);
    expect(lines.map(({ msg }) => msg)).not.toContain("process.stopped");
  });

  it("exits 1 when work does not finish within the grace", async () => {
    const { child, exited, logged } = start({ MIO_TEST_MODE: "deaf", MIO_GRACEFUL_SHUTDOWN_SECS: "0" });
    await logged("process.started");
    child.kill("SIGTERM");
    const { code, lines } = await exited;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ msg: "process.stopped", unfinished: ["worker deaf"] });
  });

  it("ends at once on a second signal", async () => {
    const { child, exited, logged } = start({ MIO_TEST_SLOW_STOP: "true" });
    await logged("process.started");
    child.kill("SIGINT");
    await logged("test.stopping");
    child.kill("SIGINT");
    expect(await exited).toMatchObject({ code: null, signal: "SIGINT" });
  });

  it("exits 1 when something keeps the drained process alive", async () => {
    const { child, exited, logged } = start({ MIO_TEST_MODE: "leftover" });
    await logged("process.started");
    child.kill("SIGTERM");
    const { code, lines } = await exited;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      msg: "process.killed",
      kept_alive_by: expect.arrayContaining(["Timeout"]),
    });
  });

  it("sends spans to the collector before it ends", async () => {
    const { promise: received, resolve } = Promise.withResolvers<string>();
    await using collector = await listen((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        resolve(`${request.url} ${body}`);
        response.setHeader("content-type", "application/json").end("{}");
      });
    });
    const { child, exited, logged } = start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await logged("process.started");
    child.kill("SIGTERM");
    expect((await exited).code).toBe(0);
    expect(await received).toMatch(/^\/v1\/traces .*"test-service".*"test.stop"/);
  });

  it("exits 0 without a reachable collector", async () => {
    const { child, exited, logged } = start({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
    await logged("process.started");
    child.kill("SIGTERM");
    expect((await exited).code).toBe(0);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function listen(handler: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createHttpServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
