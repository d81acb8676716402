import type { Command } from "commander";
import { z } from "zod";
import type { Io } from "../io.ts";

const help = `
Environment:
  MIO_POSTGRES_DSN       postgres://user:password@host:5432/database
  MIO_POSTGRES_DSN_FILE  a file that contains it

Several processes may run it at the same time: they take turns. The connection string is not an argument, so that
it does not appear in the list of processes.`;

export function register(program: Command, io: Io): void {
  program
    .command("migrate")
    .description("migrate the schema of a Postgres database")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async (options: { readonly json?: true }) => {
      const { loadConfig } = await import("@mio/service-kit");
      const { migrate, storeConfig } = await import("@mio/store");
      const { MIO_POSTGRES_DSN } = storeConfig;
      const config = loadConfig(z.object({ MIO_POSTGRES_DSN }), io.env);
      const applied = await migrate({
        dsn: config.MIO_POSTGRES_DSN.reveal(),
        onApplied: (name) => {
          if (!options.json) io.out(`applied ${name}`);
        },
      });
      if (options.json) io.out(JSON.stringify({ ok: true, applied }));
      else if (applied.length === 0) io.out("the schema is up to date");
    });
}
