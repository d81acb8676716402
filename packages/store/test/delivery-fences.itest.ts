import { newId } from "@mio/envelope";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import {
  beatDeliveries,
  claimedExternalIds,
  createDeliveryLedger,
  type DeliveryEnd,
  findDelivery,
  findPostedWith,
  readInterim,
  recordRedrive,
  scheduleDelivery,
  suppressDelivery,
  takeOverDelivery,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** A new command, and the operations on it. */
function aCommand({ accountId = fixture.accountId, conversationId = newId(), commandId = newId() } = {}) {
  const { pool } = fixture.store;
  const { tenantId } = fixture;
  const place = { tenantId, accountId, commandId, channelType: "zoho_cliq", conversationId };
  const attemptOf = (attempt: number, owner = "pod-1") => ({ accountId, commandId, owner, attempt });
  return {
    commandId,
    conversationId,
    claim: (options: { owner?: string; redrive?: string; operation?: string } = {}) =>
      createDeliveryLedger(pool).claim({ ...place, owner: "pod-1", operation: "send", ...options }),
    end: (end: DeliveryEnd, attempt = 1, owner = "pod-1") =>
      createDeliveryLedger(pool).end(attemptOf(attempt, owner), end),
    beat: (attempt: number, owner = "pod-1") => beatDeliveries(pool, [attemptOf(attempt, owner)]),
    takeOver: (attempt: number, owner: string, externalIds: readonly string[] = []) =>
      takeOverDelivery(pool, attemptOf(attempt, owner), externalIds),
    schedule: (dueAt = new Date(Date.now() + 60_000), waitsFor?: string) =>
      scheduleDelivery(pool, place, { dueAt, waitsFor }),
    suppress: (inFavorOf?: readonly string[]) =>
      suppressDelivery(pool, place, { code: "delivery.suppressed", reason: "superseded", inFavorOf }),
    allow: (token: string) => recordRedrive(pool, { accountId, commandId, token, requestedBy: "test" }),
    state: async () => (await findDelivery(pool, { accountId, commandId }))?.state,
  };
}

const trouble = { code: "delivery.transient", reason: "platform_down", externalIds: [] } as const;
const unknown = { code: "delivery.unknown", reason: "unknown_send", externalIds: [] } as const;

it.each(["after a wait", "by a redrive", "by a take-over"])(
  "an attempt that begins %s is not silent, however old the last heartbeat",
  async (how) => {
    const command = aCommand();
    const { commandId } = command;
    await command.claim();
    if (how === "after a wait") await command.end({ ...trouble, state: "waiting" });
    if (how === "by a redrive") await command.end({ ...trouble, state: "dead" });
    await command.allow("token");
    const long = "UPDATE deliveries SET beat_at = now() - interval '1 hour' WHERE command_id = $1";
    await fixture.store.pool.query(long, [commandId]);
    if (how === "by a take-over") expect(await command.takeOver(1, "pod-1")).toBe(2);
    else await command.claim(how === "by a redrive" ? { redrive: "token" } : {});
    const seen = await command.claim({ owner: "pod-2" });
    expect(seen).toMatchObject({ kind: "interrupted", attempt: 2 });
    expect(seen.kind === "interrupted" && seen.silentMs).toBeLessThan(60_000);
  },
);

describe("a command that ended", () => {
  it.each(["unknown", "dead", "suppressed"] as const)(
    "as %s is not claimed again without a redrive",
    async (state) => {
      const command = aCommand();
      await command.claim();
      expect(await command.end({ ...unknown, state })).toBe(true);
      expect(await command.claim()).toMatchObject({ kind: "ended", state, attempt: 1 });
      expect(await command.state()).toBe(state);
    },
  );

  it.each(["unknown", "dead"] as const)("as %s is claimed once for each recorded redrive", async (state) => {
    const command = aCommand();
    await command.claim();
    await command.end({ ...unknown, state });
    expect(await command.claim({ redrive: "first" })).toMatchObject({ kind: "ended" });
    await command.allow("first");
    expect(await command.claim()).toMatchObject({ kind: "ended" });
    expect(await command.claim({ redrive: "first" })).toMatchObject({ kind: "claimed", attempt: 2 });
    await command.end({ ...trouble, state: "dead" }, 2);
    expect(await command.claim({ redrive: "first" })).toMatchObject({
      kind: "ended",
      state: "dead",
      attempt: 2,
    });
    await command.allow("second");
    expect(await command.claim({ redrive: "second" })).toMatchObject({ kind: "claimed", attempt: 3 });
    await command.end({ ...trouble, state: "dead" }, 3);
    for (const used of ["first", "second"]) {
      expect(await command.claim({ redrive: used })).toMatchObject({ kind: "ended", attempt: 3 });
    }
  });

  it("is not claimed by a redrive of another command or account", async () => {
    const [command, other] = [aCommand(), aCommand()];
    const namesake = aCommand({ commandId: command.commandId, accountId: newId() });
    await command.claim();
    await command.end({ ...trouble, state: "dead" });
    await other.allow("token");
    await namesake.allow("token");
    expect(await command.claim({ redrive: "token" })).toMatchObject({ kind: "ended" });
    // Its claim does not use the other redrive up.
    await namesake.claim();
    await namesake.end({ ...trouble, state: "dead" });
    await command.allow("token");
    expect(await command.claim({ redrive: "token" })).toMatchObject({ kind: "claimed" });
    expect(await namesake.claim({ redrive: "token" })).toMatchObject({ kind: "claimed", attempt: 2 });
  });

  it.each([
    ["sent", "sent"],
    ["suppressed", "ended"],
  ] as const)("as %s is not claimed by a redrive", async (state, kind) => {
    const command = aCommand();
    await command.claim();
    await command.end(state === "sent" ? { state, externalIds: ["17_1"] } : { ...trouble, state });
    await command.allow("token");
    expect(await command.claim({ redrive: "token" })).toMatchObject({ kind });
  });
});

describe("an attempt", () => {
  it("under way is not claimed again, even by a redrive", async () => {
    const command = aCommand();
    await command.claim();
    await command.allow("token");
    for (const redrive of ["", "token"]) {
      expect(await command.claim({ owner: "pod-2", redrive })).toMatchObject({
        kind: "interrupted",
        owner: "pod-1",
        attempt: 1,
      });
    }
  });

  it.each([
    [1, "pod-2"],
    [2, "pod-1"],
    [0, "pod-1"],
  ])("is ended only by its owner under its number, not as %d by %s", async (attempt, owner) => {
    const command = aCommand();
    await command.claim();
    expect(await command.end({ state: "sent", externalIds: ["x"] }, attempt, owner)).toBe(false);
    expect([...(await command.beat(attempt, owner))]).toEqual([]);
    expect(await command.state()).toBe("sending");
    expect(await command.end({ state: "sent", externalIds: ["x"] })).toBe(true);
    // It ends once.
    expect(await command.end({ ...trouble, state: "dead" })).toBe(false);
    expect(await command.state()).toBe("sent");
  });

  it("that was taken over belongs to the new owner and keeps the created ids", async () => {
    const command = aCommand();
    await command.claim();
    expect(await command.takeOver(1, "pod-2", ["17_1"])).toBe(2);
    expect(await command.takeOver(1, "pod-3", [])).toBeUndefined();
    expect(await command.end({ state: "sent", externalIds: [] })).toBe(false);
    expect([...(await command.beat(2, "pod-2"))]).toEqual(["pod-2"]);
    expect(await command.claim({ owner: "pod-3" })).toMatchObject({ owner: "pod-2", externalIds: ["17_1"] });
  });

  it("is separate from another account's command with the same id", async () => {
    const command = aCommand();
    const namesake = aCommand({ commandId: command.commandId, accountId: newId() });
    for (const each of [command, namesake]) await each.claim();
    const long = "UPDATE deliveries SET beat_at = now() - interval '1 hour' WHERE command_id = $1";
    await fixture.store.pool.query(long, [command.commandId]);
    await command.beat(1);
    const seen = await namesake.claim({ owner: "pod-2" });
    expect(seen.kind === "interrupted" && seen.silentMs).toBeGreaterThan(3_000_000);
    expect(await command.end({ state: "sent", externalIds: ["x"] })).toBe(true);
    expect([await command.state(), await namesake.state()]).toEqual(["sent", "sending"]);
    // Only one of the two is still under way.
    expect(await command.takeOver(1, "pod-2")).toBeUndefined();
    expect(await namesake.claim()).toMatchObject({ kind: "interrupted", attempt: 1, owner: "pod-1" });
  });

  it.each(["waiting", "sent", "unknown", "dead"] as const)(
    "that ended as %s is not taken over",
    async (state) => {
      const command = aCommand();
      await command.claim();
      await command.end(state === "sent" ? { state, externalIds: [] } : { ...trouble, state });
      expect(await command.takeOver(1, "pod-2")).toBeUndefined();
      expect(await command.state()).toBe(state);
    },
  );

  it("that fenced an earlier one keeps the post unchanged by that one", async () => {
    const post = aCommand();
    await post.claim();
    await post.end({ state: "sent", externalIds: ["post-1"] });
    const edit = aCommand({ conversationId: post.conversationId });
    await edit.claim({ operation: "edit" });
    await edit.takeOver(1, "pod-2");
    const edited = { firstExternalId: "post-1", externalIds: ["post-1", "post-2"] };
    expect(await edit.end({ state: "sent", externalIds: [], edited })).toBe(false);
    const { pool } = fixture.store;
    const { accountId } = fixture;
    expect(await findPostedWith(pool, { accountId, externalId: "post-1" })).toEqual(["post-1"]);
  });
});

describe("a command that may have been carried out", () => {
  it("keeps that state across later attempts that did nothing, and is not suppressed", async () => {
    const command = aCommand();
    await command.claim();
    await command.end({ ...unknown, state: "waiting" });
    await command.claim();
    await command.end({ ...trouble, state: "waiting" }, 2);
    expect(await command.suppress()).toBe(false);
    expect(await command.state()).toBe("waiting");
    // The end records its own code.
    await command.claim();
    await command.end({ ...trouble, state: "dead" }, 3);
    expect(await command.claim()).toMatchObject({ state: "dead", code: trouble.code });
  });

  it("differs from one that did nothing, which is suppressed", async () => {
    const command = aCommand();
    await command.claim();
    await command.end({ ...trouble, state: "waiting" });
    expect(await command.suppress()).toBe(true);
    expect(await command.claim()).toMatchObject({ kind: "ended", state: "suppressed", reason: "superseded" });
  });

  it.each(["sending", "sent", "unknown", "dead"] as const)("or is %s, is not suppressed", async (state) => {
    const command = aCommand();
    await command.claim();
    if (state !== "sending") {
      await command.end(state === "sent" ? { state, externalIds: [] } : { ...trouble, state });
    }
    expect(await command.suppress()).toBe(false);
    expect(await command.state()).toBe(state);
  });
});

describe("a command that others supersede", () => {
  it.each(["sent", "unknown", "dead", "suppressed"] as const)(
    "stays when all of them ended (%s) or are older",
    async (state) => {
      const [older, ended, command] = [aCommand(), aCommand(), aCommand()];
      await older.schedule();
      await command.schedule();
      await ended.claim();
      await ended.end({ ...trouble, state });
      expect(await command.suppress([older.commandId, ended.commandId])).toBe(false);
      expect(await command.state()).toBe("scheduled");
      const newer = aCommand();
      expect(await command.suppress([older.commandId, newer.commandId])).toBe(true);
    },
  );

  it("ignores commands of other accounts", async () => {
    const command = aCommand();
    const namesake = aCommand({ accountId: newId() });
    await namesake.claim();
    await namesake.end({ state: "sent", externalIds: [] });
    await command.schedule();
    expect(await command.suppress([namesake.commandId])).toBe(true);
  });
});

test("a shown edit supersedes earlier waiting edits of its account, not later ones", async () => {
  const post = aCommand();
  await post.claim();
  await post.end({ state: "sent", externalIds: ["shown-1"] });
  const elsewhere = aCommand();
  const [before, edit, after, other] = [aCommand(), aCommand(), aCommand(), aCommand()];
  await before.schedule(undefined, post.commandId);
  await other.schedule(undefined, elsewhere.commandId);
  // Two accounts may use the same command id.
  const namesake = aCommand({ accountId: newId() });
  await namesake.schedule(undefined, post.commandId);
  const running = aCommand();
  await running.schedule(undefined, post.commandId);
  await running.claim({ operation: "edit" });
  await edit.claim({ operation: "edit" });
  await after.schedule(undefined, post.commandId);
  const edited = { firstExternalId: "shown-1", externalIds: ["shown-1"] };
  // A failed edit shows nothing.
  await edit.end({ ...trouble, state: "waiting", edited });
  expect(await before.state()).toBe("scheduled");
  await edit.claim({ operation: "edit" });
  expect(await edit.end({ state: "sent", externalIds: [], edited, interim: edit.commandId }, 2)).toBe(true);
  const states = [before, running, after, other, namesake].map(({ state }) => state());
  expect(await Promise.all(states)).toEqual(["suppressed", "sending", "scheduled", "scheduled", "scheduled"]);
  const place = { accountId: fixture.accountId, externalId: "shown-1" };
  expect(await readInterim(fixture.store.pool, place)).toBe(edit.commandId);
});

test("a failed edit updates the ids of its own account's post, not its interim command", async () => {
  const { pool } = fixture.store;
  const accountId = newId();
  const [post, namesake] = [aCommand(), aCommand({ accountId })];
  for (const command of [post, namesake]) {
    await command.claim();
    await command.end({ state: "sent", externalIds: ["same-1"], interim: command.commandId });
  }
  const edit = aCommand();
  await edit.claim({ operation: "edit" });
  const edited = { firstExternalId: "same-1", externalIds: ["same-1", "same-2"] };
  expect(await edit.end({ ...trouble, state: "dead", edited })).toBe(true);
  const own = { accountId: fixture.accountId, externalId: "same-1" };
  expect(await findPostedWith(pool, own)).toEqual(["same-1", "same-2"]);
  expect(await readInterim(pool, own)).toBe(post.commandId);
  const others = { accountId, externalId: "same-1" };
  expect(await findPostedWith(pool, others)).toEqual(["same-1"]);
  // A shown edit that is not interim finishes the post.
  const last = aCommand();
  await last.claim({ operation: "edit" });
  await last.end({ state: "sent", externalIds: [], edited });
  expect(await readInterim(pool, own)).toBe("");
  expect(await readInterim(pool, others)).toBe(namesake.commandId);
});

test("schedules a command only before it begins; a later time replaces an earlier one", async () => {
  const command = aCommand();
  expect(await command.schedule(new Date("2031-01-01"))).toBe(true);
  expect(await command.schedule(new Date("2032-01-01"))).toBe(true);
  const found = () =>
    findDelivery(fixture.store.pool, { accountId: fixture.accountId, commandId: command.commandId });
  expect((await found())?.dueAt).toEqual(new Date("2032-01-01"));
  await command.claim();
  expect(await command.schedule(new Date("2033-01-01"))).toBe(false);
  expect((await found())?.dueAt).toEqual(new Date("2032-01-01"));
  await command.end({ ...trouble, state: "waiting" });
  expect(await command.schedule(new Date("2033-01-01"))).toBe(false);
});

test("returns recent ids of other commands in the conversation, and no others", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const conversationId = newId();
  const make = async (externalId: string, place: Parameters<typeof aCommand>[0]): Promise<string> => {
    const command = aCommand(place);
    await command.claim();
    await command.end({ state: "sent", externalIds: [externalId] });
    return command.commandId;
  };
  await make("recent", { conversationId });
  await make("elsewhere", {});
  await make("of another account", { conversationId, accountId: newId() });
  const old = await make("old", { conversationId });
  await pool.query(
    "UPDATE delivery_posts SET created_at = now() - interval '2 hours' WHERE command_id = $1",
    [old],
  );
  const exceptCommandId = await make("own", { conversationId });
  const since = new Date(Date.now() - 3_600_000);
  const claimed = await claimedExternalIds(pool, { accountId, conversationId, since, exceptCommandId });
  expect([...claimed]).toEqual(["recent"]);
});
