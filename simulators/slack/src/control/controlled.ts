import { MioError } from "@mio/failure";
import type { SlackSimulator, SlackWorkspace } from "../types.ts";

/** The simulator as the control API and the page see it. */
export type Controlled = Omit<SlackSimulator, "url" | typeof Symbol.asyncDispose>;

/**
 * The workspace with this id or name; the simulator's own when none is named.
 *
 * @throws MioError `simulator.unknown_target`
 */
export function workspaceOf(simulator: Controlled, reference: string | undefined): SlackWorkspace {
  const workspaces = simulator.workspaces();
  const found =
    reference === undefined
      ? workspaces[0]
      : workspaces.find(({ team }) => team.id === reference || team.name === reference);
  if (found) return found;
  throw new MioError("simulator.unknown_target", `No workspace is called ${reference}.`);
}
