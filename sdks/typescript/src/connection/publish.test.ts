import { MioError } from "@mio/failure";
import { JetStreamApiError } from "@nats-io/jetstream";
import { InvalidArgumentError, PermissionViolationError } from "@nats-io/transport-node";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { MioEvent } from "../events.ts";
import { createLink } from "./link.ts";
import { type PublishLimits, publish } from "./publish.ts";
import { isTooLarge, refuses, toPublishError } from "./publish-error.ts";
import type { Session } from "./session.ts";

/** JetStream's answers: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const api = (code: number, status: number, description: string) =>
  new JetStreamApiError({ code: status, err_code: code, description });
const storeFull = api(10_077, 503, "maximum bytes exceeded");

afterEach(() => {
  vi.useRealTimers();
});

describe("the errors of publishing", () => {
  it.each([
    [10_077, 503, "maximum bytes exceeded"],
    [10_077, 503, "no space left on device"],
    [10_047, 500, "insufficient storage resources available"],
    [10_028, 500, "insufficient memory resources available"],
    [10_023, 503, "insufficient resources"],
    [10_002, 400, "resource limits exceeded for account"],
  ])("names what is full: %i", (code, status, description) => {
    const cause = api(code, status, description);
    const error = toPublishError(cause, "mio.outbound.a.b.c");
    expect(refuses(cause)).toBe(false);
    expect(error).toMatchObject({ code: "sdk.stream_full", retry: "soon", details: { err_code: code } });
    expect(error.message.startsWith(`MESSAGES_OUTBOUND is full: ${description}.`)).toBe(true);
  });

  it.each([
    [10_158, 409, "duplicate message id is in process"],
    [10_167, 429, "too many requests"],
    [10_008, 503, "JetStream system temporarily unavailable"],
    [10_118, 500, "stream is offline"],
  ])("tries again after %i", (code, status, description) => {
    const cause = api(code, status, description);
    const error = toPublishError(cause, "s");
    expect(refuses(cause)).toBe(false);
    expect(error).toMatchObject({ code: "sdk.publish_timeout", retry: "soon" });
    expect(error.message).toContain(description);
  });

  it.each([
    [api(10_109, 400, "invalid operation on sealed stream"), "sdk.publish_refused"],
    [api(10_060, 400, "expected stream does not match"), "sdk.publish_refused"],
    [new PermissionViolationError("Permissions Violation", "publish", "s"), "sdk.publish_refused"],
    [api(10_054, 400, "message size exceeds maximum allowed"), "sdk.too_large"],
    [new InvalidArgumentError("'payload' max_payload size exceeded"), "sdk.too_large"],
    [new Error("wrapped", { cause: new InvalidArgumentError("too large") }), "sdk.too_large"],
  ])("gives up at once after %s", (cause, code) => {
    expect(refuses(cause)).toBe(true);
    expect(isTooLarge(cause)).toBe(code === "sdk.too_large");
    expect(toPublishError(cause, "s")).toMatchObject({ code, retry: "never", cause });
  });
});

describe("publish", () => {
  it("waits in no try for longer than is left of the time", async () => {
    const { session, timeouts } = aSession(() => Promise.reject(storeFull));
    await expect(publish(session, init, { tryMs: 5_000, patienceMs: 300 })).rejects.toThrow("is full");
    expect(Math.max(...timeouts)).toBeLessThanOrEqual(300);
  });

  it("throws the reason of the last try once time is over, and reports it once", async () => {
    const { session, events, sent } = aSession(() => Promise.reject(storeFull));
    const refusal = publish(session, init, { tryMs: 50, patienceMs: 300 });
    await expect(refusal).rejects.toMatchObject({ code: "sdk.stream_full", retry: "soon" });
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent)).toEqual(new Set([init.dedupId]));
    expect(events).toMatchObject([
      { type: "publish_delayed", commandId: "c1", subject: init.subject, tries: 1 },
    ]);
  });

  it("reports the reason again when it is another one", async () => {
    const failures = [storeFull, storeFull, new Error("timeout")];
    const { session, events } = aSession(async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return { duplicate: true };
    });
    expect(await publish(session, init, limits)).toBe(true);
    const codes = events.map((event) => event.type === "publish_delayed" && event.error.code);
    expect(codes).toEqual(["sdk.stream_full", "sdk.publish_timeout"]);
  });

  it("reports a server that is silent once two seconds have passed, and nothing once it has answered", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const first = Promise.withResolvers<{ duplicate: boolean }>();
    const { session, events } = aSession(() => first.promise);
    const sending = publish(session, init, limits);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toMatchObject([{ type: "publish_delayed", error: { code: "sdk.publish_timeout" } }]);
    first.resolve({ duplicate: false });
    await sending;
    await publish(session, init, limits);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toHaveLength(1);
  });

  it("neither waits nor reports when the server refuses", async () => {
    const { session, events, sent } = aSession(() =>
      Promise.reject(api(10_109, 400, "invalid operation on sealed stream")),
    );
    await expect(publish(session, init, limits)).rejects.toMatchObject({ code: "sdk.publish_refused" });
    expect([events.length, sent.length]).toEqual([0, 1]);
  });

  it("leaves a try as soon as the connection is lost, and repeats it when it is back", async () => {
    const first = Promise.withResolvers<never>();
    let tries = 0;
    const { session, events } = aSession(() => {
      tries += 1;
      return tries === 1 ? first.promise : Promise.resolve({ duplicate: false });
    });
    const sending = publish(session, init, limits);
    await expect.poll(() => tries).toBe(1);
    session.link.lost();
    session.link.restored();
    expect(await sending).toBe(false);
    expect(events).toHaveLength(1);
  });

  it("ends when the connection is gone for good", async () => {
    const { session } = aSession(() => Promise.reject(new Error("closed")), { isClosed: true });
    await expect(publish(session, init, limits)).rejects.toMatchObject({ code: "sdk.closed" });
  });

  it("refuses a payload above the server's limit without a request", async () => {
    const { session, sent } = aSession(() => Promise.resolve({ duplicate: false }));
    const large = { ...init, payload: new Uint8Array(2_000) };
    await expect(publish(session, large, limits)).rejects.toBeInstanceOf(MioError);
    await expect(publish(session, large, limits)).rejects.toMatchObject({ code: "sdk.too_large" });
    expect(sent).toEqual([]);
  });
});

const limits: PublishLimits = { tryMs: 1_000, patienceMs: 10_000 };
const init = {
  commandId: "c1",
  subject: "mio.outbound.slack.a.c",
  dedupId: "out:c1",
  payload: new Uint8Array(3),
  trace: ROOT_CONTEXT,
};

/** A session whose stream gives the test's answers; the parts that publishing does not use are absent. */
function aSession(answer: () => Promise<{ duplicate: boolean }>, { isClosed = false } = {}) {
  const events: MioEvent[] = [];
  const sent: string[] = [];
  const timeouts: number[] = [];
  const session = {
    nc: { info: { max_payload: 1_000 }, isClosed: () => isClosed },
    js: {
      publish: (
        _subject: string,
        _payload: Uint8Array,
        options: { readonly msgID: string; readonly timeout: number },
      ) => {
        sent.push(options.msgID);
        timeouts.push(options.timeout);
        return answer();
      },
    },
    link: createLink(),
    closing: new AbortController().signal,
    onEvent: (event: MioEvent) => events.push(event),
  } as unknown as Session;
  return { session, events, sent, timeouts };
}
