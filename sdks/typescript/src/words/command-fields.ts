import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MioError } from "@mio/failure";
import type { AttachmentSchema, SendCommand_EditFallback, SendCommand_Stage } from "@mio/proto";
import {
  type AttachmentKind,
  attachmentKinds,
  type EditFallback,
  editFallbacks,
  type Stage,
  stages,
  toEnum,
} from "./enum-words.ts";

/** A file to send, by its URL or by the `storageKey` of an {@link Attachment}, which fits here too. */
export interface AttachmentInit {
  readonly kind?: AttachmentKind;
  readonly url?: string;
  readonly mime?: string;
  /** Size in bytes, when known. */
  readonly bytes?: number;
  readonly filename?: string;
  readonly storageKey?: string;
  readonly contentSha256?: string;
}

/** @throws MioError `sdk.invalid_option` for a kind or a size that does not exist. */
export function toWireAttachment(init: AttachmentInit): MessageInitShape<typeof AttachmentSchema> {
  const { kind = "unspecified", bytes = 0, url, mime, filename, storageKey, contentSha256 } = init;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new MioError("sdk.invalid_option", "`bytes` of an attachment must be a whole number, at least 0.");
  }
  return {
    kind: toEnum(attachmentKinds, kind),
    bytes: BigInt(bytes),
    url: url ?? "",
    mime: mime ?? "",
    filename: filename ?? "",
    storageKey: storageKey ?? "",
    contentSha256: contentSha256 ?? "",
  };
}

/** The options of a command that the wire spells otherwise. */
export interface WireOptions {
  readonly stage?: Stage;
  readonly sendAt?: Date;
  readonly editFallback?: EditFallback;
}

/** Their fields on the wire; what is not said is left out. */
export interface WireFields {
  stage?: SendCommand_Stage;
  sendAt?: Timestamp;
  editFallback?: SendCommand_EditFallback;
}

/** @throws MioError `sdk.invalid_option` when `sendAt` is no date or more than a year ahead. */
export function toWireFields({ stage, sendAt, editFallback }: WireOptions): WireFields {
  const fields: WireFields = {};
  if (stage !== undefined) fields.stage = toEnum(stages, stage);
  if (sendAt !== undefined) fields.sendAt = toTimestamp(sendAt);
  if (editFallback !== undefined) fields.editFallback = toEnum(editFallbacks, editFallback);
  return fields;
}

const yearMs = 365 * 24 * 3_600_000;

function toTimestamp(sendAt: Date): Timestamp {
  const time = sendAt.getTime();
  if (Number.isNaN(time)) throw new MioError("sdk.invalid_option", "`sendAt` is not a valid date.");
  if (time > Date.now() + yearMs) {
    throw new MioError("sdk.invalid_option", "`sendAt` may be at most a year ahead.");
  }
  return timestampFromDate(sendAt);
}
