import type { Context } from "@opentelemetry/api";
import type { Session } from "../connection/session.ts";
import { type StreamClock, streamClock } from "../streaming/stream-clock.ts";
import type { Receipt } from "../words/receipt.ts";
import { type EditInit, editCommand } from "./edit.ts";
import { type ReactInit, reactCommand } from "./react.ts";
import { awaitReceipt, type ReceiptOptions } from "./receipt.ts";
import { type RemoveInit, removeCommand } from "./remove.ts";
import { type SendInit, type SentCommand, sendCommand } from "./send.ts";

/** Publishes commands and waits for receipts. Tests replace it. */
export interface Outlet {
  send(command: SendInit, incoming?: Context): Promise<SentCommand>;
  edit(command: EditInit, incoming?: Context): Promise<SentCommand>;
  remove(command: RemoveInit, incoming?: Context): Promise<SentCommand>;
  react(command: ReactInit, incoming?: Context): Promise<SentCommand>;
  receipt(command: SentCommand | string, options?: ReceiptOptions): Promise<Receipt>;
  readonly clock: StreamClock;
}

export function createOutlet(session: Session): Outlet {
  return {
    send: (command, incoming) => sendCommand(session, command, incoming),
    edit: (command, incoming) => editCommand(session, command, incoming),
    remove: (command, incoming) => removeCommand(session, command, incoming),
    react: (command, incoming) => reactCommand(session, command, incoming),
    receipt: (command, options = {}) => awaitReceipt(session, command, options),
    clock: streamClock,
  };
}
