import { newId } from "@mio/envelope";
import { ConversationKind } from "@mio/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture, sign } from "./support.ts";

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const countOnStream = async () => (await gateway.stream()).length;

test("answers 200 to a signed message once it is on the stream", async () => {
  const answer = await gateway.post(cliqText("first light"));
  expect(answer).toMatchObject({ status: 200, body: { ok: true } });
  const message = (await gateway.stream()).find(({ text }) => text === "first light");
  expect(message).toMatchObject({
    schemaVersion: 1,
    tenantId: gateway.tenantId,
    accountId: gateway.accountId,
    channelType: "zoho_cliq",
    conversationExternalId: "CT_1",
    conversationKind: ConversationKind.CHANNEL_PUBLIC,
  });
});

test("records the address of a message with its conversation", async () => {
  await gateway.post(cliqText());
  const { rows } = await gateway.store.pool.query("SELECT external_id, address FROM conversations");
  expect(rows).toContainEqual({ external_id: "CT_1", address: "channel:general" });
});

test.each(["/webhooks/zoho-cliq", "/webhooks/zoho_cliq", "/cliq"])("is served at %s", async (path) => {
  const before = await countOnStream();
  expect((await gateway.post(cliqText(), { path })).status).toBe(200);
  expect(await countOnStream()).toBe(before + 1);
});

test.each([
  {
    what: "an unknown channel",
    path: "/webhooks/carrier-pigeon",
    status: 404,
    body: { error: "unknown channel" },
  },
  {
    what: "an unknown account",
    path: `/webhooks/zoho-cliq/${newId()}`,
    status: 401,
    body: { error: "invalid signature" },
  },
  { what: "an unknown path", path: "/nothing", status: 404, body: { error: "not found" } },
])("$what is answered $status", async ({ path, status, body }) => {
  expect(await gateway.post(cliqText(), { path })).toMatchObject({ status, body });
});

test.each([
  { what: "a forged signature", signature: sign("another body") },
  { what: "no signature", signature: "" },
  { what: "a signature that is not a digest", signature: "sha256=zz" },
])("$what is answered 401 and publishes nothing", async ({ signature }) => {
  const before = await countOnStream();
  const answer = await gateway.post(cliqText(), { signature });
  expect(answer).toMatchObject({ status: 401, body: { error: "invalid signature" } });
  expect(await countOnStream()).toBe(before);
});

test("signed bytes that are not JSON are answered 400", async () => {
  expect(await gateway.post("not json")).toMatchObject({ status: 400, body: { error: "invalid json" } });
});

test("an unused event is answered 200 and counted", async () => {
  const before = await countOnStream();
  expect(await gateway.post(cliqText("x", { operation: "message_pinned" }))).toMatchObject({
    status: 200,
    body: { ok: true },
  });
  expect(await countOnStream()).toBe(before);
  expect(await gateway.metrics.text()).toContain(
    'mio_gateway_dropped_events_total{channel_type="zoho_cliq",reason="unknown_operation"} 1',
  );
});

test("a body over the limit is answered 413", async () => {
  expect(await gateway.post(cliqText("x".repeat(1_100_000)))).toMatchObject({
    status: 413,
    body: { error: "body too large" },
  });
});

test("another method on a webhook is answered 405", async () => {
  const response = await fetch(`${gateway.url}/webhooks/zoho-cliq`);
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("POST");
});

test("a workspace other than the account's is unroutable: 200, nothing stored, counted", async () => {
  const before = await countOnStream();
  const body = cliqText("lost", { user: { id: "1", organization_id: "another-org" } });
  expect(await gateway.post(body)).toMatchObject({ status: 200, body: { ok: true } });
  expect(await countOnStream()).toBe(before);
  expect(await gateway.metrics.text()).toContain(
    'mio_gateway_unroutable_webhook_total{channel_type="zoho_cliq"} 1',
  );
});

test("30 parallel identical webhooks make one message and are all answered 200", async () => {
  const body = cliqText("once");
  const answers = await Promise.all(Array.from({ length: 30 }, () => gateway.post(body)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
  expect((await gateway.stream()).filter(({ text }) => text === "once")).toHaveLength(1);
});

test("an edit is a separate event, and a redelivered edit is a duplicate", async () => {
  const original = cliqText("before");
  const { data } = original;
  const edit = {
    ...original,
    operation: "message_edited",
    data: { time: data.time + 60_000, message: { ...data.message, text: "after" } },
  };
  for (const body of [original, edit, edit]) expect((await gateway.post(body)).status).toBe(200);
  const messages = (await gateway.stream()).filter(({ text }) => text === "before" || text === "after");
  expect(messages.map(({ text }) => text)).toEqual(["before", "after"]);
  expect(messages[1]?.relation?.targetMessageId).toBe(messages[0]?.id);
});

test("applies a change of accounts at once", async () => {
  await gateway.post(cliqText());
  await gateway.store.pool.query("UPDATE accounts SET disabled_at = now() WHERE id = $1", [
    gateway.accountId,
  ]);
  await expect
    .poll(async () => {
      const before = await countOnStream();
      await gateway.post(cliqText());
      return (await countOnStream()) - before;
    })
    .toBe(0);
  await gateway.store.pool.query("UPDATE accounts SET disabled_at = NULL WHERE id = $1", [gateway.accountId]);
  await expect
    .poll(async () => {
      const before = await countOnStream();
      await gateway.post(cliqText());
      return (await countOnStream()) - before;
    })
    .toBe(1);
});

test("reports health without details", async () => {
  expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ ok: true });
  expect(await (await fetch(`${gateway.url}/readyz`)).json()).toEqual({ ok: true });
});
