import process from "node:process";
import { text } from "node:stream/consumers";
import { roomNames } from "../../platform/rooms.ts";
import type { BareCalls, CallPlan } from "./plan.ts";

/** The platform calls of the flood with nothing around them. A plan on standard input, a result on standard output. */
const plan: CallPlan = JSON.parse(await text(process.stdin));
process.stdout.write(`${JSON.stringify(await makeCalls(plan))}\n`);

async function makeCalls({ access, calls, warmUp, atOnce }: CallPlan): Promise<BareCalls> {
  const authorization = `Zoho-oauthtoken ${await accessToken(access)}`;
  let next = 0;
  const callUntil = async (end: number): Promise<void> => {
    for (let index = next++; index < end; index = next++) {
      const url = new URL(
        `/api/v2/channelsbyname/${roomNames[index % roomNames.length]}/message`,
        access.apiBaseUrl,
      );
      url.searchParams.set("bot_unique_name", access.bot.uniqueName);
      const answer = await fetch(url, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ text: `ceiling ${index}` }),
      });
      await answer.arrayBuffer();
    }
  };
  const all = (end: number) => Promise.all(Array.from({ length: atOnce }, () => callUntil(end)));
  await all(warmUp);
  next = warmUp;
  const start = performance.now();
  const cpu = process.cpuUsage();
  await all(warmUp + calls);
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: calls / seconds, cpuSeconds: (user + system) / 1_000_000 };
}

async function accessToken({ oauth, oauthUrl }: CallPlan["access"]): Promise<string> {
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
