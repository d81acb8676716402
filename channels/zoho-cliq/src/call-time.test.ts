import { create } from "@bufbuild/protobuf";
import { DeliveryError } from "@mio/channel-kit";
import { callUnderTest } from "@mio/channel-kit/contract";
import { SendCommandSchema } from "@mio/proto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parseBotIds } from "./bot-ids.ts";
import type { CliqClient } from "./client.ts";
import { createSender } from "./send.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gaveUp = new DeliveryError({ kind: "unknown", reason: "timeout", message: "gave up" });

it.each([
  ["a text", {}, 20_000],
  ["files", { attachments: [{ storageKey: "k", filename: "a.txt" }] }, 60_000],
])("gives %s up when its time is over, whatever Cliq does", async (_, init, timeMs) => {
  let calls = 0;
  const client: CliqClient = {
    call: ({ signal }) => {
      calls += 1;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(gaveUp)));
    },
  };
  const now = (): Date => new Date("2026-05-03T10:00:00Z");
  const sender = createSender({ client, botName: "miobot", ownBots: parseBotIds(""), now });
  const command = create(SendCommandSchema, { conversationExternalId: "CT_1", text: "hi", ...init });
  const openAttachment = () => Promise.resolve({ body: ReadableStream.from([]), bytes: 0, contentType: "" });
  const ended = vi.fn();
  const call = sender.send(command, callUnderTest({ openAttachment })).catch(ended);
  await vi.advanceTimersByTimeAsync(timeMs - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await call;
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: "unknown" }));
  expect(calls).toBe(1);
});
