import { createServer } from "node:net";
import type { UsualPort } from "../usual-ports.ts";
import { type Finding, ok, skipped } from "./finding.ts";

/** Tries to listen on a port of 127.0.0.1, and lets go of it at once. */
export function examinePort({ name, port }: UsualPort): Promise<Finding> {
  const what = `port ${port}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const detail = `for ${name}: ${error.code === "EADDRINUSE" ? "in use" : error.message}`;
      resolve(skipped(what, detail, "stop what uses it, or use ./mio up --free-ports"));
    });
    server.listen({ port, host: "127.0.0.1" }, () => {
      server.close(() => resolve(ok(what, `free, for ${name}`)));
    });
  });
}
