import type { FleetPorts } from "@mio/all-in-one";
import { CliError, exitCodes } from "../cli-error.ts";
import { tryPort } from "../try-port.ts";
import type { UsualPort } from "../usual-ports.ts";

/** Any free port for each. */
export const anyPorts: FleetPorts = { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 };

/**
 * Checks the ports before anything starts. A port that yields is replaced by any free one.
 *
 * @throws CliError that names all other ports that are taken
 */
export async function choosePorts(usual: Readonly<Record<keyof FleetPorts, UsualPort>>): Promise<FleetPorts> {
  const taken: number[] = [];
  const choose = async ({ port, yields }: UsualPort): Promise<number> => {
    if ((await tryPort(port))?.code !== "EADDRINUSE") return port;
    if (!yields) taken.push(port);
    return 0;
  };
  const ports = {
    workbench: await choose(usual.workbench),
    gateway: await choose(usual.gateway),
    cliq: await choose(usual.cliq),
    slack: await choose(usual.slack),
    ops: await choose(usual.ops),
    nats: await choose(usual.nats),
  };
  if (taken.length > 0) throw portsTaken(taken);
  return ports;
}

/** The error for ports that another program uses. */
export function portsTaken(ports: readonly number[], cause?: unknown): CliError {
  const [what, whose] = ports.length > 1 ? ["ports", "are"] : ["port", "is"];
  return new CliError(`${what} ${ports.join(", ")} ${whose} taken by another program`, {
    exitCode: exitCodes.environment,
    next: "stop that program (perhaps another ./mio up), or use ./mio up --free-ports",
    cause,
  });
}
