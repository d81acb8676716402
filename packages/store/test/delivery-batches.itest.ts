import { newId } from "@mio/envelope";
import { eventually } from "@mio/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  beatDeliveries,
  createDeliveryLedger,
  type Db,
  type DeliveryEnd,
  type DeliveryLedger,
  findDelivery,
  findPostedWith,
  openStore,
  readInterim,
  recordRedrive,
  scheduleDelivery,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const conversationId = newId();
const placeOf = (commandId: string) => ({
  tenantId: fixture.tenantId,
  accountId: fixture.accountId,
  commandId,
  channelType: "zoho_cliq",
  conversationId,
});
const claimOf = (commandId: string, owner = "pod-1") => ({ ...placeOf(commandId), owner, operation: "send" });
const attemptOf = (commandId: string, attempt = 1, owner = "pod-1") => ({
  accountId: fixture.accountId,
  commandId,
  owner,
  attempt,
});
const commandsOf = (count: number): readonly string[] => Array.from({ length: count }, () => newId());

/** The database, and how often each statement ran on it. */
function counting(db: Db) {
  const counts = new Map<string, number>();
  const query: Db["query"] = (config, values) => {
    const name = typeof config === "string" ? config : (config.name ?? config.text);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return db.query(config, values);
  };
  return { db: { query }, counts };
}

test("commands that arrive together share statements, and a lone one waits for none", async () => {
  const { db, counts } = counting(fixture.store.pool);
  const ledger = createDeliveryLedger(db);
  const commands = commandsOf(100);
  const claims = await Promise.all(commands.map((id) => ledger.claim(claimOf(id))));
  expect(claims).toEqual(commands.map(() => ({ kind: "claimed", attempt: 1, externalIds: [] })));
  const ends = commands.map((id) => ledger.end(attemptOf(id), { state: "sent", externalIds: [`${id}-a`] }));
  expect(await Promise.all(ends)).toEqual(commands.map(() => true));
  expect(Object.fromEntries(counts)).toEqual({ "delivery-claim": 3, "delivery-end": 3 });
  for (const id of commands.slice(0, 3)) {
    expect(await findPostedWith(db, { accountId: fixture.accountId, externalId: `${id}-a` })).toEqual([
      `${id}-a`,
    ]);
  }
});

/** What is done to a few commands, each of which is in any state, by two owners. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("claim"), command: fc.nat(5), owner: fc.nat(1), redrive: fc.boolean() }),
  fc.record({
    kind: fc.constant("end"),
    command: fc.nat(5),
    owner: fc.nat(1),
    attempt: fc.integer({ min: 1, max: 3 }),
    state: fc.constantFrom("sent", "waiting", "sending", "unknown", "dead", "suppressed"),
    parts: fc.nat(3),
    edits: fc.option(fc.nat(5), { nil: undefined }),
    interim: fc.boolean(),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Carries out groups of steps, each group at once; returns what was answered and what is on record. */
async function carryOut(groups: readonly (readonly Step[])[], world: string) {
  const ledger = createDeliveryLedger(fixture.store.pool);
  const { accountId } = fixture;
  const idOf = (command: number): string => `${world}-${command}`;
  for (let command = 0; command < 6; command += 1) {
    const redrive = { accountId, commandId: idOf(command), token: "again", requestedBy: "test" };
    await recordRedrive(fixture.store.pool, redrive);
  }
  const run = (each: Step) => (each.kind === "claim" ? claim(ledger, each, idOf) : end(ledger, each, idOf));
  const answers: unknown[] = [];
  for (const group of groups) answers.push(...(await Promise.all(group.map(run))));
  const { rows } = await fixture.store.pool.query(
    `SELECT command_id, state, attempt, owner, external_ids, code, interim, redrive FROM deliveries
     WHERE account_id = $1 AND starts_with(command_id, $2) ORDER BY command_id`,
    [accountId, world],
  );
  const { rows: posts } = await fixture.store.pool.query(
    `SELECT command_id, external_id FROM delivery_posts
     WHERE account_id = $1 AND starts_with(command_id, $2) ORDER BY 1, 2`,
    [accountId, world],
  );
  return JSON.parse(JSON.stringify({ answers, rows, posts }).replaceAll(world, "world"));
}

async function claim(
  ledger: DeliveryLedger,
  each: Step & { kind: "claim" },
  idOf: (command: number) => string,
) {
  const { owner, redrive } = each;
  const claimed = await ledger.claim({
    ...claimOf(idOf(each.command), `pod-${owner}`),
    redrive: redrive ? "again" : undefined,
  });
  return { ...claimed, startedAt: 0, silentMs: 0 };
}

function end(ledger: DeliveryLedger, each: Step & { kind: "end" }, idOf: (command: number) => string) {
  const id = idOf(each.command);
  const externalIds = ["a", "b", "c"].slice(0, each.parts).map((part) => `${id}-${part}`);
  const first = each.edits === undefined ? undefined : `${idOf(each.edits)}-a`;
  const edited =
    first === undefined ? undefined : { firstExternalId: first, externalIds: [first, `${id}-more`] };
  const ended: DeliveryEnd =
    each.state === "sent"
      ? { state: "sent", externalIds, edited, interim: each.interim ? id : "" }
      : { state: each.state, externalIds, edited, code: "delivery.unknown", reason: "r" };
  return ledger.end(attemptOf(id, each.attempt, `pod-${each.owner}`), ended);
}

/** Groups of successive steps that touch different commands. */
function toGroups(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  let touched = new Set<number>();
  for (const each of steps) {
    const names = [each.command, ...(each.kind === "end" && each.edits !== undefined ? [each.edits] : [])];
    if (groups.length === 0 || names.some((name) => touched.has(name))) {
      groups.push([]);
      touched = new Set();
    }
    groups.at(-1)?.push(each);
    for (const name of names) touched.add(name);
  }
  return groups;
}

test("batches have the outcomes of single statements, however the calls are grouped", async () => {
  let worlds = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      worlds += 1;
      const alone = await carryOut(
        steps.map((each) => [each]),
        `alone${worlds}`,
      );
      expect(await carryOut(toGroups(steps), `group${worlds}`)).toEqual(alone);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("two processes that claim the same commands in batches claim each once", async () => {
  const commands = commandsOf(300);
  const waiting = commands.slice(0, 100);
  const first = createDeliveryLedger(fixture.store.pool);
  await Promise.all(waiting.map((id) => first.claim(claimOf(id))));
  const why = { code: "c", reason: "r", externalIds: [] };
  await Promise.all(waiting.map((id) => first.end(attemptOf(id), { state: "waiting", ...why })));
  const claimAll = async (owner: string, order: readonly string[]) => {
    const ledger = createDeliveryLedger(fixture.store.pool);
    const claims = await Promise.all(
      order.map(async (id) => ({ id, kind: (await ledger.claim(claimOf(id, owner))).kind })),
    );
    return claims.filter(({ kind }) => kind === "claimed").map(({ id }) => id);
  };
  const orders = [commands, commands.toReversed(), commands.toSorted()];
  const claimed = (await Promise.all(orders.map((order, at) => claimAll(`pod-${at}`, order)))).flat();
  expect(claimed.toSorted()).toEqual(commands.toSorted());
});

test("ends and heartbeats of the same attempts lock rows in one order", async () => {
  const commands = commandsOf(200);
  const ledger = createDeliveryLedger(fixture.store.pool);
  const other = createDeliveryLedger(fixture.store.pool);
  await Promise.all(commands.map((id) => ledger.claim(claimOf(id))));
  const parts = (id: string): DeliveryEnd => ({ state: "sending", externalIds: [`${id}-a`] });
  const rounds = Array.from({ length: 10 }, () => [
    beatDeliveries(
      fixture.store.pool,
      commands.map((id) => attemptOf(id)),
    ),
    beatDeliveries(
      fixture.store.pool,
      commands.toReversed().map((id) => attemptOf(id)),
    ),
    ...commands.map((id) => ledger.end(attemptOf(id), parts(id))),
    ...commands.toReversed().map((id) => other.end(attemptOf(id), parts(id))),
  ]);
  const all = await Promise.all(rounds.flat());
  expect(all.filter((each) => each === false)).toEqual([]);
});

test("a command that Postgres rejects fails alone", async () => {
  const ledger = createDeliveryLedger(fixture.store.pool);
  const [before = "", after = "", ended = ""] = commandsOf(3);
  const settled = await Promise.allSettled([
    ledger.claim(claimOf(before)),
    ledger.claim(claimOf("zero\u0000byte")),
    ledger.claim({ ...claimOf(newId()), tenantId: "not a UUID" }),
    ledger.claim(claimOf(after)),
    ledger.claim(claimOf(ended)),
  ]);
  expect(settled.map(({ status }) => status)).toEqual([
    ...["fulfilled", "rejected", "rejected", "fulfilled", "fulfilled"],
  ]);
  expect(settled[1]).toMatchObject({ reason: { code: "store.refused", retry: "never" } });
  const ends = await Promise.allSettled([
    ledger.end(attemptOf(before), { state: "sent", externalIds: ["x"] }),
    ledger.end(attemptOf(after), { state: "sent", externalIds: ["zero\u0000byte"] }),
    ledger.end(attemptOf(ended), { state: "sent", externalIds: ["y"] }),
  ]);
  expect(ends).toMatchObject([{ value: true }, { reason: { code: "store.refused" } }, { value: true }]);
});

test("a second claim of a command waits for the first and learns of it", async () => {
  const ledger = createDeliveryLedger(fixture.store.pool);
  const [command = ""] = commandsOf(1);
  const claims = await Promise.all(["a", "b", "c"].map((owner) => ledger.claim(claimOf(command, owner))));
  expect(claims).toMatchObject([
    { kind: "claimed", attempt: 1 },
    { kind: "interrupted", owner: "a" },
    { kind: "interrupted", owner: "a" },
  ]);
});

test("edits of one post that end together keep their order and supersede the edits that wait", async () => {
  const { pool } = fixture.store;
  const { accountId } = fixture;
  const ledger = createDeliveryLedger(pool);
  const posts = commandsOf(5);
  const others = commandsOf(20);
  const waiting = new Map(posts.map((post) => [post, newId()]));
  await Promise.all([...posts, ...others].map((id) => ledger.claim(claimOf(id))));
  const posted = (id: string): DeliveryEnd => ({ state: "sent", externalIds: [`${id}-a`], interim: id });
  await Promise.all(posts.map((id) => ledger.end(attemptOf(id), posted(id))));
  const dueAt = new Date(Date.now() + 60_000);
  for (const [post, edit] of waiting) await scheduleDelivery(pool, placeOf(edit), { dueAt, waitsFor: post });
  const edits = posts.flatMap((post) => commandsOf(4).map((edit) => ({ post, edit })));
  await Promise.all(edits.map(({ edit }) => ledger.claim({ ...claimOf(edit), operation: "edit" })));
  const ends = edits.map(({ post, edit }) => {
    const externalIds = [`${post}-a`, `${edit}-more`];
    const edited = { firstExternalId: `${post}-a`, externalIds };
    return ledger.end(attemptOf(edit), { state: "sent", externalIds, edited, interim: edit });
  });
  const plain = others.map((id) => ledger.end(attemptOf(id), posted(id)));
  expect(new Set(await Promise.all([...ends, ...plain]))).toEqual(new Set([true]));
  for (const post of posts) {
    const last = edits.findLast((each) => each.post === post)?.edit ?? "";
    const first = edits.find((each) => each.post === post)?.edit ?? "";
    const externalId = `${post}-a`;
    const now = [externalId, `${last}-more`];
    expect(await findPostedWith(pool, { accountId, externalId })).toEqual(now);
    expect(await readInterim(pool, { accountId, externalId })).toBe(last);
    // The post is found by its command, and by the command of each edit of it.
    for (const commandId of [post, first, last]) {
      expect(await findDelivery(pool, { accountId, commandId })).toMatchObject({ externalIds: now });
    }
    const edit = waiting.get(post) ?? "";
    expect(await findDelivery(pool, { accountId, commandId: edit })).toMatchObject({ state: "suppressed" });
  }
});

test("a long series of edits adds no row for the ids that the post has", async () => {
  const { pool } = fixture.store;
  const ledger = createDeliveryLedger(pool);
  const [post = "", ...edits] = commandsOf(30);
  await ledger.claim(claimOf(post));
  const externalIds = [`${post}-a`];
  await ledger.end(attemptOf(post), { state: "sent", externalIds, interim: post });
  const edited = { firstExternalId: `${post}-a`, externalIds };
  for (const edit of edits) {
    await ledger.claim({ ...claimOf(edit), operation: "edit" });
    await ledger.end(attemptOf(edit), { state: "sent", externalIds, edited, interim: edit });
  }
  const { rows } = await pool.query(
    "SELECT command_id FROM delivery_posts WHERE external_id = $1",
    externalIds,
  );
  expect(rows).toEqual([{ command_id: post }]);
});

test("a connection that breaks during a batch claims none of it, and other batches stay", async () => {
  const { pool } = fixture.store;
  await using store = await openStore({
    dsn: fixture.database.dsn,
    maxConnections: 4,
    applicationName: "breaking",
  });
  const ledger = createDeliveryLedger(store.pool);
  const commands = commandsOf(50);
  const [blocked = ""] = commands.slice(20);
  await ledger.claim(claimOf(blocked));
  await ledger.end(attemptOf(blocked), { state: "waiting", code: "c", reason: "r", externalIds: [] });
  const blocker = await pool.connect();
  await blocker.query("BEGIN");
  await blocker.query("SELECT FROM deliveries WHERE command_id = $1 FOR UPDATE", [blocked]);
  const claiming = Promise.allSettled(commands.map((id) => ledger.claim(claimOf(id))));
  await eventually(async () => {
    const { rowCount } = await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'breaking' AND wait_event_type = 'Lock'`,
    );
    expect(rowCount).toBe(1);
  });
  const claims = await claiming;
  await blocker.query("ROLLBACK");
  blocker.release();
  const find = (commandId: string) => findDelivery(pool, { accountId: fixture.accountId, commandId });
  for (const [at, id] of commands.entries()) {
    const isClaimed = claims[at]?.status === "fulfilled";
    const open = id === blocked ? "waiting" : undefined;
    expect((await find(id))?.state).toBe(isClaimed ? "sending" : open);
  }
  expect(new Set(claims.map(({ status }) => status))).toEqual(new Set(["fulfilled", "rejected"]));
  const again = await Promise.all(commands.map((id) => ledger.claim(claimOf(id))));
  expect(again.map(({ kind }) => kind)).toEqual(
    claims.map(({ status }) => (status === "fulfilled" ? "interrupted" : "claimed")),
  );
});

test("after a lost answer the owner finds its own claims, and the ends that it recorded", async () => {
  let loses = true;
  const query: Db["query"] = async (config, values) => {
    const answer = await fixture.store.pool.query(config, values);
    if (loses) throw new Error("connection lost");
    return answer as never;
  };
  const ledger = createDeliveryLedger({ query });
  const commands = commandsOf(20);
  const claims = await Promise.allSettled(commands.map((id) => ledger.claim(claimOf(id))));
  loses = false;
  for (const [at, id] of commands.entries()) {
    expect(claims[at]?.status).toBe("rejected");
    expect(await ledger.claim(claimOf(id))).toMatchObject({
      kind: "interrupted",
      owner: "pod-1",
      attempt: 1,
    });
  }
  loses = true;
  const sent = (id: string): DeliveryEnd => ({ state: "sent", externalIds: [`${id}-a`] });
  const ends = await Promise.allSettled(commands.map((id) => ledger.end(attemptOf(id), sent(id))));
  loses = false;
  for (const [at, id] of commands.entries()) {
    expect(ends[at]?.status).toBe("rejected");
    expect(await ledger.end(attemptOf(id), sent(id))).toBe(false);
    expect(await ledger.claim(claimOf(id))).toEqual({ kind: "sent", attempt: 1, externalIds: [`${id}-a`] });
  }
});

test("the end of an attempt stays on the page of its row and writes no index", async () => {
  await using alone = await openStore({
    dsn: fixture.database.dsn,
    maxConnections: 1,
    applicationName: "hot",
  });
  const updates = async () => {
    await alone.pool.query("SELECT pg_stat_force_next_flush()");
    const { rows } = await alone.pool.query<{ all: number; hot: number }>(
      `SELECT sum(n_tup_upd)::int AS all, sum(n_tup_hot_upd)::int AS hot FROM pg_stat_user_tables
       WHERE relname LIKE 'deliveries%'`,
    );
    return rows[0] ?? expect.fail("no such table");
  };
  const ledger = createDeliveryLedger(alone.pool);
  const before = await updates();
  for (const id of commandsOf(20)) {
    await ledger.claim(claimOf(id));
    const attempt = attemptOf(id);
    await beatDeliveries(alone.pool, [attempt]);
    await ledger.end(attempt, { state: "sent", externalIds: [`${id}-a`], interim: id });
  }
  const after = await updates();
  expect({ all: after.all - before.all, hot: after.hot - before.hot }).toEqual({ all: 40, hot: 40 });
});
