import { toMioError } from "@mio/failure";
import type { Bus } from "../connect/connection.ts";
import type { ApiError } from "../connect/jetstream-error.ts";

/** The result of a request: an answer, a refusal of the server, or nothing in time. */
export type ApiAnswer<Body> =
  | { readonly kind: "answered"; readonly body: Body }
  | { readonly kind: "refused"; readonly error: ApiError }
  | { readonly kind: "silent"; readonly reason: string };

/** Sends one request, with a deadline, and never rejects. */
export async function askApi<Body>(
  { requests }: Pick<Bus, "requests">,
  request: { readonly subject: string; readonly payload: Uint8Array; readonly timeoutMs: number },
): Promise<ApiAnswer<Body>> {
  try {
    const { data } = await requests.request(request);
    const body: Body & { readonly error?: ApiError } = JSON.parse(new TextDecoder().decode(data));
    return body.error === undefined ? { kind: "answered", body } : { kind: "refused", error: body.error };
  } catch (error) {
    const { code, message } = toMioError(error);
    return { kind: "silent", reason: `${code}: ${message}` };
  }
}

/** The payload of a request to JetStream. */
export function toPayload(body: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}
