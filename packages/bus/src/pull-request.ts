import { nanos } from "@nats-io/nats-core";
import type { ConsumerDeclaration } from "./topology.ts";

const expiresMs = 30_000;
const idleHeartbeatMs = 5_000;

/**
 * The body of a pull request.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export function toPullRequest(
  { pinned }: Pick<ConsumerDeclaration, "pinned">,
  batch: number,
  pinId: string | undefined,
): object {
  if (pinned === undefined)
    return { batch, expires: nanos(expiresMs), idle_heartbeat: nanos(idleHeartbeatMs) };
  // Each request is a sign of life: three of them come before the server gives the turn to somebody else.
  const everyMs = Math.floor(pinned.ttlMs / 3);
  return {
    batch,
    expires: nanos(everyMs),
    idle_heartbeat: nanos(Math.floor(everyMs / 2)),
    group: pinned.group,
    ...(pinId !== undefined && { id: pinId }),
  };
}
