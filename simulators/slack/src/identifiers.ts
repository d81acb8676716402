/** Makes ids like Slack's: a letter for the kind and a unique number. */
export type NextId = (kind: "T" | "U" | "B" | "A" | "C" | "G" | "D" | "F" | "Ev") => string;

export function createNextId(): NextId {
  let serial = 46_656;
  return (kind) => {
    serial += 1;
    return `${kind}0SIM${serial.toString(36).toUpperCase().padStart(6, "0")}`;
  };
}

/** Makes times as Slack writes them, `seconds.micros`. They identify messages, so each is unique. */
export function createNextTs(now: () => Date): () => string {
  let lastMicros = 0;
  return () => {
    // Steps of 100 µs leave room for ten messages in one millisecond.
    lastMicros = Math.max(now().getTime() * 1_000, lastMicros + 100);
    return tsOfMicros(lastMicros);
  };
}

function tsOfMicros(micros: number): string {
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, "0")}`;
}

/** Compares two of Slack's times exactly; floating point would round them. */
export function compareTs(left: string, right: string): number {
  return microsOf(left) - microsOf(right);
}

/** Converts `1234`, `1234.5` or `1234.567890` to microseconds. NaN for other text. */
export function microsOf(ts: string): number {
  const [, seconds, fraction = ""] = /^(\d{1,10})(?:\.(\d{0,6}))?$/.exec(ts) ?? [];
  return seconds === undefined ? Number.NaN : Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}
