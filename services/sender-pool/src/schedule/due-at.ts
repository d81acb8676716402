import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { SendCommand } from "@mio/proto";

/** How far ahead a command may be scheduled. */
export const maxAheadMs: number = 366 * 86_400_000;

/** When a command is to be carried out; undefined for at once. */
export function dueAtOf({ sendAt }: Pick<SendCommand, "sendAt">): Date | undefined {
  return sendAt === undefined ? undefined : timestampDate(sendAt);
}
