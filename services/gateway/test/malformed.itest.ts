import { createHmac } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, cliqText, type GatewayFixture, gatewayFixture, sign } from "./support.ts";

const slackSecret = "slack-signing-secret";
let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture({
    secrets: { "slack-webhook-secret": slackSecret },
    accounts: [{ channelType: "slack", externalId: "T1" }],
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const now = () => String(Math.floor(Date.now() / 1_000));
const slackSignature = (body: string, time: string) =>
  `v0=${createHmac("sha256", slackSecret).update(`v0:${time}:${body}`).digest("hex")}`;

interface Poster {
  readonly channel: string;
  readonly path: string;
  readonly headersFor: (body: string) => Record<string, string>;
  /** A valid event that contains these strings. */
  readonly event: (parts: {
    readonly id: string;
    readonly text?: string;
    readonly conversation?: string;
  }) => unknown;
}

const posters: readonly Poster[] = [
  {
    channel: "slack",
    path: "/webhooks/slack",
    headersFor: (body) => {
      const time = now();
      return { "x-slack-request-timestamp": time, "x-slack-signature": slackSignature(body, time) };
    },
    event: ({ id, text = "halo", conversation = "C1" }) => ({
      type: "event_callback",
      team_id: "T1",
      api_app_id: "A1",
      event_id: "Ev1",
      authorizations: [{ team_id: "T1", user_id: "UBOT", is_bot: true }],
      event: { type: "message", channel: conversation, channel_type: "channel", user: "U1", ts: id, text },
    }),
  },
  {
    channel: "zoho_cliq",
    path: "/webhooks/zoho-cliq",
    headersFor: (body) => ({ "x-webhook-signature": sign(body) }),
    event: ({ id, text = "halo", conversation = "CT_1" }) => {
      const event = cliqText(text);
      return {
        ...event,
        chat: { ...event.chat, id: conversation },
        data: { ...event.data, message: { ...event.data.message, id } },
      };
    },
  },
];

const post = (poster: Poster, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  gateway.post(body, {
    path: poster.path,
    signature: "",
    headers: { ...poster.headersFor(body), ...headers },
  });
const seen = async (text: string) =>
  (await gateway.stream()).filter((message) => message.text === text).length;

const countUnroutable = async (channel: string): Promise<number> => {
  const counted = new RegExp(`unroutable_webhook_total\\{channel_type="${channel}"\\} (\\d+)`);
  return Number(counted.exec(await gateway.metrics.text())?.[1] ?? 0);
};

describe.each(posters)("$channel", (poster) => {
  test.each([
    ["nothing", ""],
    ["no JSON", "not json"],
    ["half an object", '{"type":'],
    ["a list", "[]"],
    ["a number", "7"],
    ["null", "null"],
    ["bytes that are not text", "\u0000\u0001\ud800"],
    ["very deep nesting", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["a form", "payload=%7B%7D"],
  ])("signed, but %s: 400", async (_what, body) => {
    expect(await post(poster, body)).toMatchObject({ status: 400, body: { error: "invalid json" } });
  });

  test("valid but unused: 200", async () => {
    const good = JSON.stringify(poster.event({ id: "" }));
    expect(await post(poster, good)).toMatchObject({ status: 200, body: { ok: true } });
  });

  test("unsigned, forged or for another body: 401 without reading it", async () => {
    const body = JSON.stringify(poster.event({ id: "1700000000.000001", text: "forged" }));
    const forged = Object.keys(poster.headersFor(body)).map((name) => ({ [name]: "nonsense" }));
    for (const headers of [...forged, poster.headersFor(`${body} `)]) {
      expect(await post(poster, body, headers)).toMatchObject({
        status: 401,
        body: { error: "invalid signature" },
      });
    }
    expect(await seen("forged")).toBe(0);
  });

  test("too long: 413; another method: 405", async () => {
    const body = JSON.stringify(poster.event({ id: "1700000000.000002", text: "x".repeat(1_100_000) }));
    expect((await post(poster, body)).status).toBe(413);
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      expect((await fetch(`${gateway.url}${poster.path}`, { method })).status).toBe(405);
    }
  });

  test.each([
    ["NUL and unpaired surrogates", "a\u0000b\ud83d", "a\u0000b\udc00c"],
    ["an id of 64 KiB", "7".repeat(65_536), "long"],
  ])("hostile text, %s: 200 twice, and one message", async (_what, id, text) => {
    const body = JSON.stringify(poster.event({ id, text }));
    const before = (await gateway.stream()).length;
    for (let at = 0; at < 2; at += 1) expect((await post(poster, body)).status).toBe(200);
    expect((await gateway.stream()).length - before).toBeLessThanOrEqual(1);
  });

  test.each(["\u0000", "7\u0000", "\ud800"])("an invalid id, %j: 200 and no message", async (id) => {
    const before = (await gateway.stream()).length;
    const unroutable = await countUnroutable(poster.channel);
    for (const text of ["one", "two"]) {
      expect((await post(poster, JSON.stringify(poster.event({ id, text })))).status).toBe(200);
    }
    expect((await gateway.stream()).length).toBe(before);
    expect(await countUnroutable(poster.channel)).toBe(unroutable + 2);
  });

  test("an invalid conversation: 200 and no message", async () => {
    const body = JSON.stringify(poster.event({ id: "1700000000.000009", conversation: "\u0000" }));
    const before = (await gateway.stream()).length;
    expect((await post(poster, body)).status).toBe(200);
    expect((await gateway.stream()).length).toBe(before);
  });

  test("a text of the maximum body size: 200 and one message", async () => {
    const bytesOf = (text: string) =>
      Buffer.byteLength(JSON.stringify(poster.event({ id: "1700000000.000003", text })));
    const empty = bytesOf("");
    const length = Math.floor((1_048_576 - empty) / (bytesOf("ü") - empty));
    const body = JSON.stringify(poster.event({ id: "1700000000.000003", text: "ü".repeat(length) }));
    const before = (await gateway.stream()).length;
    for (let at = 0; at < 2; at += 1) expect((await post(poster, body)).status).toBe(200);
    expect((await gateway.stream()).length - before).toBe(1);
  });

  test("never answers 5xx to signed bytes", async () => {
    const event = fc.constant(poster.event({ id: "1700000000.000004" }));
    const broken = fc.tuple(event, fc.jsonValue(), fc.nat()).map(([good, junk, at]) => graft(good, junk, at));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          broken.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        async (body) => {
          expect((await post(poster, body)).status).toBeOneOf([200, 400]);
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** Replaces one of the values of `good`, selected by `at`, with `junk`. */
function graft(good: unknown, junk: unknown, at: number): unknown {
  if (typeof good !== "object" || good === null) return junk;
  const keys = Object.keys(good);
  const key = keys[at % keys.length];
  if (key === undefined) return junk;
  const copy: Record<string, unknown> = { ...good };
  const inner = copy[key];
  copy[key] = at % 3 === 0 ? junk : graft(inner, junk, Math.floor(at / keys.length));
  return copy;
}

describe("the handshake of slack", () => {
  const challenge = JSON.stringify({ type: "url_verification", token: "x", challenge: "3eZbrw1aB" });
  const [slack] = posters;
  if (slack === undefined) throw new Error("no slack");

  test("is answered after its signature was verified", async () => {
    const answer = await post(slack, challenge);
    expect(answer).toMatchObject({ status: 200, body: "3eZbrw1aB" });
    expect(answer.headers.get("content-type")).toContain("text/plain");
    expect(await gateway.metrics.text()).toContain(
      'mio_gateway_inbound_total{channel_type="slack",direction="inbound",outcome="handshake"} 1',
    );
  });

  test.each([
    ["forged", { "x-slack-signature": `v0=${"0".repeat(64)}` }],
    ["missing", { "x-slack-signature": "" }],
    ["without its time", { "x-slack-request-timestamp": "" }],
    ["stale", stale(challenge)],
  ])("is not echoed when the signature is %s", async (_what, headers) => {
    const answer = await post(slack, challenge, headers);
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid signature" } });
  });
});

function stale(body: string): Record<string, string> {
  const time = String(Number(now()) - 301);
  return { "x-slack-request-timestamp": time, "x-slack-signature": slackSignature(body, time) };
}
