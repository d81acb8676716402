import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const module = new URL("./open-blob-store.ts", import.meta.url).href;

/** Names every module that Node loads. */
const program = `
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
  const { openBlobStore } = await import(${JSON.stringify(module)});
  await openBlobStore(process.argv[1]).catch(() => {});`;

async function loadedFor(url: string): Promise<string> {
  const flags = ["--conditions=@mio/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(execPath, [...flags, url]);
  return stdout;
}

it("loads no SDK of a cloud for a directory", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mio-blob-"));
  const loaded = await loadedFor(pathToFileURL(directory).href);
  await rm(directory, { recursive: true });
  expect(loaded).toContain("/file-store.ts");
  expect(loaded).not.toMatch(/@aws-sdk|@smithy/);
});

it("loads the SDK for its URL", async () => {
  expect(await loadedFor("s3://bucket#refused")).toContain("/@aws-sdk/client-s3/");
});
