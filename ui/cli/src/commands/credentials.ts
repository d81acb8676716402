import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { accountId, path } from "../values.ts";

const help = `
Environment:
  MIO_POSTGRES_DSN     the database with the credentials (or MIO_POSTGRES_DSN_FILE)
  MIO_AGE_KEY_FILE     the file of age identities that all processes of Mio share
  MIO_AGE_KEY_VERSION  the identity that seals; default: the last one

Secrets are read from stdin or a file, never from arguments, and never shown.

Examples:
  ./mio credentials keygen --out age.key
  echo '{"bot_token":"xoxb-…"}' | ./mio credentials set 018f3c9e-7b1a-7c3d-8e4f-1a2b3c4d5e6f
  ./mio credentials show 018f3c9e-7b1a-7c3d-8e4f-1a2b3c4d5e6f`;

export function register(program: Command, io: Io): void {
  const credentials = program
    .command("credentials")
    .description("manage account credentials: generate keys, store, show, rotate")
    .helpCommand(false)
    .addHelpText("after", help);
  registerKeygen(credentials, io);
  registerSet(credentials, io);
  registerShow(credentials, io);
  registerRotate(credentials, io);
}

const jsonHelp = "print one JSON object instead of text";
const accountHelp = "UUID of the account: column id of table accounts";

interface Json {
  readonly json?: true;
}

const keygenHelp = `
Only the owner can read the file. Pass it to every process of Mio as MIO_AGE_KEY_FILE, and keep a copy apart from
the backups of the database: without it, sealed credentials cannot be opened.`;

function registerKeygen(credentials: Command, io: Io): void {
  credentials
    .command("keygen")
    .description("generate an age identity that seals credentials")
    .requiredOption("--out <file>", "file to create", path)
    .option("--append", "add the identity to an existing file; it seals after the next start")
    .option("--json", jsonHelp)
    .addHelpText("after", keygenHelp)
    .action(async (options: Json & { readonly out: string; readonly append?: true }) => {
      const { keygen } = await import("../credentials/keygen.ts");
      const made = await keygen({ path: options.out, append: options.append ?? false });
      if (options.json) io.out(JSON.stringify({ ok: true, ...made }));
      else io.out(`wrote ${made.file}\npublic key: ${made.publicKey}`);
    });
}

const setHelp = `
The input is one JSON object. Each channel has its own names:
  Slack  {"bot_token": "xoxb-…", "app_token": "xapp-…"}, and "refresh_token" when tokens are rotated
  Cliq   {"refresh_token": "1000.…"}
They replace all secrets of the account. Running processes load them without a restart.`;

function registerSet(credentials: Command, io: Io): void {
  credentials
    .command("set")
    .description("store an account's secrets, read as JSON from stdin")
    .argument("<account-id>", accountHelp, accountId)
    .option("--from <file>", "read the JSON from a file", path)
    .addOption(
      new Option(
        "--auth-kind <kind>",
        "kind of credentials (default: oauth2 if there is a refresh_token)",
      ).choices(["oauth2", "bot_token"]),
    )
    .option("--expires-at <time>", "expiry of the access token, as 2030-01-31T12:00:00Z")
    .option("--json", jsonHelp)
    .addHelpText("after", setHelp)
    .action(async (account: string, options: Json & SetOptions) => {
      const { setSecrets } = await import("../credentials/set-secrets.ts");
      const stored = await setSecrets(io, account, options);
      if (options.json) io.out(JSON.stringify({ ok: true, ...stored }));
      else io.out(`stored ${stored.names.join(", ")} for account ${stored.accountId}`);
    });
}

interface SetOptions {
  readonly from?: string;
  readonly authKind?: "oauth2" | "bot_token";
  readonly expiresAt?: string;
}

function registerShow(credentials: Command, io: Io): void {
  credentials
    .command("show")
    .description("show the names of an account's secrets and its health, never the values")
    .argument("<account-id>", accountHelp, accountId)
    .option("--json", jsonHelp)
    .action(async (account: string, options: Json) => {
      const { describe, showAccount } = await import("../credentials/show-account.ts");
      const shown = await showAccount(io, account);
      if (options.json) io.out(JSON.stringify({ ok: true, ...shown }));
      else for (const line of describe(shown)) io.out(line);
    });
}

const rotateHelp = `
Services keep running. Afterwards you can remove the older identities from the file; if a single one remains, set
MIO_AGE_KEY_VERSION to its number. Exits 1 if some credentials could not be opened.`;

function registerRotate(credentials: Command, io: Io): void {
  credentials
    .command("rotate")
    .description("re-seal all credentials with the current identity")
    .option("--json", jsonHelp)
    .addHelpText("after", rotateHelp)
    .action(async (options: Json) => {
      const { describe, rotate } = await import("../credentials/rotate.ts");
      const rotated = await rotate(io);
      if (options.json) io.out(JSON.stringify(rotated));
      else for (const line of describe(rotated)) io.out(line);
      if (!rotated.ok) io.exitWith(1);
    });
}
