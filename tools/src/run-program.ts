import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

export interface RunOptions {
  /** Default the root of the repository. */
  readonly cwd?: string;
}

/** How a program ended. */
export interface Ended {
  /** 127 when it could not be started, 128 and more when a signal ended it. */
  readonly exitCode: number;
  /** What it wrote to stdout and stderr, in the order it came. */
  readonly output: string;
}

export interface ProgramsOptions {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** The environment in which the toolchain of the repository comes first on PATH and sends nothing home. */
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

/** Binds {@link Ended} runs to one repository. */
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
