import { describe, expect, it } from "vitest";
import { createLink, LinkLostError } from "./link.ts";

describe("link", () => {
  it("gives up a call whose connection is lost, and only that", async () => {
    const link = createLink();
    const never = new Promise<string>(() => {});
    const given = link.guard(never);
    link.lost();
    await expect(given).rejects.toBeInstanceOf(LinkLostError);
    expect(await link.guard(Promise.resolve("answer"))).toBe("answer");
  });

  it("lets wait for the connection, or for the end of patience", async () => {
    const link = createLink();
    await link.whenUp(new AbortController().signal);
    link.lost();
    const stop = new AbortController();
    const waits = [link.whenUp(stop.signal), link.whenUp(new AbortController().signal)];
    stop.abort();
    await waits[0];
    link.restored();
    await waits[1];
  });
});
