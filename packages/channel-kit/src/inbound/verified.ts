import type { RawWebhook, VerifiedBody } from "./inbound.ts";

/**
 * Marks a body as verified. Only a channel's `verify` calls this, after the signature matched. `read` accepts nothing
 * else, so parsing an unverified body does not compile.
 */
export function verified(request: RawWebhook): VerifiedBody {
  return request.body as VerifiedBody;
}

/**
 * Marks an unsigned body as readable, for tests and for development without a secret. A service that calls this
 * outside `MIO_ENV=dev` accepts messages from anyone.
 */
export function trustUnsigned(body: Uint8Array): VerifiedBody {
  return body as VerifiedBody;
}
