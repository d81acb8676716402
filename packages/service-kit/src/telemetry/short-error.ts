import { z } from "zod";

interface Logged {
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
  readonly cause?: unknown;
}

const logged: z.ZodType<Logged> = z.object({
  type: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  stack: z.string().optional(),
  cause: z.unknown().optional(),
});
const line = z.looseObject({ msg: z.string().default(""), err: logged });

/**
 * Formats a log line for a terminal: an error becomes its code and message and those of its causes, in the line
 * itself. Only unexpected errors show a stack; JSON logs have it for all.
 */
export function shortenError(text: string): string {
  const { data } = line.safeParse(toJson(text));
  if (data === undefined) return text;
  const { err, msg, ...rest } = data;
  const chain = toChain(err);
  const unforeseen = err.code === undefined || err.code === "internal.unexpected";
  const stack = unforeseen ? stackOf(chain.at(-1)) : "";
  return JSON.stringify({ ...rest, msg: `${msg}: ${chain.map(toWords).join(" ← ")}${stack}` });
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toChain(error: Logged): readonly Logged[] {
  const { data: cause } = logged.safeParse(error.cause);
  return cause === undefined ? [error] : [error, ...toChain(cause)];
}

function toWords({ code, type = "Error", message = "" }: Logged): string {
  return `${code ?? type}: ${message}`;
}

const shownFrames = 5;

function stackOf(error: Logged | undefined): string {
  const frames = (error?.stack ?? "").split("\n").filter((frame) => /^\s+at /.test(frame));
  return frames
    .slice(0, shownFrames)
    .map((frame) => `\n${frame}`)
    .join("");
}
