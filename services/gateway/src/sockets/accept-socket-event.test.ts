import type { InboundDraft, InboundEvent } from "@mio/channel-kit";
import { type ErrorCode, MioError } from "@mio/failure";
import { ConversationKind } from "@mio/proto";
import type { LedgerEntry } from "@mio/store";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import type { Acceptance, ArrivedMessage } from "../accept/accept-message.ts";
import type { GatewayEvents } from "../events.ts";
import { createAcceptSocketEvent } from "./accept-socket-event.ts";

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
const draft: InboundDraft = {
  message: aMessage({ channelType: "slack" }),
  workspaceKey: "T1",
  containerKind: ConversationKind.CHANNEL_PUBLIC,
};
const message: InboundEvent = { kind: "message", draft };

/** The handler of socket events; every message ends with the scripted acceptance. */
function scripted(answer: () => Promise<Acceptance>) {
  const arrived: ArrivedMessage[] = [];
  const counted: string[] = [];
  const reported: string[] = [];
  const events: Pick<GatewayEvents, "accepted" | "ignored" | "handshake" | "refused"> = {
    accepted: (_incoming, { kind }) => void reported.push(kind),
    ignored: (_incoming, reason) => void reported.push(reason),
    handshake: (channelType) => void reported.push(channelType),
    refused: (_incoming, outcome) => void reported.push(outcome),
  };
  const accept = createAcceptSocketEvent({
    accept: (message) => {
      arrived.push(message);
      return answer();
    },
    events: events as GatewayEvents,
    socketEvents: { handedOver: (channelType, outcome) => void counted.push(`${channelType} ${outcome}`) },
    currentTraceparent: () => "trace",
  });
  const send = (event = message) => accept({ channelType: "slack", accountId: "a-1" }, event);
  return { send, arrived, counted, reported };
}

const endings: readonly { readonly acceptance: Acceptance; readonly outcome: string }[] = [
  { acceptance: { kind: "published", entry }, outcome: "success" },
  { acceptance: { kind: "queued", entry, cause: "order" }, outcome: "queued" },
  { acceptance: { kind: "duplicate", entry }, outcome: "dedup" },
  { acceptance: { kind: "unroutable", reason: "ambiguous", workspace: "T1" }, outcome: "unroutable" },
];

it.each(endings)("acknowledges $acceptance.kind and counts it as $outcome", async (ending) => {
  const { send, counted, reported } = scripted(async () => ending.acceptance);
  await send();
  expect([counted, reported]).toEqual([[`slack ${ending.outcome}`], [ending.acceptance.kind]]);
});

it("passes the account of the socket, and authorises the platform itself", async () => {
  const { send, arrived } = scripted(async () => ({ kind: "published", entry }));
  await send();
  expect(arrived).toMatchObject([{ draft, accountId: "a-1", overSocket: true, traceparent: "trace" }]);
});

const failures: readonly { readonly code: ErrorCode; readonly outcome: string }[] = [
  { code: "store.write_failed", outcome: "db_error" },
  { code: "store.unavailable", outcome: "db_error" },
  { code: "store.overloaded", outcome: "overloaded" },
  { code: "internal.unexpected", outcome: "error" },
];

it.each(failures)("rejects $code, so that the platform sends the event again", async ({ code, outcome }) => {
  const { send, counted, reported } = scripted(() => Promise.reject(new MioError(code, "scripted")));
  await expect(send()).rejects.toMatchObject({ code });
  expect([counted, reported]).toEqual([[`slack ${outcome}`], [outcome]]);
});

it("acknowledges an event that Postgres will never accept", async () => {
  const { send, counted, reported } = scripted(() =>
    Promise.reject(new MioError("store.refused", "scripted")),
  );
  await send();
  expect([counted, reported]).toEqual([["slack unroutable"], ["unroutable"]]);
});

it("records neither a handshake nor an unused event", async () => {
  const { send, arrived, counted, reported } = scripted(() => Promise.reject(new Error("not reached")));
  await send({ kind: "ignored", reason: "membership" });
  await send({ kind: "handshake", reply: { body: "", contentType: "text/plain" } });
  expect([arrived, counted]).toEqual([[], ["slack normalize_error", "slack handshake"]]);
  expect(reported).toEqual(["membership", "slack"]);
});
