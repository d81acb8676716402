import { MioError } from "@mio/failure";
import { trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { createLogger, type Logger, type LogLevel, loadPretty, type ToPretty } from "./logger.ts";
import { startTracing } from "./start-tracing.ts";
import { withSpan } from "./tracing.ts";

function capture(
  level: LogLevel = "info",
  pretty: ToPretty | false = false,
): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string): number => lines.push(line) };
  return { logger: createLogger({ service: "gateway", level, pretty, destination }), lines };
}

function logged(write: (logger: Logger) => void): Record<string, unknown> {
  const { logger, lines } = capture();
  write(logger);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}

describe("createLogger", () => {
  it("writes one JSON line with level, time, service, fields and event", () => {
    expect(logged((logger) => logger.info({ outcome: "success" }, "message.accepted"))).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: "gateway",
      outcome: "success",
      msg: "message.accepted",
    });
  });

  it("skips lines below its level", () => {
    const { logger, lines } = capture("warn");
    logger.info("not this");
    logger.warn("but this");
    expect(lines).toHaveLength(1);
  });

  it("is silent at level silent", () => {
    const { logger, lines } = capture("silent");
    logger.fatal("nothing");
    expect(lines).toEqual([]);
  });

  it("writes readable lines if configured", async () => {
    const { logger, lines } = capture("info", await loadPretty());
    logger.info({ outcome: "success" }, "message.accepted");
    expect(lines.join("")).toMatch(/INFO.*message\.accepted/);
  });
});

it("cuts long texts at any depth and appends their length", () => {
  const id = "x".repeat(100_000);
  const line = logged((logger) => logger.info({ id, nested: { ids: [id, "short"] } }, "event"));
  const cut = `${"x".repeat(2_048)}… (100000 characters)`;
  expect(line).toMatchObject({ id: cut, nested: { ids: [cut, "short"] } });
});

describe("redaction", () => {
  it.each([
    "authorization",
    "token",
    "secret",
    "password",
    "dsn",
    "accessToken",
    "X-Api-Key",
    "Cookie",
    "MIO_POSTGRES_DSN",
  ])("redacts %s at any depth", (name) => {
    const line = logged((logger) =>
      logger.info({ [name]: "hunter2", a: { [name]: "hunter2", b: [{ [name]: ["hunter2"] }] } }),
    );
    expect(JSON.stringify(line)).not.toContain("hunter2");
    expect(JSON.stringify(line)).toContain("[redacted]");
  });

  it("redacts the bindings of a child logger", () => {
    const line = logged((logger) => logger.child({ token: "hunter2", account_id: "a1" }).info("x"));
    expect(line).toMatchObject({ token: "[redacted]", account_id: "a1" });
  });

  it("keeps numbers, booleans and everything else", () => {
    const fields = { token_count: 3, is_secret: true, sent: null, list: [1, { text: "a" }] };
    expect(logged((logger) => logger.info(fields))).toMatchObject(fields);
  });

  it("does not modify the logged object", () => {
    const fields = { headers: { authorization: "Bearer hunter2" } };
    logged((logger) => logger.info(fields));
    expect(fields.headers.authorization).toBe("Bearer hunter2");
  });

  it("hides values too deep to be checked", () => {
    const fields = { a: { b: { c: { d: { e: { f: { password: "hunter2" } } } } } } };
    const line = logged((logger) => logger.info(fields));
    expect(JSON.stringify(line)).toContain("[too deep]");
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  it("accepts an object that contains itself", () => {
    const loop: Record<string, unknown> = { name: "loop" };
    loop["self"] = loop;
    expect(logged((logger) => logger.info({ loop }))).toMatchObject({ loop: { name: "loop" } });
  });
});

describe("errors", () => {
  it("show code, retry, details and the chain of causes", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED postgres://me:hunter2@h"), {
      code: "ECONNREFUSED",
      query: "hunter2",
    });
    const err = new MioError("store.unavailable", "Postgres does not answer.", {
      retry: "soon",
      details: { pool: 4 },
      cause,
    });
    const line = logged((logger) => logger.error({ err }, "probe.failed"));
    expect(line["err"]).toEqual({
      type: "MioError",
      message: "Postgres does not answer.",
      code: "store.unavailable",
      retry: "soon",
      details: { pool: 4 },
      cause: {
        type: "Error",
        message: "connect ECONNREFUSED postgres://[redacted]@h",
        code: "ECONNREFUSED",
        stack: expect.stringContaining("logger.test.ts"),
      },
    });
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  it("are shown when logged alone, when nested, and when no Error was thrown", () => {
    expect(logged((logger) => logger.error(new TypeError("bad")))).toMatchObject({
      err: { type: "TypeError" },
      msg: "bad",
    });
    const both = new AggregateError([new Error("first"), "second"], "all failed");
    expect(logged((logger) => logger.error({ error: both }))).toMatchObject({
      error: { type: "AggregateError", errors: [{ message: "first" }, "second"] },
    });
    expect(logged((logger) => logger.error({ err: { password: "hunter2" } }))).toMatchObject({
      err: "[object]",
    });
  });

  it("are cut when long, without a secret at the cut", () => {
    const text = `${"x".repeat(2_035)} postgres://u:hunter2@host/${"y".repeat(100_000)}`;
    const details = { id: "z".repeat(100_000) };
    const err = new MioError("bus.rejected", text, { details, cause: new Error(text) });
    const line = JSON.stringify(logged((logger) => logger.error({ err })));
    expect(line.length).toBeLessThan(20_000);
    expect(line).not.toContain("hunter2");
  });

  it("cut off an endless chain of causes", () => {
    const err = new Error("loop");
    err.cause = err;
    expect(JSON.stringify(logged((logger) => logger.error({ err })))).toContain("deeper causes left out");
  });
});

describe("the current trace", () => {
  let tracing: AsyncDisposable | undefined;
  afterEach(async () => await tracing?.[Symbol.asyncDispose]());

  it("is on every line within a span, and on none outside", async () => {
    tracing = await startTracing({ service: "test", exporting: false, keptShare: 1 });
    const { logger, lines } = capture();
    const traceId = await withSpan("work", {}, () => {
      logger.info("inside");
      return trace.getActiveSpan()?.spanContext().traceId;
    });
    logger.info("outside");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      trace_id: traceId,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(lines[1]).not.toContain("trace_id");
  });
});
