import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import type { DeliveryJob, Ended } from "../job/delivery-job.ts";
import { createAnnounceInOrder } from "./announce.ts";

const end: Ended = { state: "sent", attempts: 1, externalIds: [] };

function aJob(id: string, conversationId: string, signal = new AbortController().signal): DeliveryJob {
  return { command: aCommand({ id, accountId: "a", conversationId }), signal } as unknown as DeliveryJob;
}

/** Announcements that the test ends, one by one. */
function scripted() {
  const begun: string[] = [];
  const open = new Map<string, PromiseWithResolvers<void>>();
  const announce = createAnnounceInOrder(({ command }) => {
    const one = Promise.withResolvers<void>();
    begun.push(command.id);
    open.set(command.id, one);
    return one.promise;
  });
  return { announce, begun, open };
}

it("announces the ends of one conversation in order, also while the first is retried for long", async () => {
  const { announce, begun, open } = scripted();
  const ended: string[] = [];
  const all = ["one", "two", "three"].map((id) => announce(aJob(id, "c"), end).then(() => ended.push(id)));
  const other = announce(aJob("other", "d"), end);
  expect(begun).toEqual(["one", "other"]);
  open.get("other")?.resolve();
  await other;
  expect(begun).toEqual(["one", "other"]);
  for (const id of ["one", "two", "three"]) {
    await Promise.resolve();
    open.get(id)?.resolve();
    await expect.poll(() => ended.at(-1)).toBe(id);
  }
  await Promise.all(all);
  expect(begun).toEqual(["one", "other", "two", "three"]);
});

it("announces nothing of a conversation after an announcement that failed while the pool stops", async () => {
  const { announce, begun, open } = scripted();
  const stopping = new AbortController();
  const one = announce(aJob("one", "c", stopping.signal), end);
  const two = announce(aJob("two", "c", stopping.signal), end);
  const other = announce(aJob("other", "d", stopping.signal), end);
  stopping.abort();
  open.get("other")?.resolve();
  await other;
  open.get("one")?.reject(new Error("no answer"));
  await expect(one).rejects.toThrow("no answer");
  await expect(two).rejects.toThrow("no answer");
  await expect(announce(aJob("three", "c", stopping.signal), end)).rejects.toThrow("no answer");
  expect(begun).toEqual(["one", "other"]);
  // Read again in the same process: the stream delivers them in order.
  const again = announce(aJob("one", "c"), end);
  await expect.poll(() => begun.at(-1)).toBe("one");
  open.get("one")?.resolve();
  await again;
});
