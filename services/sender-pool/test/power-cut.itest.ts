import { streams } from "@mio/bus";
import { newId } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";
import { eventually, powerCutNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { openPoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const patient = { timeoutMs: 60_000 };
/** As many as an account has calls at once. */
const conversations = Array.from({ length: 4 }, newId);
const perConversation = 10;

test("a power cut of a server that syncs always: every confirmed command is posted once and in order", async (context) => {
  const outcome = await powerCutNats({ syncAlways: true });
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using nats = outcome.nats;
  await using fixture = await openPoolFixture({ nats: nats.server });
  const platform = scriptedPlatform();
  const { answer } = platform;
  const restored = Promise.withResolvers<void>();
  platform.answer = async (call) => {
    await restored.promise;
    return answer(call);
  };
  const start = () => fixture.startPool({ channels: [platform.channel] });
  await using _one = await start();
  await using _two = await start();
  const sent: SendCommand[] = [];
  const sendTo = async (conversationId: string): Promise<void> => {
    for (let at = 0; at < perConversation; at += 1) {
      const command = fixture.command({ conversationId });
      await fixture.publish(command);
      sent.push(command);
    }
  };
  await Promise.all(conversations.map(sendTo));
  // Every conversation has a call in progress, and the rest of its commands behind it.
  await eventually(() => platform.calls.length === conversations.length, patient);
  await nats.cutPower();
  restored.resolve();
  const receipts = async () => (await fixture.bus.jsm.streams.info(streams.receipts.name)).state.messages;
  await eventually(async () => expect(await receipts()).toBe(sent.length), patient);
  await eventually(async () => expect(await fixture.left()).toBe(0), patient);
  const idsOf = (commands: readonly SendCommand[]) =>
    conversations.map((id) =>
      commands.filter(({ conversationId }) => conversationId === id).map((one) => one.id),
    );
  const posts = platform.calls.filter(({ method }) => method === "send");
  expect(idsOf(posts.map(({ command }) => command))).toEqual(idsOf(sent));
});
