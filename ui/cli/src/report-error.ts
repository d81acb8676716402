import { type ErrorCode, errorCatalogue, MioError, toMioError } from "@mio/failure";
import { CommanderError } from "commander";
import { CliError, type ExitCode, exitCodes } from "./cli-error.ts";
import type { Io } from "./io.ts";

interface Report {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

export interface ReportOptions {
  /** Prints JSON for a script instead of text. */
  readonly json: boolean;
  /** The next step after wrong use. */
  readonly help: string;
}

/** Prints what failed and the next step. Returns the exit code. */
export function reportError(error: unknown, io: Io, { json, help }: ReportOptions): ExitCode {
  const { exitCode, code, message, next } = toReport(error, help);
  if (json) io.out(JSON.stringify({ ok: false, error: { code, message, next } }));
  else io.note(`error: ${message}\nnext: ${next}`);
  return exitCode;
}

function toReport(error: unknown, help: string): Report {
  if (error instanceof CliError) {
    const { exitCode, message, next } = error;
    return { exitCode, code: `cli.${codeName(exitCode)}`, message, next };
  }
  if (error instanceof CommanderError) return usageReport(error, help);
  if (isFileError(error)) return fileReport(error);
  const known = toMioError(error);
  const { code } = known;
  const exitCode = isMissing(code) ? exitCodes.environment : exitCodes.failed;
  return { exitCode, code, message: messageOf(known, error), next: errorCatalogue[code].action };
}

const fileCodes: readonly unknown[] = ["ENOENT", "EEXIST", "ENOTDIR", "EACCES", "EPERM", "EROFS", "ENOSPC"];

/** Whether the system refused a path and no command has caught the error. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "path" in error && "code" in error && fileCodes.includes(error.code);
}

function fileReport({ message }: NodeJS.ErrnoException): Report {
  const next = "check that the path exists, that you may write to it, and that the disk has space";
  return { exitCode: exitCodes.environment, code: "cli.environment", message, next };
}

/** Whether the machine or its settings lack something, so that the command could not start. */
function isMissing(code: ErrorCode): boolean {
  if (code === "embedded.server_ended") return false;
  return code.startsWith("embedded.") || code.startsWith("config.");
}

/** For an unexpected error the original message is more useful than the wrapper's. */
function messageOf(known: MioError, original: unknown): string {
  if (original instanceof MioError || !(original instanceof Error)) return known.message;
  return original.stack ?? original.message;
}

function usageReport({ message }: CommanderError, help: string): Report {
  const [first = "", hint] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (.+)\?\)$/.exec(hint ?? "")?.[1];
  const next = meant === undefined ? help : `did you mean ${meant}?`;
  return { exitCode: exitCodes.usage, code: "cli.usage", message: first, next };
}

function codeName(exitCode: ExitCode): string {
  return Object.entries(exitCodes).find(([, value]) => value === exitCode)?.[0] ?? "failed";
}
