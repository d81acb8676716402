import { describe, expect, it } from "vitest";
import { verify } from "./verify.ts";

const secrets = ["dev-webhook-secret"];
const body = new TextEncoder().encode("{}");
const hex = "39baf4fe9ef4ed877b12f22fb39a8225bc62c34046c995d59b706389e6b82387";
const base64 = "Obr0/p707Yd7EvIvs5qCJbxiw0BGyZXVm3Bjiea4I4c=";

function outcome(value: string | readonly string[]): string {
  const result = verify({ headers: { "X-Webhook-Signature": value }, body }, secrets);
  return result.kind === "refused" ? result.reason : result.kind;
}

describe("verify", () => {
  it.each([
    ["hex with prefix", `sha256=${hex}`],
    ["hex", hex],
    ["base64 with prefix, as Deluge sends it", `sha256=${base64}`],
    ["base64", base64],
  ])("accepts %s", (_, value) => {
    expect(outcome(value)).toBe("verified");
    expect(outcome([value])).toBe("verified");
  });

  it.each([
    ["an uppercase digest", hex.toUpperCase(), "malformed"],
    ["an uppercase prefix", `SHA256=${hex}`, "malformed"],
    ["base64url", base64.replace("/", "_"), "malformed"],
    ["another digest", hex.replace("3", "4"), "forged"],
    ["an empty header", "", "missing"],
    ["two signatures, one of them right", [hex, base64], "malformed"],
  ])("refuses %s", (_, value, reason) => {
    expect(outcome(value)).toBe(reason);
  });
});
