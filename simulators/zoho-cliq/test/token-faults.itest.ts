import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { type CliqSimulator, startCliqSimulator } from "../src/index.ts";
import { connectApi, fetchToken } from "./helpers.ts";

async function grant(sim: CliqSimulator, overrides: Record<string, string> = {}): Promise<object> {
  const answer: unknown = await (await fetchToken(sim, overrides)).json();
  return typeof answer === "object" && answer !== null ? answer : {};
}

describe("token faults", () => {
  it("issue an expired token", async () => {
    await using sim = await startCliqSimulator();
    sim.faults.set("expired_token", { times: 1 });
    expect((await (await connectApi(sim)).postAsBot({ text: "x" })).status).toBe(401);
    expect((await (await connectApi(sim)).postAsBot({ text: "x" })).status).toBe(204);
  });

  it("revoke a refresh token that two grants use at once", async () => {
    await using sim = await startCliqSimulator();
    sim.faults.set("token_race", { ms: 50 });
    expect(await grant(sim)).toMatchObject({ expires_in: 3600 });
    const both = await Promise.all([grant(sim), grant(sim)]);
    expect(both).toEqual([{ error: "invalid_code" }, { error: "invalid_code" }]);
    sim.faults.clear();
    expect(await grant(sim)).toEqual({ error: "invalid_code" });
  });

  it.each(["fault", "option"])("replace the refresh token, by %s", async (by) => {
    await using sim = await startCliqSimulator({ rotateRefreshToken: by === "option" });
    if (by === "fault") sim.faults.set("rotate_refresh_token", { times: 1 });
    const first = await grant(sim);
    expect(first).toMatchObject({ refresh_token: expect.stringMatching(/^1000\..+/) });
    expect(await grant(sim)).toEqual({ error: "invalid_code" });
    const refresh_token = "refresh_token" in first ? String(first.refresh_token) : "";
    expect(await grant(sim, { refresh_token })).toMatchObject({ expires_in: 3600 });
  });

  it("return the configured api_domain", async () => {
    await using sim = await startCliqSimulator({ apiDomain: "https://www.zohoapis.eu" });
    expect(await grant(sim)).toMatchObject({ api_domain: "https://www.zohoapis.eu" });
  });
});

describe("event faults", () => {
  it("send an event twice", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    sim.faults.set("duplicate_event", { times: 1 });
    const { deliveries } = await sim.say({ chat: "general", user: "Ada", text: "once" });
    expect(deliveries.map(({ kind }) => kind)).toEqual(["original", "duplicate"]);
    expect(hook.received[0]?.body).toBe(hook.received[1]?.body);
  });

  it("send an event after the next one", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    sim.faults.set("reorder", { times: 1, ms: 30_000 });
    const say = (text: string) => sim.say({ chat: "general", user: "Ada", text });
    await Promise.all([say("first"), say("second")]);
    const texts = hook.received.map(({ body }) => /"text":"(\w+)"/.exec(body)?.[1]);
    expect(texts).toEqual(["second", "first"]);
  });

  it("delay an event when no other follows", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    sim.faults.set("reorder", { times: 1, ms: 10 });
    await sim.say({ chat: "general", user: "Ada", text: "alone" });
    expect(hook.received).toHaveLength(1);
  });
});
