import { type Msg, nanos } from "@nats-io/nats-core";
import type { ConsumerDeclaration } from "../topology/topology.ts";

const expiresMs = 30_000;
const idleHeartbeatMs = 5_000;

/** Where a consumer is asked for deliveries. */
export function pullSubject({ stream, durable }: ConsumerDeclaration): string {
  return `$JS.API.CONSUMER.MSG.NEXT.${stream.name}.${durable}`;
}

export interface PullRequest {
  readonly batch: number;
  readonly pinId: string | undefined;
  /** Takes what the server has now, and leaves nothing asked for. */
  readonly noWait?: boolean;
}

/**
 * The body of a pull request.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export function toPullRequest(
  { pinned }: Pick<ConsumerDeclaration, "pinned">,
  { batch, pinId, noWait = false }: PullRequest,
): object {
  const turn = pinned === undefined ? {} : { group: pinned.group, ...(pinId !== undefined && { id: pinId }) };
  if (noWait) return { batch, no_wait: true, ...turn };
  // Each request is a sign of life: three of them come before the server gives the turn to somebody else.
  const everyMs = pinned === undefined ? expiresMs : Math.floor(pinned.ttlMs / 3);
  const heartbeatMs = pinned === undefined ? idleHeartbeatMs : Math.floor(everyMs / 2);
  return { batch, expires: nanos(everyMs), idle_heartbeat: nanos(heartbeatMs), ...turn };
}

/** A delivery can be acknowledged, a status cannot. */
export function isStatus(msg: Msg): boolean {
  return msg.reply?.startsWith("$JS.ACK.") !== true;
}
