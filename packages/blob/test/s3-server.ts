import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort, findOnPath } from "@mio/embedded";
import { vi } from "vitest";

const [program] = await findOnPath("versitygw", env["PATH"]);

/** Why tests that need an S3 server do not run; undefined if they do. */
export const whyNoS3: string | undefined =
  program === undefined
    ? "versitygw is not on the PATH: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0"
    : undefined;

export interface S3Server extends AsyncDisposable {
  /** Creates an empty bucket and returns its URL for openBlobStore. */
  bucket(name: string): Promise<string>;
}

/** Starts versitygw on a new directory, and sets its credentials in the environment of this process. */
export async function startS3(): Promise<S3Server> {
  if (program === undefined) throw new Error(whyNoS3);
  const directory = await mkdtemp(join(tmpdir(), "mio-s3-"));
  const port = await findFreePort();
  const server = spawn(program, ["--port", `127.0.0.1:${port}`, "--quiet", "posix", directory], {
    env: { PATH: env["PATH"], ROOT_ACCESS_KEY: "mio-test", ROOT_SECRET_KEY: "mio-secret" },
    stdio: "ignore",
  });
  useCredentials("mio-test", "mio-secret");
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswering(endpoint);
  return {
    async bucket(name) {
      await mkdir(join(directory, name));
      return `s3://${name}?endpoint=${endpoint}&region=us-east-1`;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(server, "exit");
      server.kill();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}

export function useCredentials(id: string, key: string): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", id);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", key);
}

async function untilAnswering(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error("versitygw did not start");
}
