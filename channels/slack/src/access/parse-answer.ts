import type { HttpAnswer } from "@mio/channel-kit";

/** The fields that any answer of Slack may have. */
export interface SlackAnswer {
  readonly ok: boolean | undefined;
  /** Slack's error code: never free text, which may quote the request. */
  readonly error: string | undefined;
  /** The scope that a token lacks. */
  readonly needed: string | undefined;
}

const word = /^[a-z][a-z0-9_]{0,63}$/;
const scopes = /^[a-z][a-z0-9._:,-]{0,127}$/;

/** Parses the common fields of an answer; all undefined if it is not an answer of Slack. */
export function parseAnswer({ text, truncated }: Pick<HttpAnswer, "text" | "truncated">): SlackAnswer {
  const json = truncated ? undefined : toJson(text);
  const fields = typeof json === "object" && json !== null ? json : {};
  const ok = "ok" in fields && typeof fields.ok === "boolean" ? fields.ok : undefined;
  return {
    ok,
    error: "error" in fields ? matching(fields.error, word) : undefined,
    needed: "needed" in fields ? matching(fields.needed, scopes) : undefined,
  };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function matching(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}
