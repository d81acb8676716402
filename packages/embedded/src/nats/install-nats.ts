import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../process/run-tool.ts";
import { minimumNatsVersion, natsVersion } from "./nats-release.ts";
import { isAtLeast } from "./nats-version.ts";

export interface InstallOptions {
  readonly workDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Builds the pinned version with Go; the module checksum database guards the source. */
export async function goInstallNats(options: InstallOptions): Promise<string> {
  const { workDir, signal } = options;
  const env = { ...options.env, GOBIN: workDir, GOFLAGS: "", GOWORK: "off" };
  await runTool("go", ["version"], { timeoutMs: 10_000, env, signal });
  options.onProgress(`building nats-server ${natsVersion} with go install (a minute or two)`);
  const module = `github.com/nats-io/nats-server/v2@v${natsVersion}`;
  await runTool("go", ["install", module], { timeoutMs: 600_000, cwd: workDir, env, signal });
  return join(workDir, "nats-server");
}

/** Unpacks the distribution's package without installing it, when that package is new enough. */
export async function aptUnpackNats(options: InstallOptions): Promise<string> {
  const { workDir, env, signal } = options;
  const policy = await runTool("apt-cache", ["policy", "nats-server"], { timeoutMs: 20_000, env, signal });
  const candidate = /Candidate:\s*(?:\d+:)?(\S+)/.exec(policy)?.[1];
  if (candidate === undefined || candidate === "(none)") {
    throw new Error("the distribution has no nats-server package");
  }
  if (!isAtLeast(candidate, minimumNatsVersion)) {
    throw new Error(`the distribution offers ${candidate}; ${minimumNatsVersion} or later is needed`);
  }
  options.onProgress(`unpacking the distribution's nats-server ${candidate}`);
  await runTool("apt-get", ["download", "nats-server"], { timeoutMs: 120_000, cwd: workDir, env, signal });
  const archive = (await readdir(workDir)).find((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error("apt-get download left no package");
  await runTool("dpkg-deb", ["-x", archive, "unpacked"], { timeoutMs: 60_000, cwd: workDir, env, signal });
  return join(workDir, "unpacked", "usr", "sbin", "nats-server");
}
