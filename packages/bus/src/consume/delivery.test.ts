import type { Msg } from "@nats-io/nats-core";
import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { toDelivery } from "./delivery.ts";

const msg = (reply: string | undefined): Msg => ({
  subject: "mio.inbound.zoho_cliq.acct.conv",
  sid: 1,
  data: new Uint8Array([1]),
  ...(reply === undefined ? {} : { reply }),
  respond: () => true,
  json: () => JSON.parse("null"),
  string: () => "",
});

test.each([
  ["of an older server", "$JS.ACK.MESSAGES_INBOUND.media-vault.3.42.7.1700000000000000000.5"],
  ["with a domain", "$JS.ACK.hub.ACCOUNT.MESSAGES_INBOUND.media-vault.3.42.7.1700000000000000000.5"],
  ["with a token", "$JS.ACK._.ACCOUNT.MESSAGES_INBOUND.media-vault.3.42.7.1700000000000000000.5.x9"],
])("reads a reply subject %s", (_, reply) => {
  expect(toDelivery(msg(reply))).toMatchObject({
    deliveryCount: 3,
    streamSequence: 42,
    consumerSequence: 7,
    timestamp: new Date(1_700_000_000_000),
  });
});

test.each([[undefined], ["_INBOX.abc.1"], ["$JS.ACK.too.short"], ["$JS.ACK.a.b.c.x.y.1.2"]])(
  "%s is no delivery",
  (reply) => {
    expect(toDelivery(msg(reply))).toBeUndefined();
  },
);

test("gives every value of a header, and undefined for a missing one", () => {
  const all = headers();
  all.append("Mio-Twice", "one");
  all.append("Mio-Twice", "two");
  const delivery = toDelivery({ ...msg("$JS.ACK.S.C.1.1.1.1700000000000000000.0"), headers: all });
  expect(delivery?.headers.entries()).toEqual([
    ["Mio-Twice", "one"],
    ["Mio-Twice", "two"],
  ]);
  expect(delivery?.headers.get("Mio-Missing")).toBeUndefined();
});
