import { once } from "node:events";
import { WebSocket } from "ws";
import type { SlackSimulator } from "../src/index.ts";

export type Json = Record<string, unknown>;

/** Calls a method with a form, as Slack's clients do. */
export async function postSlack(
  sim: SlackSimulator,
  method: string,
  args: Json = {},
  token: string = sim.botToken,
): Promise<Response> {
  const fields = Object.entries(args).map(([name, value]) => [
    name,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  return await fetch(new URL(method, sim.apiBaseUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(fields),
  });
}

export async function callSlack(
  sim: SlackSimulator,
  method: string,
  args: Json = {},
  token?: string,
): Promise<Json> {
  const answer: unknown = await (await postSlack(sim, method, args, token)).json();
  return { ...(typeof answer === "object" ? answer : {}) };
}

/** An app on a socket. Acknowledges every envelope unless `acknowledges` is false. */
export async function connectSocket(
  sim: SlackSimulator,
  options: { readonly acknowledges?: boolean; readonly url?: string; readonly token?: string } = {},
) {
  const { acknowledges = true } = options;
  const url =
    options.url ??
    String((await callSlack(sim, "apps.connections.open", {}, options.token ?? sim.appToken))["url"]);
  const ws = new WebSocket(url);
  const frames: Json[] = [];
  const waiting = new Set<() => void>();
  let pongs = 0;
  const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  ws.on("pong", () => {
    pongs += 1;
  });
  ws.on("message", (text) => {
    const frame: Json = JSON.parse(String(text));
    if (acknowledges && frame["envelope_id"]) ws.send(JSON.stringify({ envelope_id: frame["envelope_id"] }));
    frames.push(frame);
    for (const look of [...waiting]) look();
  });
  await once(ws, "open");
  ws.on("error", () => undefined);
  const frame = async (predicate: (frame: Json) => boolean): Promise<Json> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const found = frames.find(predicate);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  await frame(() => true);
  return {
    ws,
    frames,
    frame,
    closed,
    pongs: (): number => pongs,
    [Symbol.asyncDispose]: async () => {
      ws.terminate();
      await closed;
    },
  };
}
