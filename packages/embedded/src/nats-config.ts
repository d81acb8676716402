export interface NatsConfig {
  /** -1 lets the operating system choose. */
  readonly port: number;
  readonly portsDir: string;
  readonly storeDir: string;
  readonly maxPayloadBytes: number;
  /** Whether every write reaches the disk before it is confirmed. */
  readonly syncAlways: boolean;
  /** What JetStream may keep, on disk and in memory each. Without it, far more than anything local needs. */
  readonly maxStoreBytes?: number | undefined;
}

/** The server's configuration file. It listens on loopback only and asks for no password. */
export function toNatsConfig(config: NatsConfig): string {
  const lines = [
    'host: "127.0.0.1"',
    `port: ${config.port}`,
    `ports_file_dir: ${JSON.stringify(config.portsDir)}`,
    `max_payload: ${config.maxPayloadBytes}`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(config.storeDir)}`,
    // Streams reserve their limits; by default the server allows no more than the disk has free now.
    `  max_file_store: ${config.maxStoreBytes ?? "32GB"}`,
    `  max_memory_store: ${config.maxStoreBytes ?? "4GB"}`,
    ...(config.syncAlways ? ["  sync_interval: always"] : []),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}
