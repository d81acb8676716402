import type { InboundDraft, WebhookInbound } from "@mio/channel-kit";
import { trustUnsigned } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { inboundDedupId } from "@mio/envelope";
import type { Account, LedgerDraft } from "@mio/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAcceptMessage } from "./accept-message.ts";

const account: Account = {
  id: "0195d7c4-0000-7000-8000-000000000001",
  tenantId: "0195d7c4-0000-7000-8000-000000000002",
  channelType: "",
  externalId: "T1",
  displayName: "",
  attributes: {},
  disabled: false,
  pending: false,
  rateLimitPerSecond: undefined,
  rateLimitScope: undefined,
};

/** The identity of an event in the ledger and on the bus; undefined for an event that is not recorded. */
interface Identity {
  readonly source: string;
  readonly second: string;
  readonly dedup: string;
}

function identify(webhook: WebhookInbound) {
  return async (body: unknown): Promise<Identity | undefined> => {
    const recorded: LedgerDraft[] = [];
    const accept = createAcceptMessage({
      accounts: { route: async () => ({ kind: "routed", account }) },
      ledger: {
        accept: async (draft) => {
          recorded.push(draft);
          throw new Error("only the draft is used");
        },
      },
      publisher: { publish: async () => ({ kind: "published" }), isOwn: () => false },
      relay: { leave: () => {} },
      addressOf: () => undefined,
      maxEnvelopeBytes: () => 900_000,
    });
    const draft = read(webhook, body);
    if (draft === undefined) return undefined;
    const arrived = {
      draft,
      accountId: undefined,
      traceparent: undefined,
      isAuthorizedFor: async () => true,
    };
    await accept(arrived).catch(() => undefined);
    const [entry] = recorded;
    if (entry === undefined) return undefined;
    const source = entry.message.sourceMessageId;
    return { source, second: entry.secondId ?? "", dedup: inboundDedupId(account.id, source) };
  };
}

function read(webhook: WebhookInbound, body: unknown): InboundDraft | undefined {
  const bytes = trustUnsigned(new TextEncoder().encode(JSON.stringify(body)));
  const event = webhook.read(bytes, new Date("2026-05-03T10:00:00Z"));
  return event.kind === "message" ? event.draft : undefined;
}

function webhookOf(channelType: string): WebhookInbound {
  const channel = channels.find((each) => each.channelType === channelType);
  const webhook = channel?.open({}).webhook;
  if (webhook === undefined) throw new Error(`${channelType} has no webhooks`);
  return webhook;
}

/**
 * Digits, separators, characters that Postgres or protobuf reject, characters that are trimmed, and percent-encoded
 * ones.
 */
const hostileId = fc
  .array(fc.constantFrom("1", "7", "_", " ", "%20", "%5F", "%", ":", ".", "\0", "\ud800", "\t", "a", "A"), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

const operations = ["sent", "edited", "deleted"] as const;
type Operation = (typeof operations)[number];

const cliqBody = (operation: Operation, id: string): unknown => ({
  operation: `message_${operation}`,
  data: { time: 1_777_804_687_057, message: { id, text: "x" } },
  user: { id: "7", organization_id: "1" },
  chat: { id: "CT_1", chat_type: "channel", channel_unique_name: "general" },
});

const slackEvents: Record<Operation, (channel: string, ts: string) => object> = {
  sent: (channel, ts) => ({ type: "message", channel, ts, event_ts: ts, user: "U1", text: "x" }),
  edited: (channel, ts) => ({
    ...{
      type: "message",
      subtype: "message_changed",
      channel,
      ts: "1777804688.000100",
      event_ts: "1777804688.000100",
    },
    message: { type: "message", user: "U1", ts, text: "y" },
    previous_message: { type: "message", user: "U1", ts, text: "x" },
  }),
  deleted: (channel, ts) => ({
    ...{
      type: "message",
      subtype: "message_deleted",
      channel,
      ts: "1777804688.000100",
      event_ts: "1777804688.000100",
    },
    deleted_ts: ts,
  }),
};

const slackBody = (operation: Operation, channel: string, ts: string): unknown => ({
  ...{ type: "event_callback", team_id: "T1", api_app_id: "A1", event_id: "Ev1", event_time: 1_777_804_687 },
  event: { channel_type: "channel", ...slackEvents[operation](channel, ts) },
});

/** The three spellings of one Cliq id. */
const spelling = /^\s*((?:DM_)?\d+)(?:%20|[ _])(\d+)\s*$/;
const cliqMessage = (id: string): string => {
  const [, time, number] = spelling.exec(id) ?? [];
  return time === undefined ? `other ${id}` : `message ${time} ${number}`;
};

describe("two messages of Cliq", () => {
  const identityOf = identify(webhookOf("zoho_cliq"));

  it("are one event if and only if their ids are spellings of one id, or are not recorded", async () => {
    const event = fc.record({ operation: fc.constantFrom(...operations), id: hostileId });
    await fc.assert(
      fc.asyncProperty(event, event, async (a, b) => {
        const [one, other] = await Promise.all(
          [a, b].map(({ operation, id }) => identityOf(cliqBody(operation, id))),
        );
        if (one === undefined || other === undefined) return;
        const isSame = a.operation === b.operation && cliqMessage(a.id) === cliqMessage(b.id);
        expect(one.source === other.source).toBe(isSame);
        expect(one.dedup === other.dedup).toBe(isSame);
        expect(one.source).not.toBe("");
      }),
      { numRuns: 2_000 },
    );
  });

  it("are recorded under an id of Cliq's", async () => {
    for (const operation of operations) {
      expect(await identityOf(cliqBody(operation, "1777%201"))).toBeDefined();
    }
  });

  it.each(["", " ", "\0", "1777_1\0", "\ud800"])("are not recorded under the id %j", async (id) => {
    for (const operation of operations) expect(await identityOf(cliqBody(operation, id))).toBeUndefined();
  });
});

describe("two messages of Slack", () => {
  const identityOf = identify(webhookOf("slack"));
  const ts = fc.constantFrom(
    "1777804687.000100",
    "1777804687.000200",
    "1777804687.0001",
    "\0",
    "1:2",
    " ",
    "",
  );
  const event = fc.record({ operation: fc.constantFrom(...operations), channel: hostileId, ts });

  it("are one event if and only if channel and time are equal, or are not recorded", async () => {
    await fc.assert(
      fc.asyncProperty(event, event, async (a, b) => {
        const [one, other] = await Promise.all(
          [a, b].map((each) => identityOf(slackBody(each.operation, each.channel, each.ts))),
        );
        if (one === undefined || other === undefined) return;
        const isSame = a.operation === b.operation && a.channel === b.channel && a.ts === b.ts;
        expect(one.source === other.source).toBe(isSame);
        expect(one.dedup === other.dedup).toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  it("are recorded under a channel and a time of Slack's", async () => {
    for (const operation of operations) {
      expect(await identityOf(slackBody(operation, "C1", "1777804687.000100"))).toBeDefined();
    }
  });

  it.each([
    ["\0", "1777804687.000100"],
    ["C1\0", "1777804687.000100"],
    ["C1", "\0"],
    ["", "1777804687.000100"],
    ["C1", ""],
    ["C1:1", "1777804687.000100"],
  ])("are not recorded under channel %j and time %j", async (channel, time) => {
    for (const operation of operations) {
      expect(await identityOf(slackBody(operation, channel, time))).toBeUndefined();
    }
  });
});
