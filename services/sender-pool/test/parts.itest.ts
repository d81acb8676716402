import { DeliveryError, type DeliveryErrorKind, type Sent } from "@mio/channel-kit";
import { DeliveryReceipt_State, MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { createDeliveryLedger } from "@mio/store";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { type PlatformCall, type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";

const { SENT, FAILED, UNKNOWN } = DeliveryReceipt_State;

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const partsOf = ({ id }: SendCommand): readonly string[] => [1, 2, 3, 4].map((part) => `${id}/${part}`);

interface Stop {
  readonly kind: DeliveryErrorKind;
  readonly retryAfterMs?: number;
  /** Instead of the parts that were made. */
  readonly reported?: readonly string[];
}

/**
 * A platform on which each post has four parts, posted one after the other, and that fails before the third as long as
 * there are stops. What was posted is in `posted`.
 */
function fourParts(stops: Stop[]): { readonly platform: ScriptedPlatform; readonly posted: string[] } {
  const platform = scriptedPlatform({ methods: ["remove"] });
  const posted: string[] = [];
  const postFrom = ({ command, context }: PlatformCall): Sent => {
    const made = [...context.alreadySent];
    for (const part of partsOf(command).slice(made.length)) {
      const stop = made.length === 2 ? stops.shift() : undefined;
      if (stop !== undefined) throw toError(stop, made);
      posted.push(part);
      made.push(part);
    }
    return { externalIds: made };
  };
  platform.answer = async (call) => {
    if (call.method === "send") return postFrom(call);
    return { externalIds: call.context.targetExternalIds };
  };
  return { platform, posted };
}

function toError({ kind, retryAfterMs, reported }: Stop, made: readonly string[]): DeliveryError {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const sent = { externalIds: reported ?? made };
  return new DeliveryError({ kind, reason: "platform_down", message: "half way", ...wait, sent });
}

const progressOf = (calls: readonly PlatformCall[]) =>
  calls.map(({ context }) => [context.attempt, context.alreadySent.length]);

describe("a post in four parts that stops after the second", () => {
  it.each(["throttled", "transient"] as const)("goes on with the third (%s)", async (kind) => {
    const { platform, posted } = fourParts([{ kind, retryAfterMs: 10 }]);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await fixture.publish(command);
    const receipt = await fixture.receipt(command.id);
    expect(receipt).toMatchObject({ state: SENT, attempts: 2, externalIds: partsOf(command) });
    expect(posted).toEqual(partsOf(command));
    expect(progressOf(platform.callsOf(command.id))).toEqual([
      [1, 0],
      [2, 2],
    ]);
  });

  it("goes on with the third in another process, also when only new parts are reported each time", async () => {
    const command = fixture.command();
    const { platform, posted } = fourParts([
      { kind: "throttled", retryAfterMs: 3_000 },
      { kind: "throttled", retryAfterMs: 10, reported: [] },
    ]);
    {
      await using pool = await fixture.startPool({ channels: [platform.channel] });
      await fixture.publish(command);
      await eventually(() => pool.logs.matching({ msg: "delivery.call_failed" }).length > 0);
      await eventually(async () => expect(await stateOf(command)).toBe("waiting"));
    }
    await using _next = await fixture.startPool({ channels: [platform.channel] });
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, externalIds: partsOf(command) });
    expect(posted).toEqual(partsOf(command));
    expect(progressOf(platform.callsOf(command.id))).toEqual([
      [1, 0],
      [2, 2],
      [3, 2],
    ]);
  });

  it("goes on with the third when its process crashed and the platform shows the first two", async () => {
    const command = fixture.command();
    const { platform, posted } = fourParts([]);
    posted.push(...partsOf(command).slice(0, 2));
    platform.reconciliation = { kind: "partial", sent: { externalIds: partsOf(command).slice(0, 2) } };
    await interrupted(command);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      attempts: 2,
      externalIds: partsOf(command),
    });
    expect(posted).toEqual(partsOf(command));
  });

  it("still has the first two when the next attempt is lost as well, and made nothing", async () => {
    const command = fixture.command();
    const { platform, posted } = fourParts([{ kind: "unknown", reported: [] }]);
    posted.push(...partsOf(command).slice(0, 2));
    platform.reconciliation = { kind: "partial", sent: { externalIds: partsOf(command).slice(0, 2) } };
    await interrupted(command);
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    await eventually(() => pool.logs.matching({ msg: "delivery.call_failed" }).length > 0);
    platform.reconciliation = { kind: "absent" };
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, externalIds: partsOf(command) });
    expect(posted).toEqual(partsOf(command));
    const looks = platform.calls.filter(({ method }) => method === "reconcile");
    expect(looks.at(-1)?.context).toMatchObject({ attempt: 2, alreadySent: partsOf(command).slice(0, 2) });
  });

  it("is complete when the platform shows all parts, with the ids known before", async () => {
    const command = fixture.command();
    const { platform, posted } = fourParts([{ kind: "unknown" }]);
    platform.reconciliation = { kind: "found", sent: { externalIds: partsOf(command).slice(2) } };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, externalIds: partsOf(command) });
    expect(posted).toHaveLength(2);
  });

  it("reports the known parts when the rest is unknown, and cannot be edited", async () => {
    const command = fixture.command();
    const { platform } = fourParts([{ kind: "unknown" }]);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    const made = partsOf(command).slice(0, 2);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: UNKNOWN, externalIds: made });
    const edit = fixture.command({ conversationId: command.conversationId, editOfMessageId: command.id });
    await fixture.publish(edit);
    await fixture.receipt(edit.id);
    expect(platform.callsOf(edit.id).map(({ method }) => method)).toEqual(["send"]);
  });

  it("reports the posted parts when it failed, so that they can be deleted", async () => {
    const command = fixture.command();
    const { platform } = fourParts([{ kind: "permanent" }]);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    const made = partsOf(command).slice(0, 2);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: FAILED, externalIds: made });
    const relation = { kind: MessageRelation_Kind.DELETE, targetExternalId: made[0] ?? "" };
    const removal = fixture.command({ conversationId: command.conversationId, relation });
    await fixture.publish(removal);
    expect(await fixture.receipt(removal.id)).toMatchObject({ state: SENT });
    expect(platform.callsOf(removal.id)[0]?.context.targetExternalIds).toEqual(made);
  });
});

it("does not confuse the parts of an unfinished command with those of another", async () => {
  const { platform } = fourParts([{ kind: "unknown" }]);
  const other = fixture.command();
  await interrupted(other);
  const attempt = { accountId: fixture.accountId, commandId: other.id, owner: "gone/1", attempt: 1 };
  await createDeliveryLedger(fixture.store.pool).end(attempt, { state: "sending", externalIds: ["other/1"] });
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  const command = fixture.command({ conversationId: other.conversationId });
  await fixture.publish(command);
  await fixture.receipt(command.id);
  const [look] = platform.calls.filter(({ method }) => method === "reconcile");
  expect([...(look?.earlier?.claimedExternalIds ?? [])]).toEqual(["other/1"]);
  expect(look?.context.alreadySent).toEqual(partsOf(command).slice(0, 2));
});

describe("an edit of a post in parts", () => {
  it("is about all of them, by the command or by the id of the first", async () => {
    const { platform } = fourParts([]);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const post = fixture.command();
    const [first = "", second = ""] = partsOf(post);
    const { conversationId } = post;
    const edits = [
      fixture.command({ conversationId, editOfMessageId: post.id }),
      fixture.command({ conversationId, editOfExternalId: first }),
      fixture.command({ conversationId, editOfExternalId: second }),
      fixture.command({ conversationId, editOfExternalId: "another's" }),
    ];
    for (const command of [post, ...edits]) await fixture.publish(command);
    await fixture.receipt(edits.at(-1)?.id ?? "");
    const seen = edits.map(({ id }) => platform.callsOf(id)[0]);
    expect(seen.map((call) => call?.target)).toEqual([first, first, second, "another's"]);
    expect(seen.map((call) => call?.context.targetExternalIds)).toEqual([
      partsOf(post),
      partsOf(post),
      [second],
      ["another's"],
    ]);
  });

  it("gives the next edit the present ids of the post", async () => {
    const { platform } = fourParts([]);
    const made = [["a/1", "a/2"], ["a/1", "a/2", "a/3"], ["a/1"], ["a/1"]];
    platform.answer = async () => ({ externalIds: made.shift() ?? [] });
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const post = fixture.command();
    const { conversationId } = post;
    const longer = fixture.command({ conversationId, editOfMessageId: post.id });
    const shorter = fixture.command({ conversationId, editOfExternalId: "a/1" });
    const last = fixture.command({ conversationId, editOfMessageId: post.id });
    for (const command of [post, longer, shorter, last]) {
      await fixture.publish(command);
      await fixture.receipt(command.id);
    }
    const targets = [longer, shorter, last].map(
      ({ id }) => platform.callsOf(id)[0]?.context.targetExternalIds,
    );
    expect(targets).toEqual([["a/1", "a/2"], ["a/1", "a/2", "a/3"], ["a/1"]]);
  });
});

/** The record after a crash between intent and end. */
async function interrupted({ id: commandId, conversationId }: SendCommand): Promise<void> {
  const { tenantId, accountId, store } = fixture;
  const place = { tenantId, accountId, channelType: "zoho_cliq", conversationId };
  await createDeliveryLedger(store.pool).claim({ ...place, commandId, owner: "gone/1", operation: "send" });
  await store.pool.query(
    `UPDATE deliveries SET started_at = now() - interval '10 minutes', beat_at = now() - interval '10 minutes'
     WHERE command_id = $1`,
    [commandId],
  );
}

async function stateOf({ id }: SendCommand): Promise<string | undefined> {
  const text = "SELECT state FROM deliveries WHERE command_id = $1";
  const { rows } = await fixture.store.pool.query<{ state: string }>(text, [id]);
  return rows[0]?.state;
}
