import { z } from "zod";

const request = z.object({ type: z.string(), actions: z.unknown().optional() });

const suggestions: ReadonlySet<string> = new Set(["block_suggestion", "dialog_suggestion"]);

/**
 * The answer to an interaction. A menu that requests options gets an empty list. Everything else gets no answer,
 * because Slack would show any text as an error.
 */
export function answerTo(payload: unknown): { readonly options: readonly [] } | undefined {
  const { data } = request.safeParse(payload);
  if (data === undefined) return undefined;
  const isLegacyMenu = data.type === "interactive_message" && data.actions === undefined;
  return isLegacyMenu || suggestions.has(data.type) ? { options: [] } : undefined;
}
