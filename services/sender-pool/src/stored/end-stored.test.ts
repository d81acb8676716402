import type { Bus } from "@mio/bus";
import { MioError } from "@mio/failure";
import { expect, it } from "vitest";
import { createEndStored, type StoredCommand } from "./end-stored.ts";

const stored = {
  subject: "mio.outbound.slack.account.conversation",
  seq: 1,
  data: new Uint8Array(),
  header: new Map(),
  time: new Date(),
} as unknown as StoredCommand;

it("leaves a command on the stream when its handler fails and a retry may help", async () => {
  const failure = new MioError("store.unavailable", "not now", { retry: "soon" });
  // Anything that it asked of the stream would fail otherwise.
  const endStored = createEndStored({ bus: {} as Bus, handler: () => Promise.reject(failure) });
  await expect(endStored(stored, new AbortController().signal)).rejects.toBe(failure);
});
