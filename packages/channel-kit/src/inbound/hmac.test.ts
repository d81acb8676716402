import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes, hmacSha256, hmacSha256Text, parseSha256Digest } from "./hmac.ts";

const bytes = new TextEncoder().encode("{}");
const hex = "39baf4fe9ef4ed877b12f22fb39a8225bc62c34046c995d59b706389e6b82387";
const base64 = "Obr0/p707Yd7EvIvs5qCJbxiw0BGyZXVm3Bjiea4I4c=";

describe("hmacSha256Text", () => {
  it("writes the digest as lowercase hex or padded base64", () => {
    expect(hmacSha256Text("dev-webhook-secret", bytes, "hex")).toBe(hex);
    expect(hmacSha256Text("dev-webhook-secret", bytes, "base64")).toBe(base64);
  });
});

describe("parseSha256Digest", () => {
  it("reads both spellings of a digest", () => {
    const digest = hmacSha256("dev-webhook-secret", bytes);
    expect(equalBytes(parseSha256Digest(hex) ?? new Uint8Array(), digest)).toBe(true);
    expect(equalBytes(parseSha256Digest(base64) ?? new Uint8Array(), digest)).toBe(true);
  });

  it.each([
    ["uppercase hex", hex.toUpperCase()],
    ["base64url", base64.replace("/", "_")],
    ["base64 without padding", base64.slice(0, -1)],
    ["a short digest", hex.slice(2)],
    ["a newline at the end", `${hex}\n`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseSha256Digest(text)).toBeUndefined();
  });
});

describe("equalBytes", () => {
  it("agrees with comparing the hex text, also for different lengths", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.from(a).toString("hex") === Buffer.from(b).toString("hex"));
      }),
    );
  });
});
