import { create } from "@bufbuild/protobuf";
import { type CallContext, DeliveryError, type Sender, type Sent } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, type SendCommand, SendCommandSchema } from "@mio/proto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { now } from "../../test/scripted-slack.ts";
import type { SlackClient } from "../access/client.ts";
import { createSender } from "./send.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gaveUp = new DeliveryError({ kind: "unknown", reason: "timeout", message: "gave up" });

/** A Slack that never answers; a call ends only on abort. */
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

const target = "C1:1714731490.000100";
const relation = { kind: MessageRelation_Kind.REACTION, reactionEmoji: "tada" };
const aFile = { storageKey: "k/1" };

type Call = readonly [string, object, number, Method];
type Method = (sender: Required<Sender>, command: SendCommand, context: CallContext) => Promise<Sent>;

const methods: readonly Call[] = [
  ["a text", {}, 20_000, (sender, command, context) => sender.send(command, context)],
  ["files", { attachments: [aFile] }, 140_000, (sender, command, context) => sender.send(command, context)],
  ["an edit", {}, 20_000, (sender, command, context) => sender.edit(command, target, context)],
  ["a deletion", {}, 20_000, (sender, command, context) => sender.remove(command, target, context)],
  ["a reaction", { relation }, 20_000, (sender, command, context) => sender.react(command, target, context)],
];

it.each(methods)("aborts %s at its deadline, in any state of Slack", async (_, init, timeMs, method) => {
  const { client, calls } = deafSlack();
  const uploads = scriptedHttp({ status: 500 });
  const sender = createSender({ client, uploads, isUploadAddress: () => true, now });
  const command = create(SendCommandSchema, { conversationExternalId: "C1", text: "hi", ...init });
  const openAttachment = () => Promise.resolve({ body: ReadableStream.from([]), bytes: 0, contentType: "" });
  const ended = vi.fn();
  const call = method(sender, command, callUnderTest({ openAttachment })).catch(ended);
  await vi.advanceTimersByTimeAsync(timeMs - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await call;
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: "unknown" }));
  expect(calls()).toBe(1);
});
