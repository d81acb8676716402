import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../process/run-tool.ts";
import { natsArchiveSha256, natsReleaseUrl, toNatsArchiveName, toNatsPlatform } from "./nats-release.ts";

/** Long enough for a slow handshake, short enough that an offline machine continues quickly. */
const connectTimeoutMs = 4_000;
const bodyTimeoutMs = 180_000;

export interface DownloadOptions {
  readonly workDir: string;
  readonly baseUrl?: string;
  readonly platform: string;
  readonly arch: string;
  readonly sha256?: Readonly<Record<string, string>>;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the pinned release into `workDir`, checks its SHA-256 and unpacks it.
 *
 * Returns the path of the program. Rejects with an `Error` whose message names the cause.
 */
export async function downloadNats(options: DownloadOptions): Promise<string> {
  const platform = toNatsPlatform(options.platform, options.arch);
  if (platform === undefined) throw new Error(`there is no release for ${options.platform}-${options.arch}`);
  const baseUrl = options.baseUrl ?? natsReleaseUrl;
  const name = toNatsArchiveName(platform);
  const expected =
    (options.sha256 ?? natsArchiveSha256)[platform] ??
    (await fetchPublishedSha256(baseUrl, `${name}.tar.gz`, options));
  options.onProgress(`downloading ${name}.tar.gz`);
  const archive = await fetchBytes(`${baseUrl}/${name}.tar.gz`, options);
  assertSha256(archive, expected);
  const file = join(options.workDir, `${name}.tar.gz`);
  await writeFile(file, archive);
  await runTool("tar", ["-xzf", file, "-C", options.workDir], { timeoutMs: 60_000, signal: options.signal });
  return join(options.workDir, name, "nats-server");
}

function assertSha256(archive: Uint8Array, expected: string): void {
  const actual = createHash("sha256").update(archive).digest("hex");
  if (actual !== expected) {
    throw new Error(`the archive's SHA-256 is ${actual}, expected ${expected}; it was not used`);
  }
}

async function fetchPublishedSha256(
  baseUrl: string,
  file: string,
  options: DownloadOptions,
): Promise<string> {
  const sums = new TextDecoder().decode(await fetchBytes(`${baseUrl}/SHA256SUMS`, options));
  for (const line of sums.split("\n")) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  }
  throw new Error(`the release's SHA256SUMS does not list ${file}`);
}

async function fetchBytes(url: string, options: DownloadOptions): Promise<Uint8Array> {
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error("no answer in time")), connectTimeoutMs);
  const signals = [connecting.signal, AbortSignal.timeout(bodyTimeoutMs), options.signal];
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
    });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${new URL(url).host}: ${toReason(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
