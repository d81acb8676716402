import { z } from "zod";
import { jsonOrNothing } from "./json.ts";

/** What Slack posts as a form: everything except events. */
export type SlackForm =
  /** A person used a button, a menu, a modal or a shortcut; `payload` contains which. */
  | { readonly kind: "interaction"; readonly payload: unknown }
  | { readonly kind: "command" }
  /** A check of the address's certificate, without an event. */
  | { readonly kind: "ssl_check" };

const interaction = z.object({ type: z.string().min(1) });

/** A check has only a token and its flag. A longer form, or one with more fields, is not a check. */
const maxCheckBytes = 1_024;
const checkFields: ReadonlySet<string> = new Set(["ssl_check", "token"]);

/** Parses a form; undefined if it is not one of Slack's. */
export function readForm(text: string): SlackForm | undefined {
  const fields = new URLSearchParams(text);
  const payload = jsonOrNothing(fields.get("payload") ?? "");
  if (interaction.safeParse(payload).success) return { kind: "interaction", payload };
  if (fields.get("command")?.startsWith("/")) return { kind: "command" };
  return isCheck(fields) ? { kind: "ssl_check" } : undefined;
}

/** Whether a body is a certificate check, which contains nothing that a signature could protect. */
export function isSslCheck(body: Uint8Array): boolean {
  return body.length <= maxCheckBytes && isCheck(new URLSearchParams(new TextDecoder().decode(body)));
}

function isCheck(fields: URLSearchParams): boolean {
  return fields.get("ssl_check") === "1" && [...fields.keys()].every((name) => checkFields.has(name));
}
