import { newId } from "@mio/envelope";
import { expect, test } from "vitest";
import { createLedger, findSourceMessageId, readRateBucket, replaceRateBucket } from "../src/index.ts";
import { storeFixture } from "./support.ts";

test("a message is found by its id within its own account only", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const draft = fixture.draft();
  const { messageId } = await createLedger(pool).accept(draft);
  const { accountId } = fixture;
  expect(await findSourceMessageId(pool, { accountId, messageId })).toBe(draft.message.sourceMessageId);
  expect(await findSourceMessageId(pool, { accountId: newId(), messageId })).toBeUndefined();
});

test("each replacement of a bucket has a version of its own, which the next one must know", async () => {
  await using fixture = await storeFixture();
  const { pool } = fixture.store;
  const key = newId();
  const replace = async (state: string) =>
    replaceRateBucket(pool, key, { ...(await readRateBucket(pool, key)), state });
  const first = await replace("first");
  const second = await replace("second");
  expect([first.kept.version, second.kept.version]).toEqual([1, 2]);
  const late = await replaceRateBucket(pool, key, { ...first.kept, state: "late" });
  expect([late.replaced, late.kept.state]).toEqual([false, "second"]);
});
