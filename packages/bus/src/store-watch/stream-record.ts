import type { Trouble, TroubleKind } from "./trouble.ts";

/** The change by one check of a stream; `began` also when the kind of an incident changes. */
export type Change = "none" | "began" | "ended";

/** The state of one stream. */
export interface StreamRecord {
  /** Undefined until the first check. */
  readonly state: "unknown" | "stores" | "troubled";
  readonly trouble: Trouble | undefined;
  /** Records one check. */
  see(found: Trouble | undefined): Change;
  /** The connection was lost, so the state may be outdated. */
  doubt(): void;
}

/** One check without an answer may be an election or a pause; two in a row are an incident. */
const silencesToBelieve = 2;
/** A stream at its limit accepts a message now and then. */
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
