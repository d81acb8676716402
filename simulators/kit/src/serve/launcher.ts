/** The settings that every simulator takes as a process. */
export interface LaunchSettings {
  readonly port: number;
  readonly apiPort: number;
  readonly host: string;
  /** Where events are posted. */
  readonly webhook: string | undefined;
  /** The secret that events are signed with. */
  readonly secret: string | undefined;
}

export interface Launched {
  readonly simulator: AsyncDisposable;
  /** Addresses and credentials for callers, as JSON. */
  readonly ready: object;
}

/** Starts a simulator as a process: its line in the list of `simulators/all`. */
export interface Launcher {
  /** Value of `--platform`. */
  readonly platform: string;
  /** Flags of this platform only. */
  readonly ownFlags: readonly string[];
  /** Starts the simulator. Throws a `ZodError` for an invalid flag. */
  launch(settings: LaunchSettings, flags: Readonly<Record<string, string>>): Promise<Launched>;
}
