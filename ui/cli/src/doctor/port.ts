import { tryPort } from "../try-port.ts";
import type { UsualPort } from "../usual-ports.ts";
import { type Finding, ok, skipped } from "./finding.ts";

/** Tries to listen on a port of 127.0.0.1, and lets go of it at once. */
export async function examinePort({ name, port, yields }: UsualPort): Promise<Finding> {
  const what = `port ${port}`;
  const obstacle = await tryPort(port);
  if (obstacle === undefined) return ok(what, `free, for ${name}`);
  const detail = `for ${name}: ${obstacle.code === "EADDRINUSE" ? "in use" : obstacle.message}`;
  const next = yields
    ? "nothing to do: ./mio up takes another one and shows it"
    : "stop what uses it, or use ./mio up --free-ports";
  return skipped(what, detail, next);
}
