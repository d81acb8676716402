import { nanos } from "@nats-io/nats-core";

/** A durable consumer of a stream, by name. */
export interface ConsumerName {
  readonly stream: string;
  readonly durable: string;
}

/** The subject of pull requests. */
export function pullSubject({ stream, durable }: ConsumerName): string {
  return `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
}

/** A reader of a pinned consumer: its priority group, and the pin if it has one. */
export interface Pin {
  readonly group: string;
  readonly id?: string | undefined;
}

/** How long the server keeps a pull request. */
export interface OpenTime {
  readonly expiresMs: number;
  /** How often the server shows that it still has the request. */
  readonly idleHeartbeatMs: number;
}

/** One pull request. */
export interface PullRequest {
  /** How many deliveries it asks for. */
  readonly batch: number;
  /** Without it the server answers at once, with the messages that it has now. */
  readonly open?: OpenTime;
  readonly pin?: Pin | undefined;
}

/**
 * The body of a pull request.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats_api_reference
 */
export function toPullBody({ batch, open, pin }: PullRequest): string {
  const duration =
    open === undefined
      ? { no_wait: true }
      : { expires: nanos(open.expiresMs), idle_heartbeat: nanos(open.idleHeartbeatMs) };
  const pinned = pin === undefined ? {} : { group: pin.group, ...(pin.id !== undefined && { id: pin.id }) };
  return JSON.stringify({ batch, ...duration, ...pinned });
}
