import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { MioError } from "@mio/failure";
import { SendCommand_EditFallback, SendCommand_Stage } from "@mio/proto";

/**
 * Whether more follows in this message, which decides who goes first when a platform allows only so many calls.
 *
 * - `placeholder`: a sign of life such as "thinking…", which an edit will replace.
 * - `partial`: the beginning of a text that grows; each edit carries the whole text so far.
 * - `final`: the last word.
 */
export type Stage = "placeholder" | "partial" | "final";

/** What becomes of an edit whose target is not known, is gone, or may not be edited any more: a new message, nothing, or a failure. */
export type EditFallback = "new" | "drop" | "fail";

const stages: Readonly<Record<Stage, SendCommand_Stage>> = {
  placeholder: SendCommand_Stage.PLACEHOLDER,
  partial: SendCommand_Stage.PARTIAL,
  final: SendCommand_Stage.FINAL,
};

const editFallbacks: Readonly<Record<EditFallback, SendCommand_EditFallback>> = {
  new: SendCommand_EditFallback.NEW,
  drop: SendCommand_EditFallback.DROP,
  fail: SendCommand_EditFallback.FAIL,
};

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
  if (stage !== undefined) fields.stage = stages[stage];
  if (sendAt !== undefined) fields.sendAt = toTimestamp(sendAt);
  if (editFallback !== undefined) fields.editFallback = editFallbacks[editFallback];
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
