import { open, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { generateIdentityFile, openKeyRing } from "@mio/sealing";
import { CliError, exitCodes } from "../cli-error.ts";

export interface MadeIdentity {
  readonly file: string;
  readonly publicKey: string;
}

/** Writes a new identity to a file that only its owner can read. Never overwrites a file. */
export async function keygen({
  path,
  append,
}: {
  readonly path: string;
  readonly append: boolean;
}): Promise<MadeIdentity> {
  const file = resolve(path);
  const text = await generateIdentityFile(new Date());
  // Append only to a file of identities: in any other file the new one would be lost.
  const before = append ? await readIdentities(file) : "";
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  await write(file, { text: separator + text, flags: append ? "a" : "wx" });
  return { file, publicKey: /public key: (\S+)/.exec(text)?.[1] ?? "" };
}

async function readIdentities(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unusable(file, cause);
  });
  await openKeyRing(text).catch((cause: unknown) => {
    throw new CliError(`${file} is not a file of age identities`, {
      exitCode: exitCodes.environment,
      next: "name a file that ./mio credentials keygen wrote, or a new one without --append",
      cause,
    });
  });
  return text;
}

async function write(
  file: string,
  { text, flags }: { readonly text: string; readonly flags: "a" | "wx" },
): Promise<void> {
  const handle = await open(file, flags, 0o600).catch((cause: unknown) => {
    throw unusable(file, cause);
  });
  try {
    await handle.appendFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unusable(file: string, cause: unknown): CliError {
  if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
    return new CliError(`${file} exists; keygen does not overwrite identities`, {
      exitCode: exitCodes.usage,
      next: "name another file, or add to this one with --append",
      cause,
    });
  return new CliError(`${file} cannot be read or written`, {
    exitCode: exitCodes.environment,
    next: "name a file in an existing folder that you can write to",
    cause,
  });
}
