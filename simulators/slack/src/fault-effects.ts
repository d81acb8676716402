import type { Clock } from "@mio/pacing";
import type { Gate, WritableEventLog } from "@mio/simulator-kit";
import { createSlackFaultBoard, type SlackFaultBoard } from "./faults.ts";
import type { SocketHub } from "./socket/hub.ts";
import type { SlackEvent } from "./traffic.ts";

/** Creates the fault board and applies faults to the port and to open sockets. */
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
      // The gate closes HTTP connections only, and upgraded ones are not among them.
      hub().terminateAll();
      opened.shut();
    };
    return { ...opened, shut };
  };
  const changed = (): void => {
    events.append({ type: "faults.changed" });
    // A strike changes the board. Without this guard that change would strike again.
    if (isStriking) return;
    isStriking = true;
    hub().strike();
    isStriking = false;
  };
  return createSlackFaultBoard({ changed, port, clock, closing });
}
