import { createServer } from "node:net";

/** Listens on a port of 127.0.0.1 and lets go of it at once. Resolves with what stands against it, if anything does. */
export function tryPort(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(undefined)));
  });
}
