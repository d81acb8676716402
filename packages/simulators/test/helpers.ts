import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { CliqSimulator } from "../src/index.ts";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A webhook that keeps what it gets and answers what it is told. */
export async function startReceiver(
  answer: (request: Received) => number | Reply | Promise<number | Reply> = () => 200,
) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const whole = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    received.push(whole);
    const given = await answer(whole);
    const reply: Reply = typeof given === "number" ? { status: given } : given;
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/webhooks/zoho-cliq`,
    received,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function hmac(body: string, secret: string, encoding: "hex" | "base64"): string {
  return createHmac("sha256", secret).update(body).digest(encoding);
}

export async function fetchToken(
  sim: CliqSimulator,
  overrides: Record<string, string> = {},
): Promise<Response> {
  const { clientId, clientSecret, refreshToken } = sim.oauth;
  const form = {
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    ...overrides,
  };
  return await fetch(sim.oauthUrl, { method: "POST", body: new URLSearchParams(form) });
}

/** A client of the platform API that holds one token. */
export async function connectApi(sim: CliqSimulator) {
  const granted: unknown = await (await fetchToken(sim)).json();
  const token =
    typeof granted === "object" && granted !== null && "access_token" in granted ? granted.access_token : "";
  const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    await fetch(new URL(path, sim.apiBaseUrl), {
      method,
      headers: { authorization: `Zoho-oauthtoken ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    call,
    postAsBot: async (body: unknown, channel = "general") =>
      await call("POST", `/api/v2/channelsbyname/${channel}/message?bot_unique_name=mio`, body),
    chatId: (name = "general"): string => sim.chats().find((chat) => chat.name === name)?.id ?? "",
  };
}
