import { create } from "@bufbuild/protobuf";
import { type CallContext, DeliveryError, type Sender, type Sent } from "@mio/channel-kit";
import { callUnderTest } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, type SendCommand, SendCommandSchema } from "@mio/proto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CliqClient } from "../access/client.ts";
import { parseBotIds } from "../identity/bot-ids.ts";
import { createSender } from "./send.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const gaveUp = new DeliveryError({ kind: "unknown", reason: "timeout", message: "gave up" });

const aFile = { storageKey: "k", filename: "a.txt" };
const target = "1777804687057_137";
const relation = { kind: MessageRelation_Kind.REACTION, reactionEmoji: "tada" };

type Call = readonly [string, object, number, Method];
type Method = (sender: Required<Sender>, command: SendCommand, context: CallContext) => Promise<Sent>;

const calls: readonly Call[] = [
  ["a text", {}, 20_000, (sender, command, context) => sender.send(command, context)],
  ["files", { attachments: [aFile] }, 60_000, (sender, command, context) => sender.send(command, context)],
  ["an edit", {}, 20_000, (sender, command, context) => sender.edit(command, target, context)],
  ["a deletion", {}, 20_000, (sender, command, context) => sender.remove(command, target, context)],
  ["a reaction", { relation }, 20_000, (sender, command, context) => sender.react(command, target, context)],
];

it.each(calls)("aborts %s at its deadline, in any state of Cliq", async (_, init, timeMs, method) => {
  let made = 0;
  const client: CliqClient = {
    call: ({ signal }) => {
      made += 1;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(gaveUp)));
    },
  };
  const now = (): Date => new Date("2026-05-03T10:00:00Z");
  const sender = createSender({ client, botName: "miobot", ownBots: parseBotIds(""), now });
  const command = create(SendCommandSchema, { conversationExternalId: "CT_1", text: "hi", ...init });
  const openAttachment = () => Promise.resolve({ body: ReadableStream.from([]), bytes: 0, contentType: "" });
  const ended = vi.fn();
  const call = method(sender, command, callUnderTest({ openAttachment })).catch(ended);
  await vi.advanceTimersByTimeAsync(timeMs - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await call;
  expect(ended).toHaveBeenCalledWith(expect.objectContaining({ kind: "unknown" }));
  expect(made).toBe(1);
});
