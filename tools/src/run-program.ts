import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

export interface RunOptions {
  /** Default the root of the repository. */
  readonly cwd?: string;
}

/** The result of a program. */
export interface Ended {
  /** 127 if it could not start, 128 or more if a signal ended it. */
  readonly exitCode: number;
  /** Its stdout and stderr, in order of arrival. */
  readonly output: string;
}

export interface ProgramsOptions {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The environment with the repository's toolchain first on PATH and without telemetry. */
export function toolEnv({ root, env }: Pick<ProgramsOptions, "root" | "env">): NodeJS.ProcessEnv {
  const folders = [join(root, ".tools", "bin"), join(root, "node_modules", ".bin"), env["PATH"] ?? ""];
  return {
    ...env,
    PATH: folders.join(delimiter),
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    DO_NOT_TRACK: "1",
    TURBO_TELEMETRY_DISABLED: "1",
  };
}

/** Returns a function that runs programs in one repository. */
export function createRunner(
  options: ProgramsOptions,
): (program: string, args: readonly string[], run?: RunOptions) => Promise<Ended> {
  const env = toolEnv(options);
  return (program, args, { cwd = options.root } = {}) =>
    new Promise((resolve) => {
      const stdio = ["ignore", "pipe", "pipe"] as const;
      const child = spawn(program, args, { cwd, env, signal: options.signal, stdio: [...stdio] });
      let output = "";
      const collect = (chunk: Buffer): void => {
        output += chunk.toString("utf8");
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("error", (error) => resolve({ exitCode: 127, output: `${output}${error.message}` }));
      child.once("close", (code) => resolve({ exitCode: code ?? 128, output: output.trimEnd() }));
    });
}
