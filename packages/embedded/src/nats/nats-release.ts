/** The nats-server version that Mio is tested with, fetched if none is found. */
export const natsVersion = "2.15.1";

/** The oldest nats-server that Mio supports: schedules and atomic batches are new in it. */
export const minimumNatsVersion = "2.12.0";

/**
 * SHA-256 of the release archives, pinned so that a replaced archive is rejected. A platform without an entry is
 * checked against the release's own `SHA256SUMS`, fetched over https. That detects a damaged download but not a
 * replaced release.
 */
export const natsArchiveSha256: Readonly<Record<string, string>> = {
  "linux-amd64": "bf5edc7b1ce98e885c368cb43a886eb148dc5d0551d99f3cf6141fb5e1954c70",
  "linux-arm64": "e2fbab4cad7d3c76e3052eb959570393c9d73ba756b70bf8e9eea61e9ae6d49c",
};

const architectures: Readonly<Record<string, string>> = { arm64: "arm64", x64: "amd64" };
const systems: ReadonlySet<string> = new Set(["darwin", "linux"]);

/** The release's name for a platform, such as `linux-amd64`; undefined without an archive. */
export function toNatsPlatform(platform: string, arch: string): string | undefined {
  const architecture = architectures[arch];
  return systems.has(platform) && architecture !== undefined ? `${platform}-${architecture}` : undefined;
}

/** Name of the folder inside the archive, and of the archive without its extension. */
export function toNatsArchiveName(natsPlatform: string): string {
  return `nats-server-v${natsVersion}-${natsPlatform}`;
}

/** Base URL of the pinned release. */
export const natsReleaseUrl: string = `https://github.com/nats-io/nats-server/releases/download/v${natsVersion}`;
