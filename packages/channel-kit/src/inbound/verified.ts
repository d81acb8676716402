import type { RawWebhook, VerifiedBody } from "./inbound.ts";

/**
 * Marks a body as verified. Only a channel's `verify` calls this, after the signature matched; `read` accepts
 * nothing else, so parsing what nobody signed does not compile.
 */
export function verified(request: RawWebhook): VerifiedBody {
  return request.body as VerifiedBody;
}

/**
 * Marks an unsigned body as readable. For development without a secret, and for tests; a service that calls
 * this outside `MIO_ENV=dev` accepts messages from anybody.
 */
export function trustUnsigned(body: Uint8Array): VerifiedBody {
  return body as VerifiedBody;
}
