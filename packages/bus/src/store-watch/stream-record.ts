import type { Trouble, TroubleKind } from "./trouble.ts";

/** What one look at a stream changed: `began` also when an incident turns out to be of another kind. */
export type Change = "none" | "began" | "ended";

/** What the watch knows of one stream. */
export interface StreamRecord {
  /** Undefined until the first look. */
  readonly state: "unknown" | "stores" | "troubled";
  readonly trouble: Trouble | undefined;
  /** Takes in one more look. */
  see(found: Trouble | undefined): Change;
  /** What is known may be out of date: the connection was lost. */
  doubt(): void;
}

/** One look without an answer may be an election or a pause; two in a row are not. */
const silencesToBelieve = 2;
/** A stream at its limit takes a message now and then. */
const successesToBelieve = 2;

export function createStreamRecord(): StreamRecord {
  let trouble: Trouble | undefined;
  /** The kinds of this incident, each announced once. */
  const kinds = new Set<TroubleKind>();
  let known = false;
  let silences = 0;
  let successes = 0;

  const seeTrouble = (found: Trouble): Change => {
    successes = 0;
    silences += 1;
    if (trouble === undefined && found.kind === "unavailable" && silences < silencesToBelieve) return "none";
    trouble = found;
    if (kinds.has(found.kind)) return "none";
    kinds.add(found.kind);
    return "began";
  };
  const seeSuccess = (): Change => {
    silences = 0;
    known = true;
    if (trouble === undefined) return "none";
    successes += 1;
    if (successes < successesToBelieve) return "none";
    trouble = undefined;
    kinds.clear();
    successes = 0;
    return "ended";
  };
  return {
    get state() {
      if (trouble !== undefined) return "troubled";
      return known ? "stores" : "unknown";
    },
    get trouble() {
      return trouble;
    },
    see: (found) => (found === undefined ? seeSuccess() : seeTrouble(found)),
    doubt: () => {
      known = false;
    },
  };
}
