/** One server's settings in a cluster. */
export interface NatsClusterPlace {
  /** The server's name, as in `cluster.leader` of a stream. */
  readonly serverName: string;
  /** The port for the other servers of the cluster. */
  readonly routePort: number;
  /** The route ports of all servers of the cluster. */
  readonly routePorts: readonly number[];
}

export interface NatsConfig {
  /** -1 lets the operating system choose. */
  readonly port: number;
  /** A port for monitoring by HTTP; -1 lets the operating system choose. Default: none. */
  readonly monitorPort?: number | undefined;
  readonly portsDir: string;
  readonly storeDir: string;
  readonly maxPayloadBytes: number;
  /** Whether every write reaches the disk before it is confirmed. */
  readonly syncAlways: boolean;
  /** JetStream's limit on disk and in memory, each. Default: far above local needs. */
  readonly maxStoreBytes?: number | undefined;
  /** Public nkeys of the users that may connect. Default: anyone. */
  readonly users?: readonly string[] | undefined;
  /** Without it the server runs alone. */
  readonly cluster?: NatsClusterPlace | undefined;
}

/** The server's configuration file. It listens on loopback only. */
export function toNatsConfig(config: NatsConfig): string {
  const lines = [
    'host: "127.0.0.1"',
    `port: ${config.port}`,
    ...(config.monitorPort === undefined ? [] : [`http: "127.0.0.1:${config.monitorPort}"`]),
    `ports_file_dir: ${JSON.stringify(config.portsDir)}`,
    `max_payload: ${config.maxPayloadBytes}`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(config.storeDir)}`,
    // Streams reserve their limits; by default the server allows only the disk space that is free now.
    `  max_file_store: ${config.maxStoreBytes ?? "32GB"}`,
    `  max_memory_store: ${config.maxStoreBytes ?? "4GB"}`,
    ...(config.syncAlways ? ["  sync_interval: always"] : []),
    "}",
    ...(config.users
      ? [`authorization { users: [${config.users.map((nkey) => `{nkey: ${nkey}}`).join()}] }`]
      : []),
    ...(config.cluster ? clusterLines(config.cluster) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function clusterLines({ serverName, routePort, routePorts }: NatsClusterPlace): readonly string[] {
  return [
    `server_name: ${serverName}`,
    "cluster {",
    "  name: mio",
    '  host: "127.0.0.1"',
    `  port: ${routePort}`,
    `  routes: [${routePorts.map((port) => `"nats://127.0.0.1:${port}"`).join()}]`,
    "}",
  ];
}
