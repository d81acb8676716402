import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect, type IncomingMessage } from "@mio/sdk";
import { createLogger, type Env } from "@mio/service-kit";
import { startFleet } from "../../src/index.ts";
import { recordCalls } from "./call-recorder.ts";
import type { Path, Tour } from "./tour-page.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Packages that every process uses for logs, metrics, time and errors; platforms that are simulated; the fleet itself. */
const leftOut =
  /^(?:packages\/(?:service-kit|failure|pacing|embedded|simulators)|simulators|proto|services\/all-in-one)\//;

/** Work that the clock starts may fall into one conversation, but not into all of them. */
const conversations = 3;

/** Longer than the timers of an idle fleet, so that what they call can be left out. */
const idleMs = 8_000;
const quietMs = 1_600;

type Calls = ReadonlySet<string>;

/** Follows messages of simulated Slack through a fleet, and returns the files whose functions ran because of them. */
export async function followMessage(env: Env, natsBinary: string): Promise<Tour> {
  await using fleet = await startFleet({
    storage: { kind: "memory" },
    natsBinary,
    env,
    ports: { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 },
    loggerOf: (service) => createLogger({ service, level: "silent" }),
    echo: false,
  });
  fleet.slack.setTransport("webhook");
  await using mio = await connect({ servers: fleet.urls.nats });
  const messages = mio.messages({ durable: "tour" })[Symbol.asyncIterator]();
  const say = async (text: string): Promise<IncomingMessage> => {
    await fleet.slack.say({ channel: "general", user: "Ana", text });
    const { value } = await messages.next();
    if (value === undefined) throw new Error("the SDK read no message");
    return value;
  };
  const answer = async (message: IncomingMessage): Promise<void> => {
    const { state } = await mio.receipt(await message.reply("**hello** to you"));
    if (state !== "sent") throw new Error(`the answer is ${state}`);
    await message.ack();
  };
  // The first message opens connections and fills caches.
  await answer(await say("warm up"));
  await using recorder = await recordCalls({ quietMs });
  const idle = await recorder.during(() => sleep(idleMs));
  const inbound: Calls[] = [];
  const outbound: Calls[] = [];
  for (let at = 0; at < conversations; at += 1) {
    const said: IncomingMessage[] = [];
    inbound.push(await recorder.during(async () => void said.push(await say(`hello ${at}`))));
    outbound.push(
      await recorder.during(async () => {
        for (const message of said) await answer(message);
      }),
    );
  }
  return { inbound: toPath(inbound, idle), outbound: toPath(outbound, idle) };
}

/** An idle fleet calls many functions too; those lead to no file that every conversation passes. */
function toPath(conversation: readonly Calls[], idle: Calls): Path {
  const all = [idle, ...conversation].flatMap((calls) => [...calls]);
  const common = all.filter((name) => !idle.has(name) && conversation.every((calls) => calls.has(name)));
  return { always: toFiles(common), sometimes: toFiles(all) };
}

function toFiles(functions: readonly string[]): readonly string[] {
  const files = functions
    .map((name) => name.replace(/#\d+$/, "").replace(/^file:\/\//, ""))
    .filter((path) => path.startsWith(root) && !/\/(?:node_modules|test|gen)\//.test(path))
    .map((path) => path.slice(root.length))
    .filter((path) => !leftOut.test(path));
  return [...new Set(files)].toSorted();
}
