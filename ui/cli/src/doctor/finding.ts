/** What the doctor says about one thing. */
export interface Finding {
  readonly name: string;
  /** `skipped`: missing or in use, but nothing fails for it. */
  readonly state: "ok" | "failed" | "skipped";
  readonly detail: string;
  /** The repair, for everything that is not ok. */
  readonly next?: string;
}

export function ok(name: string, detail: string): Finding {
  return { name, state: "ok", detail };
}

export function failed(name: string, detail: string, next: string): Finding {
  return { name, state: "failed", detail, next };
}

export function skipped(name: string, detail: string, next: string): Finding {
  return { name, state: "skipped", detail, next };
}
