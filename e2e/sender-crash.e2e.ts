import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Mio } from "@mio/sdk";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  channels,
  chooseSeed,
  countUnacked,
  createRandom,
  type Env,
  type Fleet,
  faultsOf,
  nameOf,
  noFaults,
  openPlaces,
  releaseUnacked,
  type Service,
  startFleet,
  toAccount,
} from "./src/index.ts";

interface Scene {
  readonly fleet: Fleet;
  readonly sender: Service;
  readonly mio: Mio;
}

async function openScene(stack: AsyncDisposableStack, env: Env = {}): Promise<Scene> {
  const fleet = stack.use(
    await startFleet({ env: { "sender-pool": { MIO_SENDER_CALL_TIMEOUT: "1s", MIO_SENDER_LEASE: "2s" } } }),
  );
  // The streams exist before an agent connects.
  const [sender] = await Promise.all([fleet.start("sender-pool", env), fleet.start("media-vault")]);
  const mio = stack.use(await connect({ servers: fleet.nats.url }));
  return { fleet, sender, mio };
}

/** Sends a text and kills the sender pool after the platform has posted it, before the response. */
async function killBetweenCallAndReceipt({ fleet, sender, mio }: Scene, text: string) {
  const { cliq } = fleet;
  const place = (await openPlaces(fleet, ["room-0"])).get("room-0");
  if (place === undefined) throw new Error("no place was opened");
  cliq.faults.set("late_answer", { times: 1, endpoints: ["post"] });
  const sent = await mio.send({ ...place, text });
  const isPosted = (message: { readonly author: { readonly kind: string }; readonly text: string }) =>
    message.author.kind !== "user" && message.text === text;
  await cliq.waitForMessage(isPosted, { timeoutMs: 60_000 });
  return { sent, place, kill: () => sender.process.kill() };
}

const visibleTexts = ({ fleet }: Scene): readonly string[] =>
  fleet.cliq.visiblePosts().map(({ text }) => text);

test("a send interrupted before its receipt is recovered, and every edit applies to it", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack);
  const { fleet, sender, mio } = scene;
  const { sent, place, kill } = await killBetweenCallAndReceipt(scene, "thinking…");
  const edit = await mio.edit({ of: sent, text: "the answer" });
  await eventually(async () => (await countUnacked(fleet.nats.url)) === 2);
  await kill();
  // Uses the real ack wait of twenty seconds for the redelivery.
  await sender.process.start();
  const later = await mio.send({ ...place, text: "later" });
  const receipt = await mio.receipt(sent);
  // An edit that is still waiting would be superseded by the next one.
  const editReceipt = await mio.receipt(edit);
  const lateEdit = await mio.edit({ of: sent, text: "the last word" });
  await mio.receipt(later);
  const [post, ...others] = fleet.cliq.visiblePosts();
  expect(receipt).toMatchObject({ state: "sent", externalIds: [post?.id] });
  expect(editReceipt).toMatchObject({ state: "sent", externalIds: [post?.id] });
  expect(await mio.receipt(lateEdit)).toMatchObject({ state: "sent", externalIds: [post?.id] });
  expect(others.map(({ text }) => text)).toEqual(["later"]);
  const revisions = fleet.cliq.visiblePosts()[0]?.revisions ?? [];
  expect(others[0]?.postedAt.getTime()).toBeGreaterThanOrEqual(revisions[1]?.at.getTime() ?? Infinity);
  expect(revisions.map(({ text }) => text)).toEqual(["thinking…", "the answer", "the last word"]);
});

const noHistory = { status: 403, endpoints: ["history"] } as const;

test("a send of unknown outcome is reported and not repeated on a platform without history", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack);
  const { fleet, sender, mio } = scene;
  const { sent, kill } = await killBetweenCallAndReceipt(scene, "once");
  fleet.cliq.faults.set("server_error", noHistory);
  await kill();
  await releaseUnacked(fleet.nats.url);
  await sender.process.start();
  expect(await mio.receipt(sent)).toMatchObject({ state: "unknown" });
  expect(visibleTexts(scene)).toEqual(["once"]);
});

test("canary: with MIO_UNKNOWN_SEND=resend the same crash posts twice, and the account shows it", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack, { MIO_UNKNOWN_SEND: "resend" });
  const { fleet, sender, mio } = scene;
  const name = nameOf("room-0", 0);
  const { sent, kill } = await killBetweenCallAndReceipt(scene, name);
  fleet.cliq.faults.set("server_error", noHistory);
  await kill();
  await releaseUnacked(fleet.nats.url);
  await sender.process.start();
  expect(await mio.receipt(sent)).toMatchObject({ state: "sent" });
  const account = toAccount({ attempted: [name], promised: [name], seen: visibleTexts(scene) });
  expect(account.duplicated).toEqual([name]);
});

test("a sender pool killed three times at random posts every command once, in order", async () => {
  const random = createRandom(chooseSeed("sender kills", process.env["MIO_E2E_SEED"]));
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack);
  const { fleet, sender, mio } = scene;
  const rooms = channels(6);
  const places = [...(await openPlaces(fleet, rooms))];
  fleet.cliq.faults.set("slow", { ms: 60, endpoints: ["post"] });
  const sent = [];
  for (let index = 0; index < 48; index += 1) {
    const [room = "", place] = places[index % places.length] ?? [];
    if (place === undefined) throw new Error("no place was opened");
    const name = nameOf(room, Math.floor(index / places.length));
    sent.push({ name, command: await mio.send({ ...place, text: name }) });
  }
  for (const least of [4, 16, 30]) {
    const posts = least + Math.floor(random() * 10);
    await eventually(() => fleet.cliq.visiblePosts().length >= posts, { timeoutMs: 60_000 });
    // The moment of the fault is random; not used as synchronisation.
    await sleep(random() * 80);
    await sender.process.kill();
    await releaseUnacked(fleet.nats.url);
    await sender.process.start();
  }
  const receipts = await Promise.all(sent.map(({ command }) => mio.receipt(command)));
  expect(receipts.filter(({ state }) => state !== "sent")).toEqual([]);
  const names = sent.map(({ name }) => name);
  const account = toAccount({ attempted: names, promised: names, seen: visibleTexts(scene) });
  expect(faultsOf(account)).toEqual(noFaults);
  expect(account.seen).toBe(48);
});
