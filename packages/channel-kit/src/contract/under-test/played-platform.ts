import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ScriptedAnswer } from "../scripted-http.ts";
import type { PlatformRequest } from "./outbound-under-test.ts";

/** An answer, or none: the connection breaks after the request was read, or stays open without an answer. */
export type Behaviour = ScriptedAnswer | "break" | "silence";

/** The suite's platform, listening on this machine. */
export interface PlayedPlatform extends AsyncDisposable {
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: readonly PlatformRequest[];
}

export async function playPlatform(behave: (request: PlatformRequest) => Behaviour): Promise<PlayedPlatform> {
  const requests: PlatformRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming);
    requests.push(request);
    answerWith(behave(request), response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the platform has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** An address without a listener. */
export async function nowhere(): Promise<string> {
  await using platform = await playPlatform(() => "break");
  return platform.url;
}

function answerWith(behaviour: Behaviour, response: ServerResponse): void {
  if (behaviour === "silence") return;
  if (behaviour === "break") {
    response.destroy();
    return;
  }
  const { status, headers = {}, text = "" } = behaviour;
  const type = text.startsWith("{") ? { "content-type": "application/json" } : {};
  response.writeHead(status, { ...type, ...headers }).end(text);
}

async function readRequest(incoming: IncomingMessage): Promise<PlatformRequest> {
  const body = Buffer.concat(await incoming.toArray()).toString();
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://platform.test");
  const { method = "GET", headers } = incoming;
  const fields = fieldsOf(body, headers["content-type"] ?? "");
  return { method, path: pathname, query: searchParams, headers, body, fields };
}

function fieldsOf(body: string, contentType: string): Readonly<Record<string, unknown>> {
  if (contentType.startsWith("application/x-www-form-urlencoded")) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  if (!contentType.startsWith("application/json")) return {};
  const json: unknown = JSON.parse(body);
  return typeof json === "object" && json !== null ? { ...json } : {};
}
