import type { FleetPorts } from "@mio/all-in-one";

export interface UsualPort {
  readonly name: string;
  readonly port: number;
  /** `up` takes another one when this is in use. */
  readonly yields?: true;
}

/** What `mio up` listens on unless it is told otherwise. */
export const usualPorts: Readonly<Record<keyof FleetPorts, UsualPort>> = {
  workbench: { name: "the workbench", port: 8070 },
  gateway: { name: "webhooks", port: 8080 },
  cliq: { name: "the Cliq simulator", port: 8090 },
  slack: { name: "the Slack simulator", port: 8091 },
  ops: { name: "health and metrics", port: 9464 },
  // Agents look for NATS there; another NATS is no reason not to start.
  nats: { name: "NATS", port: 4222, yields: true },
};
