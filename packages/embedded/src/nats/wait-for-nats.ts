import { createConnection } from "node:net";

/**
 * Connects like a client and reads the server's INFO line.
 *
 * Resolves if a JetStream-enabled nats-server answers; rejects otherwise.
 */
export function greetNats(port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    let text = "";
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(timeoutMs, () => end(new Error("no greeting in time")));
    socket.on("error", end);
    socket.on("close", () => end(new Error("closed before a greeting")));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.includes("\r\n")) return;
      end(/^INFO .*"jetstream":\s*true/.test(text) ? undefined : new Error("this server has no JetStream"));
    });
  });
}
