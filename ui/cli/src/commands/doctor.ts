import type { Command } from "commander";
import { exitCodes } from "../cli-error.ts";
import type { Finding } from "../doctor/finding.ts";
import type { Io } from "../io.ts";

const help = `
Every line is ok, failed (with the next step) or skipped (not needed here or not
needed yet). If they are set, doctor also checks the servers, keys and secrets of
MIO_NATS_URLS, MIO_POSTGRES_DSN, MIO_AGE_KEY_FILE and MIO_SECRETS_DIR. With
MIO_POSTGRES_DSN it asks the platform of each account with credentials whether it
accepts them, for at most 5 s. It posts, downloads and changes nothing, except
that it renews expired tokens.`;

export function register(program: Command, io: Io): void {
  program
    .command("doctor")
    .description("check that this machine has what Mio needs")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async (options: { readonly json?: true }) => {
      const { examine } = await import("../doctor/examine.ts");
      const findings = await examine(io);
      const ok = findings.every(({ state }) => state !== "failed");
      if (options.json) io.out(JSON.stringify({ ok, findings }));
      else for (const finding of findings) io.out(describe(finding, io));
      io.exitWith(ok ? exitCodes.ok : exitCodes.environment);
    });
}

function describe({ name, state, detail, next }: Finding, { paint }: Io): string {
  const color = { ok: paint.green, failed: paint.red, skipped: paint.yellow }[state];
  const line = `${color(state.padEnd(7))}  ${name.padEnd(16)}  ${detail}`;
  return next === undefined ? line : `${line}\n${" ".repeat(9)}next: ${next}`;
}
