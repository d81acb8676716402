import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { MioError } from "@mio/failure";
import { findOnPath, isExecutable } from "../process/find-on-path.ts";
import { downloadNats } from "./download-nats.ts";
import { aptUnpackNats, goInstallNats } from "./install-nats.ts";
import { minimumNatsVersion, natsVersion } from "./nats-release.ts";
import { assertUsableNats } from "./nats-version.ts";

export interface ObtainNatsOptions {
  /** Folder of fetched programs, kept between runs; created if missing. */
  readonly toolsDir: string;
  /** Read for `MIO_NATS_SERVER` and `PATH`, and passed to the tools that fetch. */
  readonly env: NodeJS.ProcessEnv;
  /** Called with a readable line before each slow step. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Base URL of another server with the release files. */
  readonly releaseUrl?: string;
}

/**
 * Returns the path of a usable nats-server and fetches the pinned one if none is found.
 *
 * Order: `MIO_NATS_SERVER` (must be usable if set), PATH, `toolsDir`, the pinned release with checksum, `go install`,
 * the distribution's package. Safe to call from several processes at once.
 *
 * @throws MioError `embedded.no_nats_server`, which lists each attempt and the reason for its failure.
 */
export async function obtainNatsServer(options: ObtainNatsOptions): Promise<string> {
  const { env, signal } = options;
  const named = env["MIO_NATS_SERVER"];
  if (named !== undefined && named !== "") return requireNamed(named, signal);
  const tried: string[] = [];
  const kept = join(options.toolsDir, `nats-server-${natsVersion}`);
  const present = [
    ...(await findOnPath("nats-server", env["PATH"])),
    ...((await isExecutable(kept)) ? [kept] : []),
  ];
  for (const path of present) {
    const reason = await whyUnusable(path, signal);
    if (reason === undefined) return path;
    tried.push(`${path}: ${reason}`);
  }
  if (present.length === 0) tried.push("PATH and the tools folder: no nats-server there");
  return fetchInto(kept, options, tried);
}

async function requireNamed(path: string, signal?: AbortSignal): Promise<string> {
  const reason = await whyUnusable(path, signal);
  if (reason === undefined) return path;
  throw new MioError(
    "embedded.no_nats_server",
    `MIO_NATS_SERVER names ${path}, which ${reason}. Correct or unset it.`,
  );
}

type Way = readonly [name: string, fetch: (workDir: string) => Promise<string>];

async function fetchInto(kept: string, options: ObtainNatsOptions, tried: string[]): Promise<string> {
  for (const [name, fetch] of waysToFetch(options)) {
    options.signal?.throwIfAborted();
    try {
      await fetchOneWay(kept, options, fetch);
      return kept;
    } catch (error) {
      tried.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  options.signal?.throwIfAborted();
  throw new MioError(
    "embedded.no_nats_server",
    `No nats-server ${minimumNatsVersion} or later could be obtained. Tried:\n${tried.map((line) => `  - ${line}`).join("\n")}\nInstall nats-server ${natsVersion} and put it on PATH, or set MIO_NATS_SERVER to its path.`,
    { retry: "soon" },
  );
}

function waysToFetch(options: ObtainNatsOptions): readonly Way[] {
  const { env, signal } = options;
  const onProgress = options.onProgress ?? (() => {});
  const { platform, arch } = process;
  const baseUrl = options.releaseUrl === undefined ? {} : { baseUrl: options.releaseUrl };
  return [
    [
      "release download",
      (workDir) => downloadNats({ workDir, platform, arch, onProgress, signal, ...baseUrl }),
    ],
    ["go install", (workDir) => goInstallNats({ workDir, env, onProgress, signal })],
    ["distribution package", (workDir) => aptUnpackNats({ workDir, env, onProgress, signal })],
  ];
}

/** Fetches into a temporary folder and renames the result, so that no process sees a partial file. */
async function fetchOneWay(kept: string, options: ObtainNatsOptions, fetch: Way[1]): Promise<void> {
  await mkdir(options.toolsDir, { recursive: true });
  const workDir = await mkdtemp(join(options.toolsDir, ".nats-server-"));
  try {
    const program = await fetch(workDir);
    await chmod(program, 0o755);
    const reason = await whyUnusable(program, options.signal);
    if (reason !== undefined) throw new Error(`the fetched program ${reason}`);
    await rename(program, kept);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function whyUnusable(path: string, signal?: AbortSignal): Promise<string | undefined> {
  return assertUsableNats(path, signal).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
