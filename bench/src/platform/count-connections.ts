import { subscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

/**
 * Counts the connections that this process has accepted. An HTTP/1.1 connection carries one call at a time, and a client
 * opens another only while all are busy. Calls themselves are not countable here: one thread answers them one by one.
 */
export function countConnections(): { readonly takeMost: () => number } {
  let open = 0;
  let most = 0;
  subscribe("net.server.socket", (event) => {
    const socket =
      typeof event === "object" && event !== null && "socket" in event ? event.socket : undefined;
    if (!(socket instanceof Socket)) return;
    open += 1;
    most = Math.max(most, open);
    socket.once("close", () => {
      open -= 1;
    });
  });
  return {
    takeMost() {
      const taken = most;
      most = open;
      return taken;
    },
  };
}
