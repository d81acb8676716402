import type { Clock } from "@mio/pacing";
import type { SlackFaultBoard } from "../faults.ts";
import type { Connection } from "./connection.ts";

/** How long before the end Slack says that it is near. */
const closeAfterMs = 10_000;

/** Lets the faults of sockets strike one connection. */
export function strikeConnection(
  connection: Connection,
  {
    faults,
    clock,
    closing,
  }: {
    readonly faults: Pick<SlackFaultBoard, "take">;
    readonly clock: Clock;
    readonly closing: AbortSignal;
  },
): void {
  if (connection.socket().state !== "open") return;
  if (faults.take("half_open_socket")) {
    connection.freeze();
    return;
  }
  if (faults.take("socket_close")) {
    connection.terminate();
    return;
  }
  const refresh = faults.take("refresh_socket");
  if (!refresh) return;
  connection.requestReconnect(refresh.options.reason ?? "refresh_requested");
  const close = (): void => connection.close();
  clock.sleep(refresh.options.ms ?? closeAfterMs, closing).then(close, () => undefined);
}
