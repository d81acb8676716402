import type { CliqSimulator } from "@mio/simulator-zoho-cliq";
import { channelNames } from "./world.ts";

/** Makes the same number of bare platform calls, as the adapter does. Returns calls per second. */
export async function callDirectly(
  cliq: CliqSimulator,
  { calls, atOnce }: { readonly calls: number; readonly atOnce: number },
): Promise<number> {
  const token = await accessToken(cliq);
  const start = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < calls; index = next++) {
      const channel = channelNames[index % channelNames.length] ?? "";
      const url = new URL(`/api/v2/channelsbyname/${channel}/message`, cliq.apiBaseUrl);
      url.searchParams.set("bot_unique_name", cliq.bot.uniqueName);
      const answer = await fetch(url, {
        method: "POST",
        headers: { authorization: `Zoho-oauthtoken ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ text: `ceiling ${index}` }),
      });
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return Math.round(calls / ((performance.now() - start) / 1_000));
}

async function accessToken({ oauth, oauthUrl }: CliqSimulator): Promise<string> {
  const body = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: oauth.clientId,
    client_secret: oauth.clientSecret,
    refresh_token: oauth.refreshToken,
  });
  const answer: unknown = await (await fetch(oauthUrl, { method: "POST", body })).json();
  const token =
    typeof answer === "object" && answer !== null && "access_token" in answer ? answer.access_token : "";
  return String(token);
}
