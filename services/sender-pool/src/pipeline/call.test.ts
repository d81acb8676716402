import {
  createHttpClient,
  DeliveryError,
  type DeliveryErrorKind,
  type DeliveryReason,
  type Sent,
} from "@mio/channel-kit";
import { systemClock } from "@mio/pacing";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import type { PreparedDelivery } from "../job/platform-call.ts";
import { callEndOf, callPlatform } from "./call.ts";

const sent: Sent = { externalIds: ["17_1"] };
const noFiles = () => ({ open: () => Promise.reject(new Error("no files")), [Symbol.dispose]() {} });
const options = {
  timeoutMs: 10_000,
  clock: systemClock,
  lease: { lost: new AbortController().signal, isHeld: () => true },
  attempt: 2,
  alreadySent: ["17_0"],
  openFiles: noFiles,
};

function deliveryThat(call: PreparedDelivery["call"], threadRootExternalId?: string): PreparedDelivery {
  return {
    kind: "prepared",
    operation: "send",
    repeatable: false,
    isFallback: false,
    command: aCommand(),
    threadRootExternalId,
    targetExternalIds: [],
    sender: { send: async () => sent },
    call,
  };
}

const failing = (kind: DeliveryErrorKind, retryAfterMs?: number) =>
  deliveryThat(async () => {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    throw new DeliveryError({ kind, reason: "platform_down", message: "no", ...retry });
  });

describe("callPlatform", () => {
  it("returns what was made, and tells the thread's root and what was made before", async () => {
    const seen: unknown[] = [];
    const delivery = deliveryThat(async ({ threadRootExternalId, attempt, alreadySent }) => {
      seen.push({ threadRootExternalId, attempt, alreadySent });
      return sent;
    }, "17_9");
    expect(await callPlatform(delivery, options)).toEqual({ kind: "sent", externalIds: ["17_0", "17_1"] });
    expect(seen).toEqual([{ threadRootExternalId: "17_9", attempt: 2, alreadySent: ["17_0"] }]);
  });

  it("lets no request be written that the lease no longer covers", async () => {
    const http = createHttpClient({ userAgent: "mio-test", timeoutMs: 1_000, maxResponseBytes: 1 });
    const outcomes: unknown[] = [];
    const delivery = deliveryThat(async () => {
      outcomes.push(await http.call({ method: "POST", url: new URL("http://127.0.0.1:9/"), body: "{}" }));
      return sent;
    });
    const lease = { ...options.lease, isHeld: () => false };
    await callPlatform(delivery, { ...options, lease });
    expect(outcomes).toEqual([{ kind: "unsent", reason: "aborted", networkCode: "ABORT_ERR" }]);
  });

  it("takes the word of an edit for what there is, since it may have become less", async () => {
    const edit = { ...deliveryThat(async () => sent), operation: "edit" } as const;
    expect(await callPlatform(edit, options)).toEqual({ kind: "sent", externalIds: ["17_1"] });
  });

  it.each(["throttled", "transient", "permanent", "unknown"] as const)(
    "keeps what was made before it failed (%s), told whole or in part",
    async (kind) => {
      for (const told of [["17_1"], ["17_0", "17_1"]]) {
        const delivery = deliveryThat(async () => {
          const made = { externalIds: told };
          throw new DeliveryError({ kind, reason: "platform_down", message: "no", sent: made });
        });
        expect((await callPlatform(delivery, options)).externalIds).toEqual(["17_0", "17_1"]);
      }
    },
  );

  it.each([
    ["throttled", 7_000, { kind: "throttled", afterMs: 7_000 }],
    ["throttled", undefined, { kind: "throttled", afterMs: undefined }],
    ["throttled", 0, { kind: "throttled", afterMs: undefined }],
    ["transient", undefined, { kind: "transient", afterMs: 0 }],
    ["transient", 9_000, { kind: "transient", afterMs: 9_000 }],
    ["permanent", undefined, { kind: "permanent" }],
    ["unknown", undefined, { kind: "unknown" }],
  ] as const)("keeps the fate %s with delay %s", async (kind, retryAfterMs, expected) => {
    expect(await callPlatform(failing(kind, retryAfterMs), options)).toMatchObject(expected);
  });

  it("knows nothing about an adapter that failed in another way, even before it returned", async () => {
    const throwing = deliveryThat(() => {
      throw new TypeError("oops");
    });
    expect(await callPlatform(throwing, options)).toMatchObject({
      kind: "unknown",
      error: { code: "delivery.unknown", details: { reason: "unexpected" } },
    });
  });

  it("takes any error of an adapter whose time is over for a call that did not end in time", async () => {
    const obedient = deliveryThat(({ signal }) => {
      const { promise, reject } = Promise.withResolvers<Sent>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    });
    const result = await callPlatform(obedient, { ...options, timeoutMs: 5 });
    expect(result).toMatchObject({ kind: "unknown", error: { details: { reason: "timeout" } } });
  });

  it("stops waiting for an adapter that ignores its signal", async () => {
    const aborted = Promise.withResolvers<void>();
    const hanging = deliveryThat(({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => undefined);
    });
    const at = { ...options, timeoutMs: 5 };
    expect(await callPlatform(hanging, at)).toMatchObject({
      kind: "unknown",
      error: { code: "delivery.unknown", details: { reason: "timeout" } },
    });
    await aborted.promise;
  });

  it("listens to the last word of an adapter whose time is over", async () => {
    const obedient = deliveryThat(({ signal }) => {
      const { promise, reject } = Promise.withResolvers<Sent>();
      signal.addEventListener("abort", () =>
        reject(new DeliveryError({ kind: "unknown", reason: "timeout", message: "late", sent })),
      );
      return promise;
    });
    expect(await callPlatform(obedient, { ...options, timeoutMs: 5 })).toMatchObject({
      kind: "unknown",
      externalIds: ["17_0", "17_1"],
    });
  });

  it("closes the files when the call is over, however it ended", async () => {
    let closed = 0;
    const openFiles = () => ({
      ...noFiles(),
      [Symbol.dispose]: () => {
        closed += 1;
      },
    });
    await callPlatform(
      deliveryThat(async () => sent),
      { ...options, openFiles },
    );
    await callPlatform(failing("permanent"), { ...options, openFiles });
    expect(closed).toBe(2);
  });
});

describe("callEndOf", () => {
  const endOf = async (error: unknown) =>
    callEndOf(
      await callPlatform(
        deliveryThat(() => Promise.reject(error)),
        options,
      ),
    );
  const failure = (reason: DeliveryReason) => new DeliveryError({ kind: "transient", reason, message: "no" });

  it("takes a post for an answer", () => {
    expect(callEndOf({ kind: "sent", externalIds: [] })).toBe("answered");
  });

  it("takes no answer in time for silence", async () => {
    expect(await endOf(failure("timeout"))).toBe("silent");
  });

  it.each(["forbidden", "throttled", "platform_down"] as const)("takes %s for an answer", async (reason) => {
    expect(await endOf(failure(reason))).toBe("answered");
  });

  it.each([
    ["a connection that cannot be made", failure("network")],
    ["an adapter that fails before it calls", new TypeError("oops")],
  ])("says nothing after %s", async (_, error) => {
    expect(await endOf(error)).toBeUndefined();
  });
});
