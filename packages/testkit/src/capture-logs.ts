/** One JSON log line. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface CapturedLogs {
  /** Pass it to `createLogger` as the destination. */
  readonly destination: { write(text: string): void };
  /** All lines so far, oldest first. */
  readonly lines: readonly LogLine[];
  /** The lines with all of these fields. */
  matching(fields: LogLine): readonly LogLine[];
  /** All output as written, to check that something is missing from it. */
  text(): string;
}

/** Collects JSON log lines so that a test can assert on them. */
export function captureLogs(): CapturedLogs {
  const lines: LogLine[] = [];
  let written = "";
  return {
    destination: {
      write: (text) => {
        written += text;
        for (const line of text.split("\n")) if (line !== "") lines.push(JSON.parse(line));
      },
    },
    lines,
    matching: (fields) =>
      lines.filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value)),
    text: () => written,
  };
}
