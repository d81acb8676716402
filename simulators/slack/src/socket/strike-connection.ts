import type { Clock } from "@mio/pacing";
import type { SlackFaultBoard } from "../faults.ts";
import type { Connection } from "./connection.ts";

/** Time between the `disconnect` frame and the close. */
const closeAfterMs = 10_000;

/** Applies the socket faults to one connection. */
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
