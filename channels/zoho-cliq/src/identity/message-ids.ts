import { DeliveryError, type HttpAnswer } from "@mio/channel-kit";
import { z } from "zod";
import { canonicalId, isSyntheticId } from "./canonical-id.ts";
import { parseJson } from "./parse-json.ts";

const word = z.union([z.string(), z.number()]).transform(String);

/**
 * The answer to a post in a channel or chat has `message_id` (formerly `id`); the answer to a bot's post has one per
 * person.
 */
const posted = z.object({
  message_id: word.optional().catch(undefined),
  id: word.optional().catch(undefined),
  message_details: z
    .record(z.string(), z.object({ message_id: word }))
    .optional()
    .catch(undefined),
});

/** The ids of a post; empty if Cliq returned none, although it posted. */
export function postedIds({ text, truncated }: HttpAnswer): readonly string[] {
  if (truncated) return [];
  try {
    const { message_id, id, message_details } = posted.parse(parseJson(text));
    const single = message_id ?? id;
    const several = Object.values(message_details ?? {}).map((detail) => detail.message_id);
    return (single === undefined ? several : [single]).map(canonicalId).filter((found) => found !== "");
  } catch {
    // Also `204 No Content`.
    return [];
  }
}

/** The id in the API's spelling; undefined for a synthetic one. */
export function platformId(externalId: string): string | undefined {
  return externalId === "" || isSyntheticId(externalId) ? undefined : canonicalId(externalId);
}

/** @throws DeliveryError `permanent`/`invalid` for a message whose id Cliq never sent. */
export function requirePlatformId(externalId: string): string {
  const id = platformId(externalId);
  if (id !== undefined) return id;
  const message = "Cliq's message handler sent no id of this message, so it cannot be changed.";
  throw new DeliveryError({ kind: "permanent", reason: "invalid", message });
}
