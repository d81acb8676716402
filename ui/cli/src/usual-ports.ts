import type { FleetPorts } from "@mio/all-in-one";

export interface UsualPort {
  readonly name: string;
  readonly port: number;
  /** `up` uses another port if this one is in use. */
  readonly yields?: true;
}

/** The default ports of `mio up`. */
export const usualPorts: Readonly<Record<keyof FleetPorts, UsualPort>> = {
  workbench: { name: "the workbench", port: 8070 },
  gateway: { name: "webhooks", port: 8080 },
  cliq: { name: "the Cliq simulator", port: 8090 },
  slack: { name: "the Slack simulator", port: 8091 },
  ops: { name: "health and metrics", port: 9464 },
  // The default of agents; but another NATS on it must not keep up from starting.
  nats: { name: "NATS", port: 4222, yields: true },
};
