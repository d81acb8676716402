import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";

/** The signing secrets on disk. */
export interface WebhookSecrets {
  /**
   * The current secrets of a channel, or of one of its accounts: the first of `names` that has a file, and also
   * `<name>.next`, so that a secret can be rotated without losing an event.
   *
   * @throws MioError `gateway.secret_unreadable` if a file exists but cannot be read.
   */
  live(names: readonly string[], accountId?: string): Promise<readonly string[]>;
  /**
   * Whether the channel, or any of its accounts, has a secret.
   *
   * @throws MioError `gateway.secret_unreadable` if a file exists but cannot be read.
   */
  exist(names: readonly string[]): Promise<boolean>;
}

/** A changed file takes effect within this time. */
const cacheMs = 2_000;

/** Reads secrets from `dir` (per account from `dir/<account id>`), again after every change. */
export function createWebhookSecrets(dir: string, clock: Clock): WebhookSecrets {
  const live = createCache<readonly string[]>(clock);
  const existence = createCache<boolean>(clock);

  const readLive = async (names: readonly string[], folder: string): Promise<readonly string[]> => {
    for (const name of names) {
      const current = await readSecret(join(folder, name));
      const next = await readSecret(join(folder, `${name}.next`));
      const found = [current, next].filter((secret) => secret !== "");
      if (found.length > 0) return found;
    }
    return [];
  };

  const lookForAny = async (names: readonly string[]): Promise<boolean> => {
    const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(dir, entry.name));
    for (const folder of [dir, ...folders]) {
      if ((await readLive(names, folder)).length > 0) return true;
    }
    return false;
  };

  return {
    exist: (names) => existence.get(names.join("\n"), () => lookForAny(names)),
    live(names, accountId) {
      const folder = accountId === undefined ? dir : join(dir, accountId);
      return live.get(`${folder}\n${names.join("\n")}`, () => readLive(names, folder));
    },
  };
}

interface Cache<Value> {
  /** The cached value, or a new one. A failure is not cached. */
  get(key: string, read: () => Promise<Value>): Promise<Value>;
}

function createCache<Value>(clock: Clock): Cache<Value> {
  const cached = new Map<string, { readonly until: number; readonly value: Promise<Value> }>();
  return {
    get(key, read) {
      const now = clock.now().getTime();
      const known = cached.get(key);
      if (known !== undefined && known.until > now) return known.value;
      const entry = { until: now + cacheMs, value: read() };
      cached.set(key, entry);
      entry.value.catch(() => cached.get(key) === entry && cached.delete(key));
      return entry.value;
    },
  };
}

async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && absent.has(error.code)) return "";
    throw unreadable(path, error);
  }
}

const absent: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR"]);

function unreadable(path: string, cause: unknown): MioError {
  return new MioError("gateway.secret_unreadable", `The secret file ${path} exists and cannot be read.`, {
    cause,
  });
}
