import { createServer } from "node:net";

/** Listens briefly on a port of 127.0.0.1. Resolves with the error if that fails, else with undefined. */
export function tryPort(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(undefined)));
  });
}
