import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { MessageRelation_Kind as Kind } from "@mio/proto";
import { eventually, openAgentWorld } from "@mio/testkit";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const folder = join(root, "dist");

it("the agent of the README answers what people say, also in threads, and nothing else", async () => {
  await using world = await openAgentWorld();
  const readme = await readFile(join(root, "../../README.md"), "utf8");
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(readme) ?? [];
  const file = join(folder, `readme-agent-${process.pid}.ts`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, example);
  const agent = spawn(execPath, ["--conditions=@mio/source", file], {
    env: { ...env, NATS_URL: world.server.url },
    stdio: "inherit",
  });
  const ended = once(agent, "exit");
  try {
    await eventually(() => world.jsm.consumers.info("MESSAGES_INBOUND_ENRICHED", "my-agent"), {
      timeoutMs: 30_000,
    });
    await world.arrive({ text: "an edit", relation: { kind: Kind.EDIT } });
    await world.arrive({ text: "of a bot", sender: { externalId: "b", isBot: true } });
    await world.arrive({ text: "hi agent" });
    await world.arrive({
      text: "follow-up",
      threadRootMessageId: "root",
      relation: { kind: Kind.REPLY },
    });
    await eventually(async () => (await world.commands()).length === 4);
    const said = (await world.commands()).map(({ command }) => [command.text, command.threadRootMessageId]);
    expect(said).toEqual([
      ["let me think…", ""],
      ["You said: hi agent", ""],
      ["let me think…", "root"],
      ["You said: follow-up", "root"],
    ]);
  } finally {
    agent.kill();
    await ended;
    await rm(file);
  }
});
