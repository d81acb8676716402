import {
  equalBytes,
  hmacSha256,
  parseSha256Digest,
  type RawWebhook,
  type Verification,
  verified,
} from "@mio/channel-kit";

const header = "x-webhook-signature";
const prefix = "sha256=";

/**
 * Checks `X-Webhook-Signature`: HMAC-SHA256 of the raw body, as lowercase hex or the standard base64 of Deluge, with
 * or without the prefix `sha256=`. Cliq signs no time, so there is no replay window.
 */
export function verify(request: RawWebhook, secrets: readonly string[]): Verification {
  const value = signatureHeader(request.headers);
  if (value === undefined) return { kind: "refused", reason: "missing" };
  const digest = parseSha256Digest(value.startsWith(prefix) ? value.slice(prefix.length) : value);
  if (digest === undefined) return { kind: "refused", reason: "malformed" };
  const genuine = secrets.some(
    (secret) => secret !== "" && equalBytes(hmacSha256(secret, request.body), digest),
  );
  return genuine ? { kind: "verified", body: verified(request) } : { kind: "refused", reason: "forged" };
}

/** The only value of the header. Two different values prove nothing, so they count as unreadable. */
function signatureHeader(headers: RawWebhook["headers"]): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === header);
  const value = name === undefined ? undefined : headers[name];
  const values = typeof value === "string" ? [value] : (value ?? []);
  return values.length > 1 ? "several" : values[0] || undefined;
}
