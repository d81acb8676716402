import { DeliveryError, type DeliveryErrorKind, type Sent } from "@mio/channel-kit";
import { systemClock } from "@mio/service-kit";
import { aCommand } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { callPlatform } from "./call-platform.ts";
import type { PreparedDelivery } from "./prepare-delivery.ts";

const sent: Sent = { externalIds: ["17_1"] };
const options = { timeoutMs: 10_000, clock: systemClock };

function deliveryThat(call: PreparedDelivery["call"], threadRootExternalId?: string): PreparedDelivery {
  return {
    kind: "prepared",
    operation: "send",
    repeatable: false,
    isFallback: false,
    command: aCommand(),
    threadRootExternalId,
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
  it("returns what was made, and tells the thread's root", async () => {
    const seen: unknown[] = [];
    const delivery = deliveryThat(async ({ threadRootExternalId }) => {
      seen.push(threadRootExternalId);
      return sent;
    }, "17_0");
    expect(await callPlatform(delivery, options)).toEqual({ kind: "sent", sent });
    expect(seen).toEqual(["17_0"]);
  });

  it.each([
    ["throttled", 7_000, { kind: "throttled", afterMs: 7_000 }],
    ["throttled", undefined, { kind: "throttled", afterMs: 1_000 }],
    ["throttled", 0, { kind: "throttled", afterMs: 1_000 }],
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
    expect(await callPlatform(throwing, options)).toMatchObject({ kind: "unknown" });
  });

  it("stops waiting for an adapter that ignores its signal", async () => {
    const aborted = Promise.withResolvers<void>();
    const hanging = deliveryThat(({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => undefined);
    });
    const at = { timeoutMs: 5, clock: systemClock };
    expect(await callPlatform(hanging, at)).toMatchObject({
      kind: "unknown",
      error: { code: "delivery.unknown", details: { reason: "timeout" } },
    });
    await aborted.promise;
  });
});
