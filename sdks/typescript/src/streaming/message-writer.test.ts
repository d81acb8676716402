import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import type { SentCommand } from "../commands/send.ts";
import { MessageWriter } from "./message-writer.ts";

/** A writer whose partial edits fail as long as the test wants. */
function aWriter() {
  const edits: string[] = [];
  const failing = { with: undefined as MioError | undefined };
  const sent = { commandId: "post" } as SentCommand;
  const outlet = {
    post: async () => sent,
    edit: async (_: SentCommand, text: string) => {
      edits.push(text);
      if (failing.with !== undefined) throw failing.with;
      return sent;
    },
  };
  const clock = { now: () => 0, sleep: async () => {} };
  const writer = new MessageWriter({ outlet, clock, limits: { maxChars: 1_000, maxMs: 60_000 } });
  return { writer, edits, failing };
}

describe("a message that grows", () => {
  it("is edited again when an edit could not be stored, also if nothing has come since", async () => {
    const { writer, edits, failing } = aWriter();
    await writer.show("one ");
    failing.with = new MioError("sdk.publish_timeout", "no answer", { retry: "soon" });
    await writer.show("one two ");
    failing.with = undefined;
    expect(await writer.show("one two ")).toBe(true);
    expect(await writer.show("one two ")).toBe(false);
    expect(edits).toEqual(["one two ", "one two "]);
  });

  it("ends when an edit can never be stored", async () => {
    const { writer, failing } = aWriter();
    await writer.show("one ");
    failing.with = new MioError("sdk.publish_refused", "forbidden");
    await expect(writer.show("one two ")).rejects.toMatchObject({ code: "sdk.publish_refused" });
  });
});
