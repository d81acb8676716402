import { z } from "zod";
import type { SlackMetadata } from "../model.ts";
import { refuse } from "./answer.ts";
import type { Call } from "./call.ts";

const maxMetadataBytes = 16_000;

const metadataSchema = z.object({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});

/** The metadata of a message, which only apps see. */
export function readMetadata({ args }: Call): SlackMetadata | undefined {
  const json = args.json("metadata");
  if (json === undefined) return undefined;
  const parsed = json === "malformed" ? undefined : metadataSchema.safeParse(json.value);
  if (!parsed?.success) return refuse("invalid_metadata_format");
  if (JSON.stringify(parsed.data).length > maxMetadataBytes) refuse("metadata_too_large");
  return parsed.data;
}
