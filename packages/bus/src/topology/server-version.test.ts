import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { ensureStreams } from "./ensure-streams.ts";

test.each([
  ["that is too old", { version: "2.11.9", jetstream: true }, /2\.11\.9.*2\.12\.0/],
  ["without JetStream", { version: "2.15.1" }, /without JetStream/],
  ["that does not say what it is", undefined, /unknown/],
])("a server %s gets no streams", async (_, info, message) => {
  const bus = { nc: { info } } as unknown as Bus;
  const ensuring = ensureStreams(bus, { replicas: 1, storage: "file" });
  await expect(ensuring).rejects.toMatchObject({ code: "bus.server_too_old", retry: "never" });
  await expect(ensuring).rejects.toThrow(message);
});
