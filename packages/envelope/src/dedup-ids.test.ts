import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  enrichedDedupId,
  inboundDedupId,
  maxDedupIdBytes,
  outboundDedupId,
  receiptDedupId,
} from "./dedup-ids.ts";

describe("dedup ids", () => {
  it("are the frozen ones", () => {
    expect(inboundDedupId("acc", "1700_1:edit:9")).toBe("inb:acc:1700_1:edit:9");
    expect(inboundDedupId("acc", "C1:17.5:U1:🎉:add")).toBe("inb:acc:C1:17.5:U1:🎉:add");
    expect(enrichedDedupId("m1")).toBe("enr:m1");
    expect(outboundDedupId("c1")).toBe("out:c1");
    expect(receiptDedupId({ accountId: "acc", commandId: "c1", state: "sent" })).toBe("rcp:acc:sent:c1");
  });

  it("hash only the last part when it is too long", () => {
    const long = inboundDedupId("acc", "x".repeat(300));
    expect(long).toMatch(/^inb:acc:sha256~[0-9a-f]{64}$/);
    expect(inboundDedupId("acc", "x".repeat(192))).toBe(`inb:acc:${"x".repeat(192)}`);
    expect(inboundDedupId("acc", "x".repeat(193))).toContain("sha256~");
  });

  it.each(["a\r\nNats-Msg-Id: b", "a\nb", "a\0b", " a", "a ", "\u00a0a"])(
    "hash %j, which a header would change",
    (id) => {
      expect(inboundDedupId("acc", id)).toMatch(/^inb:acc:sha256~/);
    },
  );

  it("distinguish a source id that looks like a hash from the id with that hash", () => {
    const hashed = inboundDedupId("acc", "a\nb").slice("inb:acc:".length);
    expect(inboundDedupId("acc", hashed)).not.toBe(inboundDedupId("acc", "a\nb"));
  });

  it("refuse an account id that would shift the parts", () => {
    expect(() => inboundDedupId("a:b", "c")).toThrow(expect.objectContaining({ code: "envelope.bad_token" }));
  });

  const account = fc.stringMatching(/^[A-Za-z0-9_-]{1,36}$/);
  const source = fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 150, maxLength: 250 }));

  it("are injective over (account, source id)", () => {
    const pair = fc.tuple(account, source);
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const same = a[0] === b[0] && a[1] === b[1];
        expect(inboundDedupId(...a) === inboundDedupId(...b)).toBe(same);
      }),
      {
        examples: [
          [
            ["a", "x"],
            ["a", "x "],
          ],
          [
            ["a", "x\ny"],
            ["a", "x\r\ny"],
          ],
        ],
      },
    );
  });

  it("always fit a header", () => {
    fc.assert(
      fc.property(account, source, (id, sourceId) => {
        for (const value of [
          inboundDedupId(id, sourceId),
          outboundDedupId(sourceId),
          enrichedDedupId(sourceId),
        ]) {
          expect(Buffer.byteLength(value)).toBeLessThanOrEqual(maxDedupIdBytes);
          expect(value).not.toMatch(/[\r\n\0]/);
          expect(value.trim()).toBe(value);
        }
      }),
    );
  });
});
