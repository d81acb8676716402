import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

const help = `
Environment:
  MIO_POSTGRES_DSN       postgres://user:password@host:5432/database
  MIO_POSTGRES_DSN_FILE  a file that holds it

Safe to run from several places at once: they take turns. The connection string is no argument, so that
it stays out of the list of processes.`;

export function register(program: Command, io: Io): void {
  program
    .command("migrate")
    .description("bring the schema of a Postgres database up to date")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async (options: { readonly json?: true }) => {
      const dsn = await readDsn(io.env);
      const { migrate } = await import("@mio/store");
      const applied = await migrate({
        dsn,
        onApplied: (name) => {
          if (!options.json) io.out(`applied ${name}`);
        },
      });
      if (options.json) io.out(JSON.stringify({ ok: true, applied }));
      else if (applied.length === 0) io.out("the schema is up to date");
    });
}

async function readDsn(env: Io["env"]): Promise<string> {
  const file = env["MIO_POSTGRES_DSN_FILE"];
  const dsn = file ? (await readSecretFile(file)).trim() : env["MIO_POSTGRES_DSN"];
  if (dsn) return dsn;
  throw new CliError("no database is named", {
    exitCode: exitCodes.usage,
    next: "set MIO_POSTGRES_DSN or MIO_POSTGRES_DSN_FILE; ./mio migrate --help shows the form",
  });
}

function readSecretFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new CliError(`MIO_POSTGRES_DSN_FILE names ${path}, which cannot be read`, {
      exitCode: exitCodes.environment,
      next: "correct the path or give yourself read access",
      cause,
    });
  });
}
