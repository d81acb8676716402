import { readFile } from "node:fs/promises";
import { channels } from "@mio/channels";
import { sealCredentials } from "@mio/sealing";
import { type Account, type AuthKind, setCredentials } from "@mio/store";
import { z } from "zod";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";
import { openCredentialStore, requireAccount, requireKeyRing } from "./open-credential-store.ts";

export interface SetOptions {
  readonly from?: string;
  readonly authKind?: AuthKind;
  readonly expiresAt?: string;
}

export interface StoredSecrets {
  readonly accountId: string;
  readonly authKind: AuthKind;
  readonly names: readonly string[];
  readonly version: string;
}

/** Stores the secrets of an account and replaces all previous ones. */
export async function setSecrets(
  io: Pick<Io, "env" | "readInput">,
  accountId: string,
  options: SetOptions,
): Promise<StoredSecrets> {
  const expiresAt = options.expiresAt === undefined ? undefined : parseTime(options.expiresAt);
  const fromFile = options.from === undefined ? undefined : parseSecrets(await readSecretFile(options.from));
  await using opened = await openCredentialStore(io);
  const keyRing = requireKeyRing(opened);
  const account = await requireAccount(opened, accountId);
  // Last, so that a user does not type secrets that cannot be stored.
  const secrets = fromFile ?? parseSecrets(await io.readInput());
  requireKnownNames(account, secrets);
  const authKind = options.authKind ?? ("refresh_token" in secrets ? "oauth2" : "bot_token");
  const sealed = await sealCredentials(keyRing, account, { secrets, expiresAt, authKind });
  await setCredentials(opened.store.pool, account.id, sealed);
  return { accountId: account.id, authKind, names: Object.keys(secrets).sort(), version: sealed.version };
}

function readSecretFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new CliError(`${file} cannot be read`, {
      exitCode: exitCodes.environment,
      next: "correct the path or give yourself read access",
      cause,
    });
  });
}

const secretNames = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.string().trim().min(1).max(16_384));

/** Error messages never repeat the input, because it is secret. */
function parseSecrets(text: string): Readonly<Record<string, string>> {
  const secrets = secretNames.safeParse(parseJson(text));
  if (secrets.success && Object.keys(secrets.data).length > 0) return secrets.data;
  throw new CliError("the input is not a JSON object of named secrets", {
    exitCode: exitCodes.usage,
    next: 'for example {"bot_token":"…"}; ./mio credentials set --help lists the names',
  });
}

/** Rejects names that the channel does not read: they are typing errors, and the real secret would stay unset. */
function requireKnownNames({ channelType }: Account, secrets: Readonly<Record<string, string>>): void {
  const known = channels.find((channel) => channel.channelType === channelType)?.accountSecrets;
  if (known === undefined) {
    throw new CliError(`Mio has no channel ${channelType}, which the account names`, {
      next: `correct channel_type in the table accounts: ${channels.map((channel) => channel.channelType).join(", ")}`,
    });
  }
  const unknown = Object.keys(secrets).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new CliError(`${channelType} has no secret named ${unknown.join(", ")}`, {
    exitCode: exitCodes.usage,
    next: `use ${known.join(", ")}; nothing was stored`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseTime(text: string): Date {
  const time = z.iso.datetime({ offset: true }).safeParse(text);
  if (time.success) return new Date(time.data);
  throw new CliError(`--expires-at takes a time, not ${text}`, {
    exitCode: exitCodes.usage,
    next: "for example: --expires-at 2030-01-31T12:00:00Z",
  });
}
