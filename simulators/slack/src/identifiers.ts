/** Makes ids that look like Slack's: a letter for the kind and a number that never comes again. */
export type NextId = (kind: "T" | "U" | "B" | "A" | "C" | "G" | "D" | "F" | "Ev") => string;

export function createNextId(): NextId {
  let serial = 46_656;
  return (kind) => {
    serial += 1;
    return `${kind}0SIM${serial.toString(36).toUpperCase().padStart(6, "0")}`;
  };
}

/** Times as Slack writes them, `seconds.micros`; a message's is its name, so none comes twice. */
export function createNextTs(now: () => Date): () => string {
  let lastMicros = 0;
  return () => {
    // Slack's last digits count within the second; ours leave room for many messages in one millisecond.
    lastMicros = Math.max(now().getTime() * 1_000, lastMicros + 100);
    return tsOfMicros(lastMicros);
  };
}

function tsOfMicros(micros: number): string {
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, "0")}`;
}

/** Compares two times of Slack's exactly, which floating point cannot. */
export function compareTs(left: string, right: string): number {
  return microsOf(left) - microsOf(right);
}

/** Microseconds, or NaN for what is no time; takes `1234`, `1234.5` and `1234.567890`. */
export function microsOf(ts: string): number {
  const [, seconds, fraction = ""] = /^(\d{1,10})(?:\.(\d{0,6}))?$/.exec(ts) ?? [];
  return seconds === undefined ? Number.NaN : Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}
