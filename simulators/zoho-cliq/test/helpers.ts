import { createHmac } from "node:crypto";
import type { CliqSimulator } from "../src/index.ts";

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

/** A client of the platform API with one token. */
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
