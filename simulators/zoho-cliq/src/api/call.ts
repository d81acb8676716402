import type { CliqState } from "../state.ts";
import type { CliqSimulator, SimAuthor } from "../types.ts";

/** One authorised API call, parsed. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly rawBody: string;
  /** The parts of a multipart body. */
  readonly form: FormParts | undefined;
}

export interface FormParts {
  readonly files: readonly { readonly name: string; readonly mime: string; readonly bytes: Uint8Array }[];
  readonly fields: Readonly<Record<string, string>>;
}

/** What API handlers work on. */
export interface Platform {
  readonly state: CliqState;
  readonly bot: CliqSimulator["bot"];
  /** The owner of the refresh token, and the author of posts without a bot name. */
  readonly apiUser: SimAuthor;
}

export function param(call: Call, name: string): string {
  return call.params[name] ?? "";
}
