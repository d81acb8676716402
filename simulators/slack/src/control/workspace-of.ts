import { MioError } from "@mio/failure";
import type { Controlled, SlackWorkspace } from "../types.ts";

/**
 * The workspace with this id or name. Without a reference, the first one.
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
  throw new MioError("simulator.unknown_target", `No workspace has the id or name ${reference}.`);
}
