import type { SlackDisconnectReason } from "../faults.ts";

/** A connection's life as Slack announces it, in seconds; ours live on. */
const connectionSeconds = 18_060;
const host = "applink-sim";

/** The greeting of a connection that is ready. */
export function helloFrame(appId: string, connections: number): object {
  return {
    type: "hello",
    num_connections: connections,
    debug_info: { host, build_number: 1, approximate_connection_time: connectionSeconds },
    connection_info: { app_id: appId },
  };
}

/** Asks the app to come again through another connection. */
export function disconnectFrame(reason: SlackDisconnectReason): object {
  return { type: "disconnect", reason, debug_info: { host } };
}

/** All that the eleventh connection of an app gets. */
export const tooManyFrame: object = disconnectFrame("too_many_websockets");
