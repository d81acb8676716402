import type { InboundDraft } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { ConversationKind } from "@mio/proto";
import type { Account, LedgerDraft, LedgerEntry } from "@mio/store";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import type { Routing } from "../accounts/route-account.ts";
import type { OrderedPublication } from "../publish/publish-in-order.ts";
import { createAcceptMessage } from "./accept-message.ts";

const account: Account = {
  id: "account",
  tenantId: "tenant",
  channelType: "slack",
  externalId: "T1",
  displayName: "",
  attributes: {},
  disabled: false,
  pending: false,
  rateLimitPerSecond: undefined,
  rateLimitScope: undefined,
};
const entry: LedgerEntry = {
  status: "fresh",
  messageId: "m",
  conversationId: "c",
  subject: "s",
  dedupId: "d",
  envelope: new Uint8Array(),
  waitsBehind: undefined,
  asOf: 0,
};
const draftOf = (fields: Parameters<typeof aMessage>[0]): InboundDraft => ({
  message: aMessage({ channelType: "slack", ...fields }),
  workspaceKey: "T9",
  containerKind: ConversationKind.CHANNEL_PUBLIC,
});
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

interface World {
  readonly routing?: Routing;
  readonly status?: LedgerEntry["status"];
  readonly publication?: OrderedPublication;
  readonly own?: boolean;
  readonly maySpeak?: boolean;
}

function world({ routing, status = "fresh", publication, own = false, maySpeak = true }: World = {}) {
  const recorded: LedgerDraft[] = [];
  const published: string[] = [];
  const left: string[] = [];
  const asked: Account[] = [];
  const accept = createAcceptMessage({
    accounts: { route: async () => routing ?? { kind: "routed", account } },
    ledger: {
      accept: async (draft) => {
        recorded.push(draft);
        return { ...entry, status };
      },
    },
    publisher: {
      publish: async ({ messageId }) => {
        published.push(messageId);
        return publication ?? { kind: "published" };
      },
      isOwn: () => own,
    },
    relay: { leave: (conversationId) => void left.push(conversationId) },
    addressOf: ({ attributes }) => attributes["place"],
    maxEnvelopeBytes: () => 40_000,
  });
  const send = (draft: InboundDraft = draftOf({})) =>
    accept({
      draft,
      accountId: undefined,
      traceparent,
      isAuthorizedFor: async (who) => {
        asked.push(who);
        return maySpeak;
      },
    });
  return { send, recorded, published, left, asked };
}

it.each([
  ["without an id", { sourceMessageId: "" }],
  ["without a conversation", { conversationExternalId: "" }],
  ["with an id that is empty after sanitising", { sourceMessageId: "\0" }],
  ["with an id that sanitising would change", { sourceMessageId: "7\0" }],
  ["with a conversation that sanitising would change", { conversationExternalId: "C\ud800" }],
])("does not record an event %s: it is unroutable", async (_what, fields) => {
  const { send, recorded } = world();
  expect(await send(draftOf(fields))).toEqual({ kind: "unroutable", reason: "no_identity", workspace: "T9" });
  expect(recorded).toEqual([]);
});

it("returns the workspace of an event that no account claims", async () => {
  const { send, recorded } = world({ routing: { kind: "unroutable", reason: "other_workspace" } });
  expect(await send()).toEqual({ kind: "unroutable", reason: "other_workspace", workspace: "T9" });
  expect(recorded).toEqual([]);
});

it("records nothing for an account that its sender is not authorised for", async () => {
  const { send, recorded, asked } = world({ maySpeak: false });
  expect(await send()).toEqual({ kind: "forbidden" });
  expect([recorded, asked]).toEqual([[], [account]]);
});

it("records a fresh event for its account and publishes it", async () => {
  const { send, recorded, published } = world();
  expect(await send()).toMatchObject({ kind: "published", entry: { messageId: "m" } });
  expect(recorded.map(({ message }) => [message.accountId, message.tenantId])).toEqual([
    ["account", "tenant"],
  ]);
  expect(published).toEqual(["m"]);
});

it("records the second id in a form that Postgres accepts, and keeps ids distinct", async () => {
  const { send, recorded } = world();
  for (const secondId of ["C1 7", "C1 7\0", "C1 7\0\0"]) await send({ ...draftOf({}), secondId });
  await send(draftOf({}));
  const secondIds = recorded.map(({ secondId }) => secondId ?? "");
  expect(secondIds.filter((id) => id.includes("\0"))).toEqual([]);
  expect(new Set(secondIds).size).toBe(4);
  expect([secondIds[0], secondIds[3]]).toEqual(["C1 7", ""]);
});

it("records the kind of the conversation, and the trace for the relay", async () => {
  const { send, recorded } = world();
  await send();
  expect(recorded).toMatchObject([{ containerKind: ConversationKind.CHANNEL_PUBLIC, traceparent }]);
});

it("records the address of the conversation after truncation", async () => {
  const { send, recorded } = world();
  await send(draftOf({ attributes: { place: "channel:gen\u0000eral" } }));
  await send(draftOf({ attributes: {} }));
  expect(recorded.map(({ address }) => address)).toEqual(["channel:general", undefined]);
});

it("truncates an event to the limit of the bus", async () => {
  const { send, recorded } = world();
  await send(draftOf({ text: "x".repeat(100_000) }));
  expect(recorded[0]?.message.text.length).toBeLessThan(40_000);
  expect(recorded[0]?.message.attributes["mio_truncated"]).toBe("true");
});

it("returns why an event is left to the relay", async () => {
  const { send } = world({ publication: { kind: "left", cause: "order" } });
  expect(await send()).toMatchObject({ kind: "queued", cause: "order" });
});

it.each([
  ["published before", "published", false, []],
  ["being published by this process", "pending", true, []],
  ["waiting in the outbox", "pending", false, ["c"]],
] as const)(
  "a repeated event, %s, is a duplicate that its caller does not publish",
  async (_what, status, own, toRelay) => {
    const { send, published, left } = world({ status, own });
    expect(await send()).toMatchObject({ kind: "duplicate" });
    expect([published, left]).toEqual([[], toRelay]);
  },
);

it("rejects if routing fails, without guessing an account", async () => {
  const failing = createAcceptMessage({
    accounts: {
      route: () => Promise.reject(new MioError("store.unavailable", "scripted", { retry: "soon" })),
    },
    ledger: { accept: () => Promise.reject(new Error("not reached")) },
    publisher: { publish: () => Promise.reject(new Error("not reached")), isOwn: () => false },
    relay: { leave: () => {} },
    addressOf: ({ attributes }) => attributes["place"],
    maxEnvelopeBytes: () => 40_000,
  });
  const arrived = { draft: draftOf({}), accountId: undefined, traceparent };
  await expect(failing({ ...arrived, isAuthorizedFor: async () => true })).rejects.toMatchObject({
    code: "store.unavailable",
  });
});
