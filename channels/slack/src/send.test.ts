import { create } from "@bufbuild/protobuf";
import { DeliveryError } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { SendCommandSchema } from "@mio/proto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SlackClient } from "./client.ts";
import { now } from "./scripted-slack.ts";
import { createSender } from "./send.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gaveUp = new DeliveryError({ kind: "unknown", reason: "timeout", message: "gave up" });

/** A Slack that never answers; a call ends only when it is given up. */
function deafSlack(): { readonly client: SlackClient; calls(): number } {
  let calls = 0;
  const client: SlackClient = {
    call: ({ signal }) => {
      calls += 1;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(gaveUp)));
    },
  };
  return { client, calls: () => calls };
}

it.each([
  ["a text", {}, 20_000],
  ["files", { attachments: [{ storageKey: "k/1" }] }, 140_000],
])("gives %s up when its time is over, whatever Slack does", async (_, init, timeMs) => {
  const { client, calls } = deafSlack();
  const uploads = scriptedHttp({ status: 500 });
  const sender = createSender({ client, uploads, isUploadAddress: () => true, now });
  const command = create(SendCommandSchema, { conversationExternalId: "C1", text: "hi", ...init });
  const openAttachment = () => Promise.resolve({ body: ReadableStream.from([]), bytes: 0, contentType: "" });
  const ended = vi.fn();
  const call = sender.send(command, callUnderTest({ openAttachment })).catch(ended);
  await vi.advanceTimersByTimeAsync(timeMs - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await call;
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: "unknown" }));
  expect(calls()).toBe(1);
});
