import { equalBytes, hmacSha256, type RawWebhook, type Verification, verified } from "@mio/channel-kit";
import { isSslCheck } from "./form.ts";

const signatureHeader = "x-slack-signature";
const timeHeader = "x-slack-request-timestamp";
const signatureForm = /^v0=([0-9a-f]{64})$/;
const timeForm = /^\d{1,12}$/;
/** Signatures up to this old, or this far ahead, are accepted. */
const maxSkewSeconds = 300;

/**
 * Checks `X-Slack-Signature`, version 0: HMAC-SHA256 over `v0:`, the text of `X-Slack-Request-Timestamp`, `:` and the
 * raw body, in lowercase hex. The time is signed, so an old request cannot be replayed. Slack does not sign
 * certificate checks.
 */
export function verify(request: RawWebhook, secrets: readonly string[], now: Date): Verification {
  const signature = onlyValue(request.headers, signatureHeader);
  const time = onlyValue(request.headers, timeHeader);
  if (signature === undefined || time === undefined) {
    return isSslCheck(request.body) ? { kind: "probe" } : { kind: "refused", reason: "missing" };
  }
  const hex = signatureForm.exec(signature)?.[1];
  if (hex === undefined || !timeForm.test(time)) return { kind: "refused", reason: "malformed" };
  if (Math.abs(Math.floor(now.getTime() / 1_000) - Number(time)) > maxSkewSeconds) {
    return { kind: "refused", reason: "stale" };
  }
  const digest = Buffer.from(hex, "hex");
  const signed = Buffer.concat([Buffer.from(`v0:${time}:`), request.body]);
  const genuine = secrets.some((secret) => secret !== "" && equalBytes(hmacSha256(secret, signed), digest));
  return genuine ? { kind: "verified", body: verified(request) } : { kind: "refused", reason: "forged" };
}

/** The only value of a header. Two different values prove nothing, so they count as unreadable. */
function onlyValue(headers: RawWebhook["headers"], wanted: string): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === wanted);
  const value = name === undefined ? undefined : headers[name];
  const values = typeof value === "string" ? [value] : (value ?? []);
  return values.length > 1 ? "several" : values[0] || undefined;
}
