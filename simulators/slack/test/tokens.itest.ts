import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack, type Json } from "./helpers.ts";

async function grant(sim: SlackSimulator, fields: Record<string, string>): Promise<Json> {
  const { clientId, clientSecret } = sim.oauth;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...fields });
  const answer: unknown = await (
    await fetch(`${sim.apiBaseUrl}oauth.v2.access`, { method: "POST", body })
  ).json();
  return { ...(typeof answer === "object" ? answer : {}) };
}

const refresh = (sim: SlackSimulator, refreshToken: unknown): Promise<Json> =>
  grant(sim, { grant_type: "refresh_token", refresh_token: String(refreshToken) });
const whoIs = (sim: SlackSimulator, token: unknown) => callSlack(sim, "auth.test", {}, String(token));

describe("tokens", () => {
  it("are issued for a code, once", async () => {
    await using sim = await startSlackSimulator();
    const code = sim.installCode();
    const first = await grant(sim, { code });
    expect(first).toMatchObject({
      ok: true,
      token_type: "bot",
      access_token: expect.stringMatching(/^xoxe\.xoxb-/),
      refresh_token: expect.stringMatching(/^xoxe-1-/),
      expires_in: 43_200,
      bot_user_id: sim.bot.userId,
      app_id: sim.bot.appId,
      team: { id: sim.team.id },
    });
    expect(await whoIs(sim, first["access_token"])).toMatchObject({ ok: true, team_id: sim.team.id });
    expect(await grant(sim, { code })).toMatchObject({ error: "invalid_code" });
  });

  it("rotate: the old refresh token expires when the new token is used, not before", async () => {
    await using sim = await startSlackSimulator();
    const lost = await refresh(sim, sim.refreshToken);
    const second = await refresh(sim, sim.refreshToken);
    expect(lost, "an answer that got lost does no harm").toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: true });
    await whoIs(sim, second["access_token"]);
    expect(await refresh(sim, sim.refreshToken)).toMatchObject({ ok: false, error: "invalid_refresh_token" });
    expect(await refresh(sim, second["refresh_token"])).toMatchObject({ ok: true });
  });

  it("race: the second use of a refresh token is rejected", async () => {
    await using sim = await startSlackSimulator();
    sim.faults.set("token_race");
    const both = await Promise.all([refresh(sim, sim.refreshToken), refresh(sim, sim.refreshToken)]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(both.find(({ ok }) => !ok)).toMatchObject({ error: "invalid_refresh_token" });
    expect(sim.faults.active()).toMatchObject([{ name: "token_race", hits: 1 }]);
  });

  it("expire, by the clock and on demand", async () => {
    let now = Date.now();
    const clock = { now: () => new Date(now), sleep: async () => undefined };
    await using sim = await startSlackSimulator({ clock, tokenLifetimeSeconds: 60 });
    const { access_token: token, refresh_token: next } = await refresh(sim, sim.refreshToken);
    expect(await whoIs(sim, token)).toMatchObject({ ok: true });
    now += 60_000;
    expect(await whoIs(sim, token)).toMatchObject({ error: "token_expired" });
    expect(await whoIs(sim, sim.botToken), "the first token does not rotate").toMatchObject({ ok: true });
    sim.expireTokens();
    expect(await whoIs(sim, sim.botToken)).toMatchObject({ error: "token_expired" });
    const { access_token: fresh } = await refresh(sim, next);
    expect(await whoIs(sim, fresh)).toMatchObject({ ok: true });
  });

  it.each([
    [{ client_id: "x" }, "invalid_client_id"],
    [{ client_secret: "x" }, "bad_client_secret"],
    [{ grant_type: "password" }, "invalid_grant_type"],
    [{ code: "x" }, "invalid_code"],
    [{ grant_type: "refresh_token" }, "invalid_refresh_token"],
  ])("are rejected for %j", async (fields, error) => {
    await using sim = await startSlackSimulator();
    expect(await grant(sim, fields)).toMatchObject({ ok: false, error });
  });

  it("can be requested with basic authentication", async () => {
    await using sim = await startSlackSimulator();
    const basic = Buffer.from(`${sim.oauth.clientId}:${sim.oauth.clientSecret}`).toString("base64");
    const answer = await fetch(`${sim.apiBaseUrl}oauth.v2.access`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ code: sim.installCode() }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
  });
});
