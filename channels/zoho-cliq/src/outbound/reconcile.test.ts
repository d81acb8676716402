import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { HttpFailure, Reconciliation } from "@mio/channel-kit";
import { callUnderTest, type ScriptedAnswer, scriptedHttp } from "@mio/channel-kit/contract";
import { MessageRelation_Kind, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createCliqClient } from "../access/client.ts";
import { parseBotIds } from "../identity/bot-ids.ts";
import { createReconcile } from "./reconcile.ts";

const startedAt = new Date("2026-05-03T10:00:00Z");
const start = startedAt.getTime();
const bot = { id: "b-42", name: "MioBot" };

function row(overrides: object = {}): object {
  return {
    id: "1777802400100_1",
    time: start + 100,
    type: "text",
    sender: bot,
    content: { text: "hi" },
    ...overrides,
  };
}

interface Case {
  readonly command?: MessageInitShape<typeof SendCommandSchema>;
  readonly claimed?: readonly string[];
  readonly elapsedMs?: number;
  readonly ownBots?: string;
  readonly alreadySent?: readonly string[];
}

async function ask(step: ScriptedAnswer | HttpFailure, options: Case = {}): Promise<Reconciliation> {
  const { command = {}, claimed = [], elapsedMs = 60_000, ownBots = "b-42", alreadySent = [] } = options;
  const now = (): Date => new Date(start + elapsedMs);
  const baseUrl = (): URL => new URL("https://cliq.zoho.com");
  const access = { get: async () => "t", invalidate: () => true, baseUrl };
  const http = scriptedHttp(step);
  const client = createCliqClient({ access, http, uploads: http, now });
  const reconcile = createReconcile({ client, botName: "miobot", ownBots: parseBotIds(ownBots), now });
  const about = create(SendCommandSchema, {
    text: "hi",
    conversationExternalId: "CT_1",
    attributes: { cliq_channel_name: "general" },
    ...command,
  });
  const attempt = { startedAt, claimedExternalIds: new Set(claimed) };
  return await reconcile(about, attempt, callUnderTest({ alreadySent }));
}

function history(...rows: readonly object[]): ScriptedAnswer {
  return { status: 200, text: JSON.stringify({ data: rows }) };
}

const found = { kind: "found", sent: { externalIds: ["1777802400100_1"] } };

describe("reconcile", () => {
  it("finds the one message of our bot with the text, written since the attempt", async () => {
    expect(await ask(history(row()))).toEqual(found);
    expect(await ask(history(row({ id: "1777802400100%201", content: { text: " hi\r\n" } })))).toEqual(found);
    expect(await ask(history(row({ sender: { id: "9", name: "MIOBOT" } })), { ownBots: "" })).toEqual(found);
  });

  it.each([
    ["another's", { sender: { id: "7", name: "Ada" } }],
    ["another bot's", { sender: { id: "b-9", name: "CI" } }],
    ["an older one", { time: start - 60_001 }],
    ["an older one with other words", { time: start - 10_001, content: { text: "ho" } }],
  ])("does not take %s for ours, and believes that there is none", async (_, difference) => {
    expect(await ask(history(row(difference)))).toEqual({ kind: "absent" });
  });

  it("does not take a message of another command", async () => {
    expect(await ask(history(row()), { claimed: ["1777802400100%201"] })).toEqual({ kind: "absent" });
  });

  it("does not decide between two, nor about our own words that look different", async () => {
    expect(await ask(history(row(), row({ id: "1_2" })))).toEqual({ kind: "undecided" });
    expect(await ask(history(row({ content: { text: "<b>hi</b>" } })))).toEqual({ kind: "undecided" });
  });

  it("does not report absence while the attempt may be running", async () => {
    expect(await ask(history(), { elapsedMs: 4_000 })).toEqual({ kind: "later", afterMs: 21_000 });
    expect(await ask(history(), { elapsedMs: 25_000 })).toEqual({ kind: "absent" });
  });

  it("leaves nothing to policy while the attempt may be running", async () => {
    const twice = history(row(), row({ id: "1_2" }));
    expect(await ask(twice, { elapsedMs: 24_000 })).toEqual({ kind: "later", afterMs: 1_000 });
  });

  it("does not rule out a message that looks too old by our clock", async () => {
    expect(await ask(history(row({ time: start - 10_001 })))).toEqual({ kind: "undecided" });
    const claimed = { claimed: ["1777802400100_1"] };
    expect(await ask(history(row({ time: start - 10_001 })), claimed)).toEqual({ kind: "absent" });
  });

  it("cannot look into a thread that the post itself opens", async () => {
    const attributes = { cliq_channel_name: "general", cliq_thread_message_id: "1777802300000_1" };
    expect(await ask(history(), { command: { attributes } })).toEqual({ kind: "undecided" });
  });

  it("does not report absence when the history continues", async () => {
    const stranger = row({ sender: { id: "7", name: "Ada" } });
    expect(await ask(history(...Array.from({ length: 100 }, () => stranger)))).toEqual({ kind: "undecided" });
  });

  it.each([
    ["403", { status: 403 }],
    ["a missing scope", { status: 401, text: '{"code":"oauthtoken_scope_invalid"}' }],
    ["404", { status: 404 }],
    ["an unreadable answer", { status: 200, text: "<html>" }],
  ])("leaves it to policy after %s", async (_, answer) => {
    expect(await ask(answer)).toEqual({ kind: "undecided" });
  });

  it("asks again when the platform does not answer", async () => {
    expect(await ask({ status: 429, headers: { "retry-after": "3" } })).toEqual({
      kind: "later",
      afterMs: 3_000,
    });
    expect(await ask({ status: 502 })).toEqual({ kind: "later", afterMs: 5_000 });
    const silence = { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" } as const;
    expect(await ask(silence)).toEqual({ kind: "later", afterMs: 5_000 });
  });

  it.each<MessageInitShape<typeof SendCommandSchema>>([
    { editOfMessageId: "c" },
    { editOfExternalId: "1_2" },
    { attributes: { replaces_send_id: "c" } },
    { relation: { kind: MessageRelation_Kind.EDIT } },
  ])("lets an edit be done again: %j", async (command) => {
    expect(await ask(history(row()), { command })).toEqual({ kind: "absent" });
  });

  describe("of several messages", () => {
    const [first, second] = [`${"a".repeat(4_999)} `, "bbb"];
    const command = { text: `${first}${second}` };
    const parts = [
      row({ id: "1777802400100_1", time: start + 100, content: { text: first } }),
      row({ id: "1777802400200_1", time: start + 200, content: { text: second } }),
    ] as const;
    const ids = ["1777802400100_1", "1777802400200_1"];

    it("finds all, or the first of them when the attempt is over", async () => {
      expect(await ask(history(...parts.toReversed()), { command })).toEqual({
        kind: "found",
        sent: { externalIds: ids },
      });
      const partial = { kind: "partial", sent: { externalIds: [ids[0]] } };
      expect(await ask(history(parts[0]), { command })).toEqual(partial);
      expect(await ask(history(parts[0]), { command, elapsedMs: 4_000 })).toMatchObject({ kind: "later" });
    });

    it("does not decide when a later one is there without an earlier", async () => {
      expect(await ask(history(parts[1]), { command })).toEqual({ kind: "undecided" });
    });

    it("returns the ids of earlier calls", async () => {
      const alreadySent = ids.slice(0, 1);
      expect(await ask(history(...parts), { command, alreadySent })).toEqual({
        kind: "found",
        sent: { externalIds: ids },
      });
      expect(await ask(history(parts[0]), { command, alreadySent })).toEqual({
        kind: "partial",
        sent: { externalIds: alreadySent },
      });
    });

    it("searches for a file by its name", async () => {
      const withFile = { text: "hi", attachments: [{ storageKey: "k", filename: "a.txt" }] };
      const file = row({ id: "1777802400300_1", content: { file: { name: "a.txt" }, comment: "" } });
      expect(await ask(history(row(), file), { command: withFile })).toEqual({
        kind: "found",
        sent: { externalIds: [ids[0], "1777802400300_1"] },
      });
      expect(await ask(history(row()), { command: withFile, elapsedMs: 65_000 })).toEqual({
        kind: "partial",
        sent: { externalIds: [ids[0]] },
      });
      expect(await ask(history(row()), { command: withFile, elapsedMs: 64_000 })).toEqual({
        kind: "later",
        afterMs: 1_000,
      });
    });
  });

  it("does not decide about a card that the authorising user may have posted", async () => {
    const command = { richContent: { card: { title: "t" } } };
    const users = row({ sender: { id: "7", name: "Ada" } });
    expect(await ask(history(users), { command })).toEqual({ kind: "undecided" });
    const wordless = row({ sender: { id: "7", name: "Ada" }, content: {} });
    expect(await ask(history(wordless), { command })).toEqual({ kind: "undecided" });
    expect(await ask(history(row()), { command })).toEqual(found);
    expect(await ask(history(), { command })).toEqual({ kind: "absent" });
  });

  it("cannot distinguish our posts to a bare chat from those of the user", async () => {
    expect(await ask(history(row()), { command: { attributes: {} } })).toEqual({ kind: "undecided" });
    expect(await ask(history(row()), { command: { conversationExternalId: "" } })).toEqual({
      kind: "undecided",
    });
  });
});
