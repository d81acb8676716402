import { create } from "@bufbuild/protobuf";
import {
  createHttpClient,
  DeliveryError,
  type DeliveryErrorKind,
  type DeliveryReason,
  type Sent,
} from "@mio/channel-kit";
import { systemClock } from "@mio/pacing";
import { AttachmentSchema } from "@mio/proto";
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

function withFile(delivery: PreparedDelivery): PreparedDelivery {
  const attachments = [create(AttachmentSchema, { storageKey: "mio/attachments/a" })];
  return { ...delivery, command: aCommand({ attachments }) };
}

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
  it("passes the root of the thread and the earlier ids to the adapter, and returns all ids", async () => {
    const seen: unknown[] = [];
    const delivery = deliveryThat(async ({ threadRootExternalId, attempt, alreadySent }) => {
      seen.push({ threadRootExternalId, attempt, alreadySent });
      return sent;
    }, "17_9");
    expect(await callPlatform(delivery, options)).toEqual({ kind: "sent", externalIds: ["17_0", "17_1"] });
    expect(seen).toEqual([{ threadRootExternalId: "17_9", attempt: 2, alreadySent: ["17_0"] }]);
  });

  it("writes no request after the lease has expired", async () => {
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

  it("takes the ids of an edit as complete, since they may be fewer", async () => {
    const edit = { ...deliveryThat(async () => sent), operation: "edit" } as const;
    expect(await callPlatform(edit, options)).toEqual({ kind: "sent", externalIds: ["17_1"] });
  });

  it.each(["throttled", "transient", "permanent", "unknown"] as const)(
    "keeps the ids that it made before it failed (%s), reported completely or in part",
    async (kind) => {
      for (const reported of [["17_1"], ["17_0", "17_1"]]) {
        const delivery = deliveryThat(async () => {
          const made = { externalIds: reported };
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

  it("calls the fate unknown when an adapter throws any other error, even before it returns", async () => {
    const throwing = deliveryThat(() => {
      throw new TypeError("oops");
    });
    expect(await callPlatform(throwing, options)).toMatchObject({
      kind: "unknown",
      error: { code: "delivery.unknown", details: { reason: "unexpected" } },
    });
  });

  it("reports a timeout for any error of an adapter after its deadline", async () => {
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

  it("accepts the report of an adapter during the grace period", async () => {
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
    await callPlatform(withFile(deliveryThat(async () => sent)), { ...options, openFiles });
    await callPlatform(withFile(failing("permanent")), { ...options, openFiles });
    expect(closed).toBe(2);
  });

  it("opens no files for a command without any", async () => {
    let opened = 0;
    const openFiles = () => {
      opened += 1;
      return noFiles();
    };
    const asking = deliveryThat(async ({ openAttachment }) => {
      await openAttachment(create(AttachmentSchema, { url: "https://example.com/a.png" }));
      return sent;
    });
    expect(await callPlatform(asking, { ...options, openFiles })).toMatchObject({ kind: "permanent" });
    expect(opened).toBe(0);
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
