import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Reconciliation } from "@mio/channel-kit";
import { callUnderTest, scriptedHttp } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, SendCommand_Stage, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import {
  answered,
  now,
  refused,
  type ScriptedSlack,
  scriptedSlack,
  silence,
} from "../../test/scripted-slack.ts";
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
  it("finds a message by its stamp, even if its text changed", async () => {
    const slack = history(
      { ts: "1777802402.2", text: "hello" },
      { ts: "1777802401.1", bot_id: "B1", text: "edited", metadata: stamp() },
    );
    expect(await ask(slack)).toEqual({ kind: "found", sent: { externalIds: ["C1:1777802401.1"] } });
    expect(slack.calls).toEqual([
      {
        method: "conversations.history",
        fields: { channel: "C1", limit: "200", include_all_metadata: "true", oldest: "1777802040.000000" },
      },
      { method: "auth.test", fields: {} },
    ]);
  });

  it("ignores the stamps of other apps", async () => {
    const messages = [{ ts: "1777802401.1", bot_id: "B2", text: "not ours", metadata: stamp() }];
    const slack = () =>
      scriptedSlack({
        "conversations.history": { ok: true, messages },
        "auth.test": { ok: true, bot_id: "B1" },
      });
    expect(await ask(slack())).toEqual({ kind: "absent" });
    messages.push({ ts: "1777802402.2", bot_id: "B1", text: "ours", metadata: stamp() });
    expect(await ask(slack())).toEqual({ kind: "found", sent: { externalIds: ["C1:1777802402.2"] } });
  });

  it("decides nothing about an attempt if Slack does not return our ids", async () => {
    const messages = [{ ts: "1777802401.1", bot_id: "B1", metadata: stamp() }];
    const slack = scriptedSlack({
      "conversations.history": { ok: true, messages },
      "auth.test": { ok: false, error: "internal_error" },
    });
    expect(await ask(slack)).toMatchObject({ kind: "later" });
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

  it("reads the next page", async () => {
    const slack = scriptedSlack({
      "conversations.history": ({ fields }) =>
        fields["cursor"] === "next"
          ? { ok: true, messages: [{ ts: "1777802401.1", metadata: stamp() }] }
          : { ok: true, messages: [{ ts: "1777802402.2" }], response_metadata: { next_cursor: "next" } },
    });
    expect(await ask(slack)).toMatchObject({ kind: "found" });
  });

  it("reports the existing parts once no more can come", async () => {
    const parts = () =>
      history({ ts: "1777802401.1", metadata: stamp(1, 3) }, { ts: "1777802402.2", metadata: stamp(2, 3) });
    expect(await ask(parts(), { command: { text: long } })).toEqual({
      kind: "partial",
      sent: { externalIds: ["C1:1777802401.1", "C1:1777802402.2"] },
    });
    expect(await ask(parts(), { command: { text: long }, elapsedMs: 1_000 })).toEqual({
      kind: "later",
      afterMs: 24_000,
    });
  });

  it("continues after the parts of earlier attempts, long ago", async () => {
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

  it("reports absence only long after the attempt", async () => {
    const others = () =>
      history({ ts: "1777802401.1", metadata: stamp(1, 1, "other") }, { ts: "1777802402.2", text: "hello" });
    expect(await ask(others(), { elapsedMs: 4_000 })).toEqual({ kind: "later", afterMs: 21_000 });
    expect(await ask(others())).toEqual({ kind: "absent" });
  });

  it("finds messages with the time of a clock far behind ours", async () => {
    const early = history({ ts: "1777802050.1", metadata: stamp() });
    expect(await ask(early)).toMatchObject({ kind: "found" });
  });

  it("ignores the messages of other commands", async () => {
    const same = history({ ts: "1777802401.1", bot_id: "B1", text: "hello" });
    expect(await ask(same, { claimed: ["C1:1777802401.1"] })).toEqual({ kind: "absent" });
  });

  it.each([
    ["a part is missing in between", history({ ts: "1777802401.1", metadata: stamp(2, 3) })],
    ["a bot said the same without a stamp", history({ ts: "1777802401.1", bot_id: "B1", text: "*Hello*!" })],
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

describe("a stream", () => {
  const command = {
    text: "**Thinking** about it",
    stage: SendCommand_Stage.PARTIAL,
    attributes: {
      slack_thread_ts: "1777802300.1",
      slack_recipient_user_id: "U1",
      slack_team_id: "T1",
    },
  };
  const begun = {
    ts: "1777802401.1",
    bot_id: "B1",
    text: "*Thinking* about it",
    streaming_state: "in_progress",
  };
  const thread = (...messages: readonly object[]) =>
    scriptedSlack({
      "conversations.replies": { ok: true, messages: [{ ts: "1777802300.1", text: "?" }, ...messages] },
      "auth.test": { ok: true, bot_id: "B1" },
    });
  const found = { kind: "found", sent: { externalIds: ["C1:1777802401.1"] } };

  it("is found without a stamp, as the only one of ours since the attempt", async () => {
    expect(await ask(thread(begun), { command, elapsedMs: 1_000 })).toEqual(found);
  });

  it("that has ended is found by its stamp, with any text", async () => {
    const other = { ...begun, ts: "1777802402.2" };
    const slack = thread(other, { ...begun, text: "42", metadata: stamp() });
    expect(await ask(slack, { command })).toEqual(found);
  });

  it("that became an ordinary post is found as one", async () => {
    const posted = { ts: "1777802401.1", bot_id: "B1", text: "x", metadata: stamp() };
    expect(await ask(thread(posted), { command })).toEqual(found);
  });

  it.each([
    ["says something else", [{ ...begun, text: "Something else" }]],
    ["is another bot's", [{ ...begun, bot_id: "B2" }]],
    ["is one of two", [begun, { ...begun, ts: "1777802402.2" }]],
  ])("that %s may be ours all the same: policy decides, once no more can come", async (_, messages) => {
    expect(await ask(thread(...messages), { command })).toEqual({ kind: "undecided" });
    expect(await ask(thread(...messages), { command, elapsedMs: 1_000 })).toMatchObject({ kind: "later" });
  });

  it("of another command is not ours", async () => {
    expect(await ask(thread(begun), { command, claimed: ["C1:1777802401.1"] })).toEqual({ kind: "absent" });
  });

  it("does not count as absent while it may be starting", async () => {
    expect(await ask(thread(), { command, elapsedMs: 24_000 })).toEqual({ kind: "later", afterMs: 1_000 });
    expect(await ask(thread(), { command, elapsedMs: 25_000 })).toEqual({ kind: "absent" });
  });

  it("is left to policy if Slack does not return our ids", async () => {
    const replies = { ok: true, messages: [begun] };
    const slack = (answer: object) =>
      scriptedSlack({ "conversations.replies": replies, "auth.test": answer });
    expect(await ask(slack(refused("missing_scope")), { command })).toEqual({ kind: "undecided" });
    expect(await ask(slack(silence), { command })).toMatchObject({ kind: "later" });
  });
});

it("does not take a thread's first message for a part of the attempt", async () => {
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
  const elapsedMs = 145_000;

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
    expect(await ask(history(person, text), { command, elapsedMs })).toEqual({
      kind: "partial",
      sent: { externalIds: ["C1:1777802401.1"] },
    });
  });

  it("of another command are not ours", async () => {
    for (const claimed of [["C1:1777802403.3"], ["C1:1777802403.3#file"]])
      expect(await ask(history(share, text), { command, claimed, elapsedMs })).toMatchObject({
        kind: "partial",
      });
    const twice = { ...share, ts: "1777802404.4" };
    expect(await ask(history(twice, share, text), { command, elapsedMs })).toEqual({ kind: "undecided" });
  });

  it("may take long to arrive", async () => {
    expect(await ask(history(text), { command, elapsedMs: 144_000 })).toEqual({
      kind: "later",
      afterMs: 1_000,
    });
    const twice = { ...share, ts: "1777802404.4" };
    expect(await ask(history(twice, share, text), { command }), "nothing is clear before").toMatchObject({
      kind: "later",
    });
  });
});
