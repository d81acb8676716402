import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DeliveryError } from "@mio/channel-kit";
import { encodeCommand, newId } from "@mio/envelope";
import {
  MessageRelation_Kind,
  SendCommand_EditFallback,
  SendCommand_Stage,
  SendCommandSchema,
  DeliveryReceipt_State as State,
} from "@mio/proto";
import { eventually } from "@mio/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";

let fixture: PoolFixture;
let pool: RunningPool;
let platform: ScriptedPlatform;
beforeAll(async () => {
  fixture = await openPoolFixture();
  platform = scriptedPlatform({ methods: ["react", "remove"] });
  pool = await fixture.startPool({ channels: [platform.channel] });
  await fixture.store.pool.query("UPDATE accounts SET rate_limit_scope = 'conversation'");
});
afterAll(async () => {
  await pool.stop();
  await fixture[Symbol.asyncDispose]();
});

type Fields = MessageInitShape<typeof SendCommandSchema>;

/** What agents, and programs that take themselves for agents, may put where an id is expected. */
const oddId = fc.oneof(
  fc.constantFrom(
    "",
    "\u0000",
    "a\u0000b",
    "\r\n",
    "\u007f",
    "x".repeat(900),
    "x".repeat(4_000),
    "'; --",
    "\u{10ffff}",
    "mio:",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", minLength: 400, maxLength: 700 }),
);

const odd = fc.record(
  {
    id: oddId,
    tenantId: oddId,
    schemaVersion: fc.integer({ min: -2, max: 3 }),
    conversationExternalId: oddId,
    parentConversationId: oddId,
    threadRootMessageId: oddId,
    editOfMessageId: oddId,
    editOfExternalId: oddId,
    attributes: fc.dictionary(fc.constantFrom("replaces_send_id", "mio_closes", "other"), oddId),
    relation: fc.record({
      kind: fc.constantFrom(...Object.values(MessageRelation_Kind)),
      targetMessageId: oddId,
      targetExternalId: oddId,
      reactionEmoji: oddId,
    }),
    sendAt: fc.record({ seconds: fc.bigInt({ min: -(2n ** 63n), max: 0n }), nanos: fc.integer() }),
    stage: fc.constantFrom(...Object.values(SendCommand_Stage)),
    editFallback: fc.constantFrom(...Object.values(SendCommand_EditFallback)),
  },
  { requiredKeys: [] },
);

it("ends a command with any content within seconds, and delivers the commands behind it", async () => {
  const behind: string[] = [];
  const publishBoth = async (fields: Fields): Promise<void> => {
    const good = fixture.command({ conversationId: newId() });
    const { tenantId, channelType, accountId, conversationId } = good;
    const place = { tenantId, channelType, accountId, conversationId };
    const bad = create(SendCommandSchema, {
      id: newId(),
      schemaVersion: 1,
      text: "odd",
      ...place,
      ...fields,
    });
    const edited = /^[\w-]{1,1000}$/.test(bad.editOfMessageId) ? `.${bad.editOfMessageId}` : "";
    const subject = `mio.outbound.${channelType}.${accountId}.${conversationId}${edited}`;
    await fixture.publishBytes(subject, encodeCommand(bad));
    await fixture.publish(good);
    behind.push(good.id);
  };
  const runs = fc.sample(odd, { numRuns: 150, seed: 16 });
  // What the review found.
  for (const fields of [
    { editOfExternalId: "a\u0000b" },
    { id: Array.from({ length: 250 }, newId).join("") },
    { conversationExternalId: "a\u0000b" },
    { attributes: { replaces_send_id: "a\u0000b" } },
    { threadRootMessageId: "a\u0000b" },
    { relation: { kind: MessageRelation_Kind.DELETE, targetExternalId: "a\u0000b" } },
    { sendAt: { seconds: 10n ** 16n, nanos: 0 } },
    ...runs,
  ])
    await publishBoth(fields);
  await eventually(() => expect(behind.filter((id) => platform.callsOf(id).length === 0)).toEqual([]), {
    timeoutMs: 20_000,
  });
  await eventually(async () => expect(await fixture.left()).toBe(0));
  const troubles = pool.logs.matching({ msg: "delivery.trouble" });
  expect(troubles).toEqual([]);
});

it("ends a command that Postgres refuses all the same, at the first try", async () => {
  const db = fixture.store.pool;
  // As an id would be that passes the check and is too long for an index.
  await db.query(
    "ALTER TABLE deliveries ADD CONSTRAINT test_short CHECK (command_id <> 'too-long') NOT VALID",
  );
  const [bad, good] = [fixture.command({ id: "too-long" }), fixture.command()];
  await fixture.publish(bad);
  await fixture.publish({ ...good, conversationId: bad.conversationId });
  expect(await fixture.receipt(bad.id)).toMatchObject({
    state: State.FAILED,
    code: "store.refused",
    reason: "invalid",
  });
  expect(await fixture.receipt(good.id)).toMatchObject({ state: State.SENT });
  expect(platform.callsOf(bad.id)).toEqual([]);
  await db.query("ALTER TABLE deliveries DROP CONSTRAINT test_short");
});

it("retries a failure without an explanation", async () => {
  const command = fixture.command();
  await fixture.store.pool.query("ALTER TABLE rate_buckets RENAME COLUMN state TO moved");
  await fixture.publish(command);
  await eventually(() => expect(pool.logs.matching({ msg: "delivery.trouble" }).length).toBeGreaterThan(2), {
    timeoutMs: 15_000,
  });
  expect(await fixture.receipts(command.id)).toEqual([]);
  await fixture.store.pool.query("ALTER TABLE rate_buckets RENAME COLUMN moved TO state");
  expect(await fixture.receipt(command.id)).toMatchObject({ state: State.SENT });
});

it("stores any message ids of a platform, also when it stops half way", async () => {
  const reported = ["a\u0000b", "x".repeat(10_000), "plain"];
  const plain = platform.answer;
  let isFirst = true;
  platform.answer = async () => {
    if (!isFirst) return { externalIds: reported };
    isFirst = false;
    const sent = { externalIds: reported.slice(0, 2) };
    throw new DeliveryError({ kind: "transient", reason: "platform_down", message: "half way", sent });
  };
  const command = fixture.command();
  await fixture.publish(command);
  const { state, externalIds } = await fixture.receipt(command.id);
  expect({ state, count: externalIds.length, last: externalIds.at(-1) }).toEqual({
    state: State.SENT,
    count: 3,
    last: "plain",
  });
  expect(Math.max(...externalIds.map((id) => Buffer.byteLength(id)))).toBeLessThanOrEqual(1_024);
  expect(externalIds.join("")).not.toContain("\u0000");
  platform.answer = plain;
});
