import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type DeliveryReceipt, DeliveryReceipt_State } from "@mio/proto";

/** How a command ended. Compare with these, or with the words themselves. */
export const ReceiptState = {
  /** The platform has it. */
  SENT: "sent",
  /** Not delivered, and will not be retried. */
  FAILED: "failed",
  /** It may or may not have been delivered, and will not be retried. */
  UNKNOWN: "unknown",
  /** Left out on purpose; `reason` says why. */
  SUPPRESSED: "suppressed",
  /** A state that this SDK does not know. */
  UNSPECIFIED: "unspecified",
} as const;

export type ReceiptState = (typeof ReceiptState)[keyof typeof ReceiptState];

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

const states: Readonly<Record<number, ReceiptState>> = {
  [DeliveryReceipt_State.SENT]: "sent",
  [DeliveryReceipt_State.FAILED]: "failed",
  [DeliveryReceipt_State.UNKNOWN]: "unknown",
  [DeliveryReceipt_State.SUPPRESSED]: "suppressed",
};

/** A receipt of the wire in the words of the SDK. */
export function toReceipt(wire: DeliveryReceipt): Receipt {
  const { $typeName: _name, $unknown: _unknown, state, occurredAt, ...plain } = wire;
  return {
    ...plain,
    state: states[state] ?? "unspecified",
    occurredAt: occurredAt === undefined ? undefined : timestampDate(occurredAt),
  };
}
