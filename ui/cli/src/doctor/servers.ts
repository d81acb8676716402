import { readdir } from "node:fs/promises";
import {
  type Bus,
  busConfig,
  checkDurability,
  type Durability,
  type StreamKey,
  streams,
  toDurabilityOptions,
} from "@mio/bus";
import { toMioError } from "@mio/failure";
import { openConfiguredKeyRing, sealingConfig } from "@mio/sealing";
import { loadConfig } from "@mio/service-kit";
import { assertWritable } from "@mio/store";
import { z } from "zod";
import { openCredentialStore } from "../credentials/open-credential-store.ts";
import { openLetters } from "../dlq/open-letters.ts";
import type { Io } from "../io.ts";
import { type Finding, failed, ok, skipped } from "./finding.ts";
import { within } from "./within.ts";

/** Long enough for a distant server, short enough for a user who waits. */
const deadlineMs = 8_000;

interface Examination {
  readonly name: string;
  /** Runs only if one of these settings is set. */
  readonly settings: readonly string[];
  readonly look: () => Promise<Finding>;
  readonly next: string;
}

/** Checks the servers, keys and secrets of the environment, as services use them. Changes nothing. */
export function examineServers(io: Pick<Io, "env">): Promise<readonly Finding[]> {
  const examinations: readonly Examination[] = [
    {
      name: "MIO_NATS_URLS",
      settings: ["MIO_NATS_URLS"],
      look: () => lookAtNats(io),
      next: "start it, or correct MIO_NATS_URLS and MIO_NATS_CREDS_FILE",
    },
    {
      name: "MIO_POSTGRES_DSN",
      settings: ["MIO_POSTGRES_DSN", "MIO_POSTGRES_DSN_FILE"],
      look: () => lookAtPostgres(io),
      next: "start it, or correct MIO_POSTGRES_DSN; a replica does not accept writes",
    },
    {
      name: "MIO_AGE_KEY",
      settings: ["MIO_AGE_KEY", "MIO_AGE_KEY_FILE"],
      look: () => lookAtKeys(io),
      next: "set it to the file of age identities that all processes of Mio share",
    },
    {
      name: "MIO_SECRETS_DIR",
      settings: ["MIO_SECRETS_DIR"],
      look: () => lookAtSecrets(io.env["MIO_SECRETS_DIR"] ?? ""),
      next: "give the user of the gateway read access to the folder, or correct MIO_SECRETS_DIR",
    },
  ];
  return Promise.all(
    examinations.filter(({ settings }) => settings.some((name) => io.env[name])).map(examine),
  );
}

async function examine({ name, look, next }: Examination): Promise<Finding> {
  try {
    return await within(deadlineMs, look);
  } catch (error) {
    // Other errors than Mio's own may contain a password.
    const { code, message } = toMioError(error);
    return failed(name, code === "internal.unexpected" ? wordsOf(error) : message, next);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error && !("code" in error) ? error.message : "it cannot be used";
}

async function lookAtNats(io: Pick<Io, "env">): Promise<Finding> {
  const { version, hasJetStream, missing, durability } = await askNats(io);
  if (!hasJetStream)
    return failed("MIO_NATS_URLS", `${version}, without JetStream`, "start it with JetStream enabled");
  if (durability.kind === "lost") {
    return failed("MIO_NATS_URLS", `a power cut loses confirmed messages: ${durability.reason}`, syncAlways);
  }
  if (missing.length > 0) {
    const detail = `${version}, without ${missing.join(", ")}`;
    return skipped("MIO_NATS_URLS", detail, "nothing to do: services create them when they start");
  }
  const detail = `${version}, every stream exists`;
  if (durability.kind === "kept") return ok("MIO_NATS_URLS", detail);
  const next = `${syncAlways}; set MIO_NATS_MONITOR_URLS to have it checked`;
  return skipped("MIO_NATS_URLS", `${detail}; a power cut may lose messages: ${durability.reason}`, next);
}

async function askNats(io: Pick<Io, "env">) {
  await using bus = await openLetters(io);
  await bus.ping();
  const { version, jetstream } = bus.nc.info ?? {};
  const hasJetStream = jetstream === true;
  if (!hasJetStream) return { version, hasJetStream, missing: [], durability: kept };
  const options = { ...toDurabilityOptions(loadConfig(z.object(busConfig), io.env)), streams: streamKeys };
  const [missing, durability] = [await findMissing(bus), await checkDurability(bus, options)];
  return { version, hasJetStream, missing, durability };
}

const kept: Durability = { kind: "kept" };
const syncAlways = "set sync_interval: always in the jetstream block of nats-server, or use three replicas";
const streamKeys = Object.keys(streams).filter((key): key is StreamKey => key in streams);

async function findMissing({ jsm }: Bus): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const name of jsm.streams.names()) names.add(name);
  return Object.values(streams).flatMap(({ name }) => (names.has(name) ? [] : [name]));
}

async function lookAtPostgres(io: Pick<Io, "env">): Promise<Finding> {
  const accounts = await countAccounts(io);
  if (accounts === undefined) {
    return skipped(
      "MIO_POSTGRES_DSN",
      "answers, but has no schema",
      "run ./mio migrate, or start a gateway, which does the same",
    );
  }
  return ok("MIO_POSTGRES_DSN", `accepts writes, ${accounts} accounts`);
}

/** Undefined before the first migration. */
async function countAccounts(io: Pick<Io, "env">): Promise<number | undefined> {
  await using opened = await openCredentialStore({ env: { ...io.env, ...noKeys } });
  const { pool } = opened.store;
  await assertWritable(pool);
  const { rows } = await pool.query<{ migrated: boolean }>(
    "SELECT to_regclass('accounts') IS NOT NULL AS migrated",
  );
  if (rows[0]?.migrated !== true) return undefined;
  const counted = await pool.query<{ count: number }>(
    "SELECT count(*)::int FROM accounts WHERE disabled_at IS NULL",
  );
  return counted.rows[0]?.count ?? 0;
}

/** Another finding checks the keys. */
const noKeys = { MIO_AGE_KEY: undefined, MIO_AGE_KEY_FILE: undefined };

async function lookAtKeys({ env }: Pick<Io, "env">): Promise<Finding> {
  await openConfiguredKeyRing(loadConfig(z.object({ ...sealingConfig }), env));
  return ok("MIO_AGE_KEY", "readable");
}

async function lookAtSecrets(dir: string): Promise<Finding> {
  const files = await readdir(dir);
  return ok("MIO_SECRETS_DIR", `${dir}, ${files.length} entries`);
}
