import { channels } from "@mio/channels";
import { MioError, toMioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import { createVaults, type Vaults } from "@mio/sealing";
import { createLogger, loadConfig } from "@mio/service-kit";
import { type Account, findAccount, readCredentials } from "@mio/store";
import { type CredentialStore, openCredentialStore } from "../credentials/open-credential-store.ts";
import type { Io } from "../io.ts";
import { type Finding, failed, ok, skipped } from "./finding.ts";
import { TooLate, within } from "./within.ts";

const deadlineMs = 5_000;
const atOnce = 8;
/** Maximum number of accounts in one run, so that it ends while a user waits. */
const maxAccounts = 200;

/**
 * Asks the platform of each enabled account whether it accepts the account's credentials. Posts nothing; renews expired
 * tokens, as services do.
 */
export async function examineAccounts(io: Pick<Io, "env">): Promise<readonly Finding[]> {
  if (!io.env["MIO_POSTGRES_DSN"] && !io.env["MIO_POSTGRES_DSN_FILE"]) return [];
  try {
    return await askAll(io);
  } catch {
    // Another finding reports a problem with Postgres or the keys.
    return [];
  }
}

async function askAll({ env }: Pick<Io, "env">): Promise<readonly Finding[]> {
  // Each account may use a second connection while its token is renewed.
  await using opened = await openCredentialStore({ env }, 2 * atOnce);
  const ids = await enabledAccounts(opened);
  const logger = createLogger({ service: "mio-cli", level: "silent" });
  await using vaults = createVaults({ ...opened, clock: systemClock, logger });
  const each = await inTurns(ids.slice(0, maxAccounts), async (id) => {
    const account = await findAccount(opened.store.pool, id);
    if (account === undefined || account.disabled || account.pending) return [];
    return [await examine(account, { env, opened, vaults })];
  });
  const findings: readonly Finding[] = each.flat();
  const left = ids.length - maxAccounts;
  if (left <= 0) return findings;
  const rest = skipped(
    "accounts",
    `${left} more were not checked`,
    "nothing to do: doctor checks the first 200",
  );
  return [...findings, rest];
}

async function enabledAccounts({ store }: CredentialStore): Promise<readonly string[]> {
  const { rows } = await store.pool.query<{ id: string }>(
    "SELECT id FROM accounts WHERE disabled_at IS NULL ORDER BY id",
  );
  return rows.map(({ id }) => id);
}

/** Returns the results in the order of the items; works on at most `atOnce` items at a time. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of left) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

interface ExamineOptions {
  readonly env: Io["env"];
  readonly opened: CredentialStore;
  readonly vaults: Vaults;
}

async function examine(account: Account, { env, opened, vaults }: ExamineOptions): Promise<Finding> {
  const { id, channelType, externalId, attributes } = account;
  const name = `account ${id}`;
  try {
    const { outbound, notes = [] } = openChannel(channelType, env);
    const [note] = notes;
    const hasOwn = (await readCredentials(opened.store.pool, id)) !== undefined;
    if (outbound?.identify === undefined || (note !== undefined && !hasOwn)) {
      const why = note ?? "the channel cannot check credentials";
      return skipped(
        name,
        `${channelType}, not checked: ${why}`,
        "run doctor with the settings of the services",
      );
    }
    const vault = { ...vaults(account), report: async () => {} };
    const access = { accountId: id, externalId, attributes, vault };
    const identify = outbound.identify.bind(outbound);
    return judge(account, await within(deadlineMs, (signal) => identify(access, signal)));
  } catch (error) {
    const { message, next } = explain(error, id);
    return failed(name, `${channelType}: ${message}`, next);
  }
}

function openChannel(channelType: string, env: Io["env"]) {
  const channel = channels.find((each) => each.channelType === channelType);
  return (
    channel?.open(loadConfig(channel.settings, env)) ?? { notes: ["this version of Mio has no such channel"] }
  );
}

interface Rights {
  readonly workspaces: readonly string[];
  readonly lacks?: readonly string[];
}

function judge({ id, channelType, externalId }: Account, { workspaces, lacks = [] }: Rights): Finding {
  const name = `account ${id}`;
  const [first] = workspaces;
  if (first === undefined || externalId === "" || workspaces.includes(externalId)) {
    const accepted = `${channelType}, the platform accepts its credentials`;
    if (lacks.length === 0) return ok(name, accepted);
    const next = "add the scopes you need to the app and install it again";
    return skipped(name, `${accepted}, which lack ${lacks.join(", ")}`, next);
  }
  return failed(
    name,
    `${channelType}: its credentials belong to ${workspaces.join(" or ")}, but its external_id is ${externalId}`,
    `correct external_id, or store the right credentials: ./mio credentials set ${id}`,
  );
}

interface Explanation {
  readonly message: string;
  readonly next: string;
}

const passing: ReadonlySet<unknown> = new Set(["timeout", "network", "platform_down", "throttled"]);
const lookAtNetwork = "check the platform's status page and the network of this machine";

/** NOTE: shows the message of Mio's own errors only; others may contain a secret. */
function explain(error: unknown, id: string): Explanation {
  if (error instanceof TooLate) return { message: error.message, next: lookAtNetwork };
  const { code, message, details } = keyTrouble(error) ?? toMioError(error);
  if (code === "internal.unexpected")
    return { message: "the platform could not be reached", next: lookAtNetwork };
  if (code.startsWith("credentials.")) return { message, next: "set MIO_AGE_KEY_FILE as for the services" };
  if (code === "config.invalid") return { message, next: "correct the settings as for the services" };
  if (passing.has(details["reason"])) return { message, next: lookAtNetwork };
  return { message, next: `create new credentials and store them: ./mio credentials set ${id}` };
}

/** The credentials error in the chain of causes; a channel wraps it in an error that names no reason. */
function keyTrouble(error: unknown): MioError | undefined {
  if (!(error instanceof MioError)) return undefined;
  return error.code.startsWith("credentials.") ? error : keyTrouble(error.cause);
}
