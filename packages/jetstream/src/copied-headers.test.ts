import fc from "fast-check";
import { expect, test } from "vitest";
import { maxCopiedHeaderBytes, toCopiedHeaders } from "./copied-headers.ts";

test("what a message says is copied; orders to the server become text; earlier deaths and redrives go", () => {
  expect(
    toCopiedHeaders([
      ["Mio-Test", "one"],
      ["Mio-Test", "two"],
      ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
      ["Nats-Msg-Id", "out:1"],
      ["Nats-Expected-Stream", "MESSAGES_OUTBOUND"],
      ["nats-ttl", "1s"],
      ["Mio-Redrive", "nonce"],
      ["Mio-Redrive-Durable", "media-vault"],
      ["Mio-Dead-Reason", "forged"],
      ["Mio-Dead-Order", "forged"],
      ["", "no name"],
      ["two words", "no name either"],
      ["Lines", "one\r\ntwo\u0000three"],
    ]),
  ).toEqual([
    ["Mio-Test", "one"],
    ["Mio-Test", "two"],
    ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["Mio-Dead-Dedup-Id", "out:1"],
    ["Mio-Dead-Order", "Nats-Expected-Stream: MESSAGES_OUTBOUND"],
    ["Mio-Dead-Order", "nats-ttl: 1s"],
    ["Lines", "one two three"],
  ]);
});

const text = fc.string({ unit: "binary", maxLength: 40 });
const long = fc.nat({ max: 60_000 }).map((length) => "x".repeat(length));

test("for any headers, the copies fit, are single lines and order nothing", () => {
  const header = fc.tuple(fc.oneof(text, fc.constant("Nats-TTL")), fc.oneof(text, long));
  fc.assert(
    fc.property(fc.array(header, { maxLength: 20 }), (headers) => {
      const copied = toCopiedHeaders(headers);
      const block = copied.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      expect(new TextEncoder().encode(block).length).toBeLessThanOrEqual(maxCopiedHeaderBytes);
      for (const [name, value] of copied) {
        expect(name).not.toMatch(/^nats-/i);
        expect(value).not.toMatch(/[\r\n]/);
      }
    }),
  );
});

test("a header that does not fit takes no other one with it", () => {
  const large = "x".repeat(maxCopiedHeaderBytes);
  expect(
    toCopiedHeaders([
      ["A", large],
      ["B", "small"],
    ]),
  ).toEqual([["B", "small"]]);
});
