import { DeliveryError, type HttpAnswer } from "@mio/channel-kit";
import { z } from "zod";
import { canonicalId, isSyntheticId } from "./canonical-id.ts";
import { parseJson } from "./parse-json.ts";

const word = z.union([z.string(), z.number()]).transform(String);

/** A post to a channel or chat answers `message_id` (older posts `id`); a post by the bot one for each person. */
const posted = z.object({
  message_id: word.optional().catch(undefined),
  id: word.optional().catch(undefined),
  message_details: z
    .record(z.string(), z.object({ message_id: word }))
    .optional()
    .catch(undefined),
});

/** The ids that a post made, none when Cliq tells none: it posted all the same. */
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

/** The id as calls spell it; undefined for one that Mio made because Cliq told none. */
export function platformId(externalId: string): string | undefined {
  return externalId === "" || isSyntheticId(externalId) ? undefined : canonicalId(externalId);
}

/** @throws DeliveryError `permanent`/`invalid` for a message whose id Cliq never told. */
export function requirePlatformId(externalId: string): string {
  const id = platformId(externalId);
  if (id !== undefined) return id;
  const message = "Cliq's message handler told no id of this message, so it cannot be changed.";
  throw new DeliveryError({ kind: "permanent", reason: "invalid", message });
}
