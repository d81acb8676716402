import { tryPort } from "../try-port.ts";
import type { UsualPort } from "../usual-ports.ts";
import { type Finding, ok, skipped } from "./finding.ts";

/** Checks whether a port of 127.0.0.1 is free. */
export async function examinePort({ name, port, yields }: UsualPort): Promise<Finding> {
  const what = `port ${port}`;
  const obstacle = await tryPort(port);
  if (obstacle === undefined) return ok(what, `free, for ${name}`);
  const detail = `for ${name}: ${obstacle.code === "EADDRINUSE" ? "in use" : obstacle.message}`;
  const next = yields
    ? "nothing to do: ./mio up uses another one and shows it"
    : "stop the program that uses it, or use ./mio up --free-ports";
  return skipped(what, detail, next);
}
