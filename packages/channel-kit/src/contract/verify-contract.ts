import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawWebhook, WebhookInbound } from "../inbound.ts";
import type { SignatureUnderTest } from "./channel-under-test.ts";

const now = new Date("2026-05-03T10:00:00.000Z");
const secret = "correct horse";
const body: Uint8Array = new TextEncoder().encode('{"hello":"wörld"}');

export function verifyContract(webhook: WebhookInbound, signature: SignatureUnderTest): void {
  const signed = (bytes: Uint8Array, key: string): RawWebhook => ({
    headers: signature.sign(bytes, key, now),
    body: bytes,
  });
  const isVerified = (request: RawWebhook, secrets: readonly string[], at = now): boolean =>
    webhook.verify(request, secrets, at).kind === "verified";

  describe("verify", () => {
    it("accepts what was signed with any of the live secrets", () => {
      fc.assert(
        fc.property(fc.uint8Array(), (bytes) => {
          expect(isVerified(signed(bytes, secret), [secret])).toBe(true);
          expect(isVerified(signed(bytes, secret), ["the next one", secret])).toBe(true);
        }),
      );
    });

    it("hands on exactly the signed bytes", () => {
      const result = webhook.verify(signed(body, secret), [secret], now);
      expect(result).toEqual({ kind: "verified", body });
    });

    it("refuses a body that was changed by one bit", () => {
      fc.assert(
        fc.property(fc.nat({ max: body.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
          const forged = body.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));
          expect(isVerified({ ...signed(body, secret), body: forged }, [secret])).toBe(false);
        }),
      );
    });

    it("refuses another secret, an empty one, and no signature", () => {
      expect(isVerified(signed(body, "another"), [secret])).toBe(false);
      expect(isVerified(signed(body, ""), [secret])).toBe(false);
      expect(webhook.verify({ headers: {}, body }, [secret], now)).toMatchObject({
        kind: "refused",
        reason: "missing",
      });
    });

    it("never takes an empty secret as a key, so a blank secret file opens nothing", () => {
      expect(isVerified(signed(body, ""), [""])).toBe(false);
    });

    it("refuses any other header value, also several, without throwing", () => {
      const names = Object.keys(signature.sign(body, secret, now));
      const values = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }));
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...names), values), (headers) => {
          expect(isVerified({ headers, body }, [secret])).toBe(false);
        }),
      );
    });

    const { maxAgeMs } = signature;
    if (maxAgeMs !== undefined) {
      it("refuses a signature that is too old", () => {
        const later = new Date(now.getTime() + maxAgeMs + 1_000);
        expect(isVerified(signed(body, secret), [secret], later)).toBe(false);
      });
    }
  });
}
