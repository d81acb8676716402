import type { Clock } from "@mio/pacing";
import type { Gate, WritableEventLog } from "@mio/simulator-kit";
import { createSlackFaultBoard, type SlackFaultBoard } from "./faults.ts";
import type { SocketHub } from "./socket/hub.ts";
import type { SlackEvent } from "./traffic.ts";

/** The fault board, wired to what faults do by themselves: close the port, strike sockets that are open. */
export function createFaults(context: {
  readonly events: WritableEventLog<SlackEvent>;
  readonly gate: () => Gate | undefined;
  readonly hub: () => Pick<SocketHub, "strike" | "cutAll">;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}): SlackFaultBoard {
  const { events, gate, hub, clock, closing } = context;
  let isRefusing = false;
  let isStriking = false;

  const refuse = (): void => {
    const refusal = board.active().find((fault) => fault.name === "refuse_connections");
    if ((refusal !== undefined) === isRefusing) return;
    isRefusing = refusal !== undefined;
    // Sockets are no requests any more, so the gate does not know them.
    if (refusal) hub().cutAll();
    if (refusal) gate()?.shut();
    else gate()?.open();
    const ms = refusal?.options.ms;
    const reopen = (): void => board.clear("refuse_connections");
    if (ms !== undefined) clock.sleep(ms, closing).then(reopen, () => undefined);
  };
  const changed = (): void => {
    events.append({ type: "faults.changed" });
    refuse();
    // Each strike changes the board, which must not strike again from within.
    if (isStriking) return;
    isStriking = true;
    hub().strike();
    isStriking = false;
  };
  const board = createSlackFaultBoard({ changed, settled: async () => await gate()?.settled() });
  return board;
}
