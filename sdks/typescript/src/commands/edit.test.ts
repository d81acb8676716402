import { decodeCommand } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { createLink } from "../connection/link.ts";
import type { Session } from "../connection/session.ts";
import { editCommand } from "./edit.ts";
import { addressOf, sendCommand } from "./send.ts";

/** A stream that stores every command. */
function aSession() {
  const commands: SendCommand[] = [];
  const publish = async (_subject: string, payload: Uint8Array) => {
    commands.push(decodeCommand(payload));
    return { duplicate: false };
  };
  const session = {
    ...{ nc: { info: undefined }, js: { publish }, link: createLink() },
    ...{ closing: new AbortController().signal, onEvent: () => {} },
  } as unknown as Session;
  return { session, commands };
}

it("an edit goes where its answer went: place, thread and attributes, and may say more", async () => {
  const { session, commands } = aSession();
  const place = { ...addressOf(aMessage()), parentConversationId: "parent", threadRootMessageId: "root" };
  const attributes = { cliq_channel_name: "general", mood: "unsure" };
  const sent = await sendCommand(session, { ...place, attributes, text: "thinking…" });
  const edit = await editCommand(session, { of: sent, text: "done", attributes: { mood: "sure" } });
  await editCommand(session, { of: edit, text: "done twice" });
  const [original, first, second] = commands;
  expect(first).toMatchObject({
    ...place,
    text: "done",
    editOfMessageId: original?.id,
    attributes: { cliq_channel_name: "general", mood: "sure", replaces_send_id: original?.id },
  });
  expect(second).toMatchObject({ ...place, editOfMessageId: first?.id });
});

it("commands notify everybody only if the program says so", async () => {
  const { session, commands } = aSession();
  const place = addressOf(aMessage());
  const sent = await sendCommand(session, { ...place, text: "<!here>", allowBroadcast: true });
  await editCommand(session, { of: sent, text: "<!here>", allowBroadcast: true });
  await editCommand(session, { of: sent, text: "<!here>" });
  expect(commands.map(({ allowBroadcast }) => allowBroadcast)).toEqual([true, true, false]);
});
