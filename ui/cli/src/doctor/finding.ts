/** The result of one check of `mio doctor`. */
export interface Finding {
  readonly name: string;
  /** `skipped`: missing or in use, but Mio works without it. */
  readonly state: "ok" | "failed" | "skipped";
  readonly detail: string;
  /** The next step; set unless the state is ok. */
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
