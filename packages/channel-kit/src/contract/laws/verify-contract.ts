import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawWebhook, Verification, WebhookInbound } from "../../inbound/inbound.ts";
import type { SignatureUnderTest } from "../under-test/channel-under-test.ts";

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

    it("passes on exactly the signed bytes", () => {
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

    it("refuses a second value of a header beside the right one, in any order", () => {
      const { headers } = signed(body, secret);
      for (const [name, value] of Object.entries(headers)) {
        const forged = signature.sign(body, "another", new Date(now.getTime() + 1_000))[name];
        if (forged === value) continue;
        for (const values of [[value, forged].flat(), [forged, value].flat()]) {
          const several = values.filter((each) => each !== undefined);
          expect(isVerified({ headers: { ...headers, [name]: several }, body }, [secret])).toBe(false);
          expect(isVerified({ headers: { ...headers, [name]: several.join(", ") }, body }, [secret])).toBe(
            false,
          );
        }
      }
    });

    it("refuses a request without any one of its headers as missing", () => {
      const { headers } = signed(body, secret);
      for (const name of Object.keys(headers)) {
        const rest = { ...headers, [name]: undefined };
        const result = webhook.verify({ headers: rest, body }, [secret], now);
        expect(result).toEqual({ kind: "refused", reason: "missing" });
      }
    });

    it("refuses what was signed with a secret that is no longer live", () => {
      expect(isVerified(signed(body, "the last one"), [secret, "the next one"])).toBe(false);
    });

    const { maxAgeMs } = signature;
    if (maxAgeMs !== undefined) timeContract(webhook, { signature, maxAgeMs });
  });
}

function timeContract(
  webhook: WebhookInbound,
  { signature, maxAgeMs }: { readonly signature: SignatureUnderTest; readonly maxAgeMs: number },
): void {
  const judgedAfter = (ms: number): Verification => {
    const request = { headers: signature.sign(body, secret, now), body };
    return webhook.verify(request, [secret], new Date(now.getTime() + ms));
  };

  it.each(["past", "future"])("accepts a time at the edge and refuses one beyond it, in the %s", (side) => {
    const sign = side === "past" ? 1 : -1;
    expect(judgedAfter(sign * maxAgeMs)).toMatchObject({ kind: "verified" });
    expect(judgedAfter(sign * (maxAgeMs + 1_000))).toEqual({ kind: "refused", reason: "stale" });
  });

  it("refuses another time than the signed one", () => {
    const signed = signature.sign(body, secret, now);
    const later = signature.sign(body, secret, new Date(now.getTime() + 1_000));
    for (const name of Object.keys(signed)) {
      const mixed = { headers: { ...signed, [name]: later[name] }, body };
      expect(webhook.verify(mixed, [secret], now).kind).toBe("refused");
    }
  });
}
