import { hmacSha256Text, type Verification } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import { verify } from "./verify.ts";

const secret = "8f742231b10e8888abcd99yyyzzz85a5";
const time = 1_700_000_000;
const body: Uint8Array = new TextEncoder().encode('{"type":"event_callback"}');
const signature = "v0=b52c6fcfcab356d5b4aba9decc3e858e95c29a82017da141d845c16dcdc884f0";

interface Case {
  readonly signature?: string | readonly string[];
  readonly time?: string;
  readonly skewSeconds?: number;
  readonly secrets?: readonly string[];
}

function check(given: Case = {}): Verification {
  const headers = {
    "X-Slack-Signature": given.signature ?? signature,
    "X-Slack-Request-Timestamp": given.time ?? String(time),
  };
  const now = new Date((time + (given.skewSeconds ?? 0)) * 1_000);
  return verify({ headers, body }, given.secrets ?? [secret], now);
}

describe("a signature", () => {
  it("made by Slack is accepted, with any of the live secrets", () => {
    expect(check()).toEqual({ kind: "verified", body });
    expect(check({ secrets: ["the old one", secret] }).kind).toBe("verified");
  });

  it.each([-300, 300])("%i seconds away is still accepted", (skewSeconds) => {
    expect(check({ skewSeconds }).kind).toBe("verified");
  });

  it.each([-301, 301, 86_400])("%i seconds away is stale", (skewSeconds) => {
    expect(check({ skewSeconds })).toEqual({ kind: "refused", reason: "stale" });
  });

  it.each<[string, Case, string]>([
    ["of another secret", { secrets: ["another"] }, "forged"],
    ["under an empty secret", { secrets: [""] }, "forged"],
    ["with a digit changed", { signature: signature.replace("b5", "b6") }, "forged"],
    ["for another time", { time: String(time + 1) }, "forged"],
    ["in capitals", { signature: signature.toUpperCase() }, "malformed"],
    ["of another version", { signature: signature.replace("v0", "v1") }, "malformed"],
    ["without a version", { signature: signature.slice(3) }, "malformed"],
    ["too short", { signature: signature.slice(0, -1) }, "malformed"],
    ["twice", { signature: [signature, signature] }, "malformed"],
    ["with a time in words", { time: "now" }, "malformed"],
    ["with a negative time", { time: `-${time}` }, "malformed"],
    ["with a fraction of a second", { time: `${time}.0` }, "malformed"],
    ["that is missing", { signature: "" }, "missing"],
    ["without a time", { time: "" }, "missing"],
  ])("%s is refused", (_, given, reason) => {
    expect(check(given)).toEqual({ kind: "refused", reason });
  });

  it("covers the time as it was written", () => {
    const padded = `0${time}`;
    const signed = Buffer.concat([Buffer.from(`v0:${padded}:`), body]);
    const own = `v0=${hmacSha256Text(secret, signed, "hex")}`;
    expect(check({ time: padded, signature: own }).kind).toBe("verified");
    expect(check({ time: padded })).toEqual({ kind: "refused", reason: "forged" });
  });
});
