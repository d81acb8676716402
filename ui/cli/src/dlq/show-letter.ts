import { toJson } from "@bufbuild/protobuf";
import { type Bus, readDeadLetter, type StoredLetter } from "@mio/bus";
import { decodeCommand, decodeMessage } from "@mio/envelope";
import { MessageSchema, SendCommandSchema } from "@mio/proto";
import { CliError } from "../cli-error.ts";

/** A letter for people and scripts. */
export interface ShownLetter {
  readonly id: number;
  readonly subject: string;
  readonly reason: string;
  readonly code: string;
  readonly durable: string;
  readonly stream: string;
  readonly sequence: number;
  readonly deliveries: number;
  readonly time: string;
  readonly bytes: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The decoded envelope; null if the bytes are not an envelope. */
  readonly envelope: unknown;
}

/** @throws CliError if the letter does not exist */
export async function showLetter(
  bus: Bus,
  id: number,
  options: { readonly text: boolean },
): Promise<ShownLetter> {
  const letter = await requireLetter(bus, id);
  const { subject, reason, code, durable, stream, sequence, deliveries, time, payload } = letter;
  return {
    id,
    subject,
    reason,
    code,
    durable,
    stream,
    sequence,
    deliveries,
    time: time.toISOString(),
    bytes: payload.length,
    headers: Object.fromEntries(letter.headers),
    envelope: decode(letter, options.text),
  };
}

export async function requireLetter(bus: Bus, id: number): Promise<StoredLetter> {
  const letter = await readDeadLetter(bus, id);
  if (letter !== undefined) return letter;
  throw new CliError(`there is no dead letter ${id}`, { next: "list them with ./mio dlq list" });
}

/** Message text is shown only on request. */
function decode({ direction, payload }: StoredLetter, withText: boolean): unknown {
  try {
    const json =
      direction === "outbound"
        ? toJson(SendCommandSchema, decodeCommand(payload))
        : toJson(MessageSchema, decodeMessage(payload));
    return withText ? json : withoutWords(json);
  } catch {
    return null;
  }
}

function withoutWords(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  const { text, richContent: _rich, ...rest }: Record<string, unknown> = { ...json };
  return text === undefined
    ? rest
    : { ...rest, text: `(${String(text).length} characters; --text shows them)` };
}
