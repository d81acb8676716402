import type { SlackDisconnectReason } from "../faults.ts";

/** Lifetime that Slack announces, in seconds. The simulator does not enforce it. */
const connectionSeconds = 18_060;
const host = "applink-sim";

/** The first frame of a connection that is ready. */
export function helloFrame(appId: string, connections: number): object {
  return {
    type: "hello",
    num_connections: connections,
    debug_info: { host, build_number: 1, approximate_connection_time: connectionSeconds },
    connection_info: { app_id: appId },
  };
}

/** Asks the app to reconnect. */
export function disconnectFrame(reason: SlackDisconnectReason): object {
  return { type: "disconnect", reason, debug_info: { host } };
}

/** The only frame that an eleventh connection of an app receives. */
export const tooManyFrame: object = disconnectFrame("too_many_websockets");
