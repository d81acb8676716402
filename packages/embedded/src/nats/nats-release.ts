/** The nats-server Mio is tested with and fetches when there is none. */
export const natsVersion = "2.15.1";

/** The oldest nats-server Mio works with: schedules and atomic batches arrived in it. */
export const minimumNatsVersion = "2.12.0";

/**
 * SHA-256 of the release archives, pinned here so that a replaced archive is refused. A platform
 * without an entry is checked against the release's own `SHA256SUMS`, fetched over https, which
 * protects against a damaged download but not against a replaced release.
 */
export const natsArchiveSha256: Readonly<Record<string, string>> = {
  "linux-amd64": "bf5edc7b1ce98e885c368cb43a886eb148dc5d0551d99f3cf6141fb5e1954c70",
  "linux-arm64": "e2fbab4cad7d3c76e3052eb959570393c9d73ba756b70bf8e9eea61e9ae6d49c",
};

const architectures: Readonly<Record<string, string>> = { arm64: "arm64", x64: "amd64" };
const systems: ReadonlySet<string> = new Set(["darwin", "linux"]);

/** The release's name for a platform, such as `linux-amd64`; undefined where no archive exists. */
export function toNatsPlatform(platform: string, arch: string): string | undefined {
  const architecture = architectures[arch];
  return systems.has(platform) && architecture !== undefined ? `${platform}-${architecture}` : undefined;
}

/** Name of the folder inside the archive, and of the archive without its ending. */
export function toNatsArchiveName(natsPlatform: string): string {
  return `nats-server-v${natsVersion}-${natsPlatform}`;
}

/** Where the files of the pinned release are served. */
export const natsReleaseUrl: string = `https://github.com/nats-io/nats-server/releases/download/v${natsVersion}`;
