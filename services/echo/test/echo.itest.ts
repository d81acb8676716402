import { type EchoEvent, runEcho } from "@mio/echo";
import { connect } from "@mio/sdk";
import { type AgentWorld, eventually, openAgentWorld, RelationKinds } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEcho } from "../src/app.ts";

describe("echo", () => {
  let world: AgentWorld;
  let stop: AbortController;
  beforeEach(async () => {
    world = await openAgentWorld();
    stop = new AbortController();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const untilFinished = async (count: number) => {
    await eventually(async () => (await world.finished()) === count);
    stop.abort();
  };

  it("posts a placeholder, then edits it into the answer", async () => {
    const message = await world.arrive({ text: "halo", attributes: { cliq_channel_name: "general" } });
    const running = runEcho({ servers: world.server.url, signal: stop.signal });
    await untilFinished(1);
    await running;
    const [thinking, answer, ...more] = (await world.commands()).map(({ command }) => command);
    expect(more).toEqual([]);
    expect(thinking).toMatchObject({
      text: "thinking…",
      conversationId: message.conversationId,
      editOfMessageId: "",
      attributes: { cliq_channel_name: "general", replied_to: message.id },
    });
    expect(answer).toMatchObject({
      text: "echo: halo",
      editOfMessageId: thinking?.id,
      attributes: { cliq_channel_name: "general", replaces_send_id: thinking?.id },
    });
  });

  it("answers a message once, however often it is delivered", async () => {
    const message = await world.arrive();
    await world.arrive(message);
    await world.arrive(message);
    const running = runEcho({ servers: world.server.url, signal: stop.signal });
    await untilFinished(3);
    await running;
    expect(await world.commands()).toHaveLength(2);
  });

  it("does not post the placeholder twice when the edit failed", async () => {
    await world.arrive({ text: "halo" });
    await using mio = await connect({ servers: world.server.url });
    let failures = 0;
    const flaky: Pick<typeof mio, "serve"> = {
      serve: (handler, options) =>
        mio.serve(
          async (message) =>
            handler({
              ...message,
              edit: async (...edit) => {
                failures += 1;
                if (failures === 1) throw new Error("the edit was lost");
                return await message.edit(...edit);
              },
            }),
          options,
        ),
    };
    const running = createEcho(flaky).run(stop.signal);
    await untilFinished(1);
    await running;
    expect((await world.commands()).map(({ command }) => command.text)).toEqual(["thinking…", "echo: halo"]);
  });

  it("ignores bots, edits, deletes and reactions, and answers replies", async () => {
    for (const kind of [RelationKinds.EDIT, RelationKinds.DELETE, RelationKinds.REACTION])
      await world.arrive({ relation: { kind, targetExternalId: "177" } });
    await world.arrive({ sender: { externalId: "b-1", isBot: true } });
    await world.arrive({ schemaVersion: 2 });
    await world.arrive({ text: "a reply", relation: { kind: RelationKinds.REPLY } });
    const outcomes: EchoEvent["outcome"][] = [];
    const onEvent = (event: EchoEvent) => outcomes.push(event.outcome);
    const running = runEcho({ servers: world.server.url, signal: stop.signal, onEvent });
    await untilFinished(6);
    await running;
    expect(outcomes.sort()).toEqual(["answered", "ignored", "ignored", "ignored", "ignored"]);
    expect((await world.commands()).map(({ command }) => command.text)).toEqual([
      "thinking…",
      "echo: a reply",
    ]);
  });

  it("sends nothing and acknowledges the messages when it is not enabled", async () => {
    await world.arrive();
    const running = runEcho({ servers: world.server.url, signal: stop.signal, enabled: false });
    await untilFinished(1);
    await running;
    expect(await world.commands()).toEqual([]);
  });

  it("shows the placeholder for thinkMs, and answers at once when it is stopped meanwhile", async () => {
    await world.arrive();
    const running = runEcho({ servers: world.server.url, signal: stop.signal, thinkMs: 3_600_000 });
    await eventually(async () => (await world.commands()).length === 1);
    stop.abort();
    await running;
    expect(await world.commands()).toHaveLength(2);
    expect(await world.finished()).toBe(1);
  });
});
