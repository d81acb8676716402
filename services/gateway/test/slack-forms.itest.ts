import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type GatewayFixture, gatewayFixture } from "./support.ts";

const secret = "slack-signing-secret";
let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture({ secrets: { "slack-webhook-secret": secret } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Posted {
  readonly body: string;
  readonly key?: string;
  readonly contentType?: string;
}

const post = ({ body, key = secret, contentType }: Posted): Promise<Answer> => {
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac("sha256", key).update(`v0:${time}:${body}`).digest("hex")}`;
  return gateway.post(body, {
    path: "/webhooks/slack",
    headers: {
      "content-type": contentType ?? "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": time,
      "x-slack-signature": signature,
    },
  });
};

const postUnsigned = (body: string): Promise<Answer> =>
  gateway.post(body, {
    path: "/webhooks/slack",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const interaction = (payload: unknown): string => form({ payload: JSON.stringify(payload) });

const around = { api_app_id: "A0MIO0001", team: { id: "T0HOME001" }, user: { id: "U1" } };
const click = interaction({
  ...around,
  type: "block_actions",
  actions: [{ type: "button", action_id: "a" }],
});
const command = form({
  token: "gone",
  team_id: "T0HOME001",
  command: "/deploy",
  text: "größer & schneller",
  response_url: "https://hooks.slack.com/commands/1",
});

async function countIgnored(): Promise<number> {
  const line = /mio_gateway_dropped_events_total\{channel_type="slack",reason="unsupported_envelope"\} (\d+)/;
  return Number(line.exec(await gateway.metrics.text())?.[1] ?? 0);
}

describe("a form from Slack", () => {
  it.each([
    ["a click on a button", click],
    [
      "a click in a legacy attachment",
      interaction({ ...around, type: "interactive_message", actions: [{}] }),
    ],
    ["a submitted modal", interaction({ ...around, type: "view_submission", view: { id: "V1" } })],
    ["a closed modal", interaction({ ...around, type: "view_closed", view: { id: "V1" } })],
    ["a submitted dialog", interaction({ ...around, type: "dialog_submission", submission: {} })],
    ["a global shortcut", interaction({ ...around, type: "shortcut", callback_id: "c" })],
    ["a message shortcut", interaction({ ...around, type: "message_action", callback_id: "c" })],
    ["an interaction of an unknown kind", interaction({ ...around, type: "mind_reading" })],
    ["a slash command", command],
  ])("with %s is answered 200 with an empty body, and counted", async (_what, body) => {
    const before = await countIgnored();
    expect(await post({ body })).toMatchObject({ status: 200, body: "" });
    expect(await countIgnored()).toBe(before + 1);
  });

  it.each([
    ["a menu", { type: "block_suggestion", action_id: "a", value: "que" }],
    ["a dialog", { type: "dialog_suggestion", name: "a", value: "que" }],
    ["a legacy menu", { type: "interactive_message", name: "a", value: "que" }],
  ])("that asks for the options of %s gets an empty list", async (_what, payload) => {
    const answer = await post({ body: interaction({ ...around, ...payload }) });
    expect(answer).toMatchObject({ status: 200, body: { options: [] } });
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  it.each(["application/x-www-form-urlencoded; charset=utf-8", "text/plain"])(
    "is recognised by its content, also as %s",
    async (contentType) => {
      expect(await post({ body: click, contentType })).toMatchObject({ status: 200, body: "" });
    },
  );

  it.each([
    ["no payload", form({ hello: "there" })],
    ["a payload that is not JSON", form({ payload: "{" })],
    ["a payload without a type", interaction({ ...around })],
    ["a payload that is a list", interaction(["block_actions"])],
    ["a command without a slash", form({ command: "deploy" })],
  ])("with %s is answered 400", async (_what, body) => {
    expect(await post({ body })).toMatchObject({ status: 400, body: { error: "invalid json" } });
  });

  it.each([click, command])("with a wrong signature, or none, is answered 401", async (body) => {
    expect((await post({ body, key: "another" })).status).toBe(401);
    expect((await postUnsigned(body)).status).toBe(401);
  });
});

describe("Slack's check of the certificate", () => {
  const check = form({ token: "gone", ssl_check: "1" });

  it("is answered 200 with an empty body, signed or not", async () => {
    expect(await post({ body: check })).toMatchObject({ status: 200, body: "" });
    expect(await postUnsigned(check)).toMatchObject({ status: 200, body: "" });
  });

  it("with a wrong signature is answered 401", async () => {
    expect((await post({ body: check, key: "another" })).status).toBe(401);
  });

  it("accepts nothing else without a signature", async () => {
    for (const body of [form({ ssl_check: "0" }), `${click}&ssl_check=1`, `${command}&ssl_check=1`]) {
      expect((await postUnsigned(body)).status).toBe(401);
    }
  });

  it.each(["GET", "HEAD"])("as %s is answered with the allowed method", async (method) => {
    const answer = await fetch(`${gateway.url}/webhooks/slack?ssl_check=1`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
});
