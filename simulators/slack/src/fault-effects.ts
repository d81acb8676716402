import type { Clock } from "@mio/pacing";
import type { Gate, WritableEventLog } from "@mio/simulator-kit";
import { createSlackFaultBoard, type SlackFaultBoard } from "./faults.ts";
import type { SocketHub } from "./socket/hub.ts";
import type { SlackEvent } from "./traffic.ts";

/** The fault board, wired to what faults do by themselves: close the port, strike sockets that are open. */
export function createFaults(context: {
  readonly events: WritableEventLog<SlackEvent>;
  readonly gate: () => Gate | undefined;
  readonly hub: () => Pick<SocketHub, "strike" | "terminateAll">;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}): SlackFaultBoard {
  const { events, gate, hub, clock, closing } = context;
  let isStriking = false;
  const port = (): Gate | undefined => {
    const opened = gate();
    if (!opened) return undefined;
    const shut = (): void => {
      // Sockets are no requests any more, so the gate does not know them.
      hub().terminateAll();
      opened.shut();
    };
    return { ...opened, shut };
  };
  const changed = (): void => {
    events.append({ type: "faults.changed" });
    // Each strike changes the board, which must not strike again from within.
    if (isStriking) return;
    isStriking = true;
    hub().strike();
    isStriking = false;
  };
  return createSlackFaultBoard({ changed, port, clock, closing });
}
