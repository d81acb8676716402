import { fileURLToPath } from "node:url";
import pc from "picocolors";

type Colors = ReturnType<typeof pc.createColors>;

/** The parts of the process that commands use. */
export interface Io {
  /** The root of the repository. */
  readonly root: string;
  /** The arguments after `mio`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads stdin to its end, for secrets. */
  readInput(): Promise<string>;
  /** Aborts on Ctrl-C, on SIGTERM and on SIGHUP. */
  readonly signal: AbortSignal;
  /** Colours for {@link Io.out}; plain text unless stdout is a terminal. */
  readonly paint: Colors;
  /** Writes a line of the result to stdout. */
  out(line: string): void;
  /** Writes a line about the work to stderr. */
  note(line: string): void;
  /** Sets the exit code of a command that returns without throwing. */
  exitWith(code: number): void;
  readonly exitCode: number;
}

type Sink = Pick<NodeJS.WriteStream, "write" | "isTTY">;

export interface IoOptions {
  readonly host: Pick<NodeJS.Process, "argv" | "env"> & {
    readonly stdin?: AsyncIterable<string | Uint8Array>;
    readonly stdout: Sink;
    readonly stderr: Sink;
  };
  readonly signal: AbortSignal;
}

const repositoryRoot = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");

export function createIo({ host, signal }: IoOptions): Io {
  let exitCode = 0;
  return {
    root: repositoryRoot,
    argv: host.argv.slice(2),
    env: host.env,
    readInput: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of host.stdin ?? []) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString("utf8");
    },
    signal,
    paint: pc.createColors(wantsColors(host)),
    out: (line) => void host.stdout.write(`${line}\n`),
    note: (line) => void host.stderr.write(`${line}\n`),
    exitWith: (code) => {
      exitCode = code;
    },
    get exitCode() {
      return exitCode;
    },
  };
}

function wantsColors({ env, stdout }: IoOptions["host"]): boolean {
  return stdout.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}
