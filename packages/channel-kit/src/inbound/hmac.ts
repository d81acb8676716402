import { createHmac, timingSafeEqual } from "node:crypto";

export type DigestEncoding = "hex" | "base64";

/** The HMAC-SHA256 of `bytes`, keyed by the UTF-8 of `secret`. */
export function hmacSha256(secret: string, bytes: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update(bytes).digest();
}

/** The same as text: lowercase hex or standard padded base64. */
export function hmacSha256Text(secret: string, bytes: Uint8Array, encoding: DigestEncoding): string {
  return createHmac("sha256", secret).update(bytes).digest(encoding);
}

const hexDigest = /^[0-9a-f]{64}$/;
const base64Digest = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Parses a SHA-256 digest from a header: 64 lowercase hex digits or 44 characters of standard padded base64.
 * Undefined for anything else, such as uppercase hex or base64url.
 */
export function parseSha256Digest(text: string): Uint8Array | undefined {
  if (hexDigest.test(text)) return Buffer.from(text, "hex");
  if (base64Digest.test(text)) return Buffer.from(text, "base64");
  return undefined;
}

/** Compares in constant time. Different lengths are unequal and do not throw. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
