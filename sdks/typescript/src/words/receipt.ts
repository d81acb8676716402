import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { DeliveryReceipt } from "@mio/proto";
import { type ReceiptState, receiptStates, toWord } from "./enum-words.ts";

/** The end of a command. */
export interface Receipt {
  readonly commandId: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly state: ReceiptState;
  /** The platform's ids of what was posted; the first is the one an edit addresses. May be empty. */
  readonly externalIds: readonly string[];
  /** A code of docs/errors.md; empty when sent. */
  readonly code: string;
  /** A word such as `auth`, `not_found`, `superseded` or `target_deleted`; empty when sent. */
  readonly reason: string;
  /** One line for people: which part of the command failed, and why. May be empty. */
  readonly detail: string;
  /** How often the platform was called. */
  readonly attempts: number;
  readonly occurredAt: Date | undefined;
}

/** A receipt of the wire in the words of the SDK. */
export function toReceipt(wire: DeliveryReceipt): Receipt {
  const { $typeName: _name, $unknown: _unknown, state, occurredAt, ...plain } = wire;
  return {
    ...plain,
    state: toWord(receiptStates, state, "unspecified"),
    occurredAt: occurredAt === undefined ? undefined : timestampDate(occurredAt),
  };
}
