import { describe, expect, it } from "vitest";
import { signWebhook } from "./sender.ts";

describe("signWebhook", () => {
  const body = new TextEncoder().encode("{}");
  const hex = "39baf4fe9ef4ed877b12f22fb39a8225bc62c34046c995d59b706389e6b82387";
  const base64 = "Obr0/p707Yd7EvIvs5qCJbxiw0BGyZXVm3Bjiea4I4c=";

  it.each([
    [{ encoding: "hex", prefix: false }, hex],
    [{ encoding: "hex", prefix: true }, `sha256=${hex}`],
    [{ encoding: "base64", prefix: false }, base64],
    [{ encoding: "base64", prefix: true }, `sha256=${base64}`],
  ] as const)("writes %j", (options, expected) => {
    expect(signWebhook(body, "dev-webhook-secret", options)).toBe(expected);
  });
});
