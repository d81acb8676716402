import type { Command } from "commander";
import { exitCodes } from "../cli-error.ts";
import type { Finding } from "../doctor/finding.ts";
import type { Io } from "../io.ts";

const help = `
Every line is ok, failed (with the next step) or skipped (not needed yet, or not
this machine's business). Servers, keys and secrets that MIO_NATS_URLS,
MIO_POSTGRES_DSN, MIO_AGE_KEY_FILE and MIO_SECRETS_DIR name are looked at when
these are set. With MIO_POSTGRES_DSN, the platform of each account that has
credentials is asked whether it takes them, for 5 s at most. Nothing is posted,
downloaded or changed, but tokens that have ended are renewed.`;

export function register(program: Command, io: Io): void {
  program
    .command("doctor")
    .description("look whether this machine has what Mio needs")
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
