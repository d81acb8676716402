import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Reconciliation } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { answered, now, refused, type ScriptedSlack, scriptedSlack, silence } from "./scripted-slack.ts";
import { createSender } from "./send.ts";

type Init = MessageInitShape<typeof SendCommandSchema>;

interface Asking {
  readonly command?: Init;
  readonly elapsedMs?: number;
  readonly claimed?: readonly string[];
  readonly known?: readonly string[];
}

function ask(
  { client }: ScriptedSlack,
  { command = {}, elapsedMs = 60_000, claimed = [], known = [] }: Asking = {},
): Promise<Reconciliation> {
  const sender = createSender({
    client,
    uploads: scriptedHttp({ status: 500 }),
    isUploadAddress: () => true,
    now,
  });
  const wanted = create(SendCommandSchema, {
    id: "cmd",
    conversationExternalId: "C1",
    text: "hello",
    ...command,
  });
  const startedAt = new Date(now().getTime() - elapsedMs);
  return sender.reconcile(
    wanted,
    { startedAt, claimedExternalIds: new Set(claimed) },
    callUnderTest({ alreadySent: known }),
  );
}

const stamp = (part = 1, parts = 1, sendId = "cmd") => ({
  event_type: "mio_send",
  event_payload: { send_id: sendId, part, parts },
});
const history = (...messages: readonly object[]) =>
  scriptedSlack({ "conversations.history": { ok: true, messages } });
const long = Array.from({ length: 3 }, (_, at) => `${at}`.repeat(3_900)).join("\n\n");

describe("reconcile", () => {
  it("finds a message by its stamp, whatever became of its text", async () => {
    const slack = history(
      { ts: "1777802402.2", text: "hello" },
      { ts: "1777802401.1", bot_id: "B1", text: "edited", metadata: stamp() },
    );
    expect(await ask(slack)).toEqual({ kind: "found", sent: { externalIds: ["C1:1777802401.1"] } });
    expect(slack.calls).toEqual([
      {
        method: "conversations.history",
        fields: { channel: "C1", limit: "200", include_all_metadata: "true", oldest: "1777802280.000000" },
      },
    ]);
  });

  it("looks into the thread, and not further", async () => {
    const slack = scriptedSlack({
      "conversations.replies": ({ fields }) =>
        fields["limit"] === "1"
          ? { ok: true, messages: [{ ts: "1777802409.9" }] }
          : { ok: true, messages: [{ ts: "1777802401.1", metadata: stamp() }] },
    });
    const attributes = { slack_thread_ts: "1777802409.9" };
    expect(await ask(slack, { command: { attributes } })).toMatchObject({ kind: "found" });
    expect(slack.calls.at(-1)?.fields).toMatchObject({ ts: "1777802409.9", include_all_metadata: "true" });
  });

  it("reads on where a page ends", async () => {
    const slack = scriptedSlack({
      "conversations.history": ({ fields }) =>
        fields["cursor"] === "next"
          ? { ok: true, messages: [{ ts: "1777802401.1", metadata: stamp() }] }
          : { ok: true, messages: [{ ts: "1777802402.2" }], response_metadata: { next_cursor: "next" } },
    });
    expect(await ask(slack)).toMatchObject({ kind: "found" });
  });

  it("tells which parts are there once no more can come", async () => {
    const parts = () =>
      history({ ts: "1777802401.1", metadata: stamp(1, 3) }, { ts: "1777802402.2", metadata: stamp(2, 3) });
    expect(await ask(parts(), { command: { text: long } })).toEqual({
      kind: "partial",
      sent: { externalIds: ["C1:1777802401.1", "C1:1777802402.2"] },
    });
    expect(await ask(parts(), { command: { text: long }, elapsedMs: 1_000 })).toEqual({
      kind: "later",
      afterMs: 14_000,
    });
  });

  it("goes on from what earlier attempts made, long ago", async () => {
    const known = ["C1:1700000000.1", "C1:1700000000.2"];
    const slack = () => history({ ts: "1777802401.1", metadata: stamp(3, 3) });
    const all = [...known, "C1:1777802401.1"];
    expect(await ask(slack(), { command: { text: long }, known })).toEqual({
      kind: "found",
      sent: { externalIds: all },
    });
    expect(await ask(history(), { command: { text: long }, known })).toEqual({
      kind: "partial",
      sent: { externalIds: known },
    });
  });

  it("believes in absence only when the attempt is long over", async () => {
    const others = () =>
      history({ ts: "1777802401.1", metadata: stamp(1, 1, "other") }, { ts: "1777802402.2", text: "hello" });
    expect(await ask(others(), { elapsedMs: 4_000 })).toEqual({ kind: "later", afterMs: 11_000 });
    expect(await ask(others())).toEqual({ kind: "absent" });
  });

  it.each([
    ["a part is missing in between", history({ ts: "1777802401.1", metadata: stamp(2, 3) })],
    ["a bot said the same without a stamp", history({ ts: "1777802401.1", bot_id: "B1", text: "hello" })],
    ["Slack lists nothing", scriptedSlack({ "conversations.history": { ok: true } })],
    [
      "the history has no end",
      scriptedSlack({
        "conversations.history": { ok: true, messages: [], response_metadata: { next_cursor: "more" } },
      }),
    ],
    ["Mio may not read", scriptedSlack({ "conversations.history": refused("missing_scope") })],
    ["the channel is gone", scriptedSlack({ "conversations.history": refused("channel_not_found") })],
  ])("leaves it to policy when %s", async (_, slack) => {
    expect(await ask(slack)).toEqual({ kind: "undecided" });
  });

  it.each([
    ["throttles", answered({}, 429, { "retry-after": "30" }), 30_000],
    ["is silent", silence, 5_000],
    ["breaks", answered({}, 502), 5_000],
  ])("asks again when Slack %s", async (_, answer, afterMs) => {
    expect(await ask(scriptedSlack({ "conversations.history": answer }))).toEqual({ kind: "later", afterMs });
  });

  it.each<Init>([
    { editOfMessageId: "c" },
    { editOfExternalId: "C1:1777802401.1" },
    { attributes: { replaces_send_id: "c" } },
    { relation: { kind: MessageRelation_Kind.EDIT } },
    { relation: { kind: MessageRelation_Kind.DELETE } },
    { relation: { kind: MessageRelation_Kind.REACTION } },
    { text: "" },
  ])("lets what shows the same twice, or nothing, be done again: %j", async (command) => {
    expect(await ask(history(), { command })).toEqual({ kind: "absent" });
  });

  it("cannot find what Slack does not keep", async () => {
    const attributes = { slack_ephemeral_user: "U1" };
    expect(await ask(history(), { command: { attributes } })).toEqual({ kind: "undecided" });
  });
});

it("takes a thread's first message for no part of the attempt", async () => {
  const root = { ts: "1700000000.1", bot_id: "B1", text: "hello" };
  const slack = scriptedSlack({ "conversations.replies": { ok: true, messages: [root] } });
  const attributes = { slack_thread_ts: "1700000000.1" };
  expect(await ask(slack, { command: { attributes } })).toEqual({ kind: "absent" });
});

describe("files", () => {
  const attachments = [{ storageKey: "k/1", filename: "a.pdf" }, { storageKey: "k/b.txt" }];
  const share = { ts: "1777802403.3", bot_id: "B1", files: [{ title: "a.pdf" }, { name: "b.txt" }] };
  const text = { ts: "1777802401.1", bot_id: "B1", text: "hello", metadata: stamp() };
  const command = { attachments };

  it("are found after their text", async () => {
    expect(await ask(history(share, text), { command })).toEqual({
      kind: "found",
      sent: { externalIds: ["C1:1777802401.1", "C1:1777802403.3#file"] },
    });
  });

  it("are found alone", async () => {
    expect(await ask(history(share), { command: { ...command, text: "" } })).toMatchObject({ kind: "found" });
  });

  it("that are missing follow", async () => {
    const person = { ...share, bot_id: undefined };
    expect(await ask(history(person, text), { command })).toEqual({
      kind: "partial",
      sent: { externalIds: ["C1:1777802401.1"] },
    });
  });

  it("of another command are not ours", async () => {
    for (const claimed of [["C1:1777802403.3"], ["C1:1777802403.3#file"]])
      expect(await ask(history(share, text), { command, claimed })).toMatchObject({ kind: "partial" });
    const twice = { ...share, ts: "1777802404.4" };
    expect(await ask(history(twice, share, text), { command })).toEqual({ kind: "undecided" });
  });
});
