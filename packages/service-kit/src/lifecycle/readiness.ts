import { hideSecrets } from "../telemetry/hide-secrets.ts";
import type { Probe } from "./app.ts";
import type { SupervisedWorker } from "./supervise.ts";

/** Whether one worker, dependency or the app itself lets the process be ready. */
export interface Check {
  readonly name: string;
  readonly kind: "worker" | "probe" | "app";
  readonly ok: boolean;
  /** The process is ready all the same. */
  readonly advisory?: boolean;
  /** Why not; for operators, never for strangers. */
  readonly reason?: string;
  /** Worth knowing, and no trouble by itself; for operators too. */
  readonly detail?: string;
}

export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** Ready when every check is that is not advisory. */
export function toReadiness(checks: readonly Check[]): Readiness {
  return { ok: checks.every(({ ok, advisory }) => ok || advisory === true), checks };
}

/** Ready, and some of the work is not done: an advisory check fails. */
export function isDegraded({ ok, checks }: Readiness): boolean {
  return ok && checks.some((check) => !check.ok);
}

/** Whether a supervised worker lets the process be ready. */
export function checkWorker(worker: SupervisedWorker): Check {
  const { status, lastError } = worker.state();
  const check = { name: worker.name, kind: "worker" } as const;
  if (status === "running") return { ...check, ok: true };
  return {
    ...check,
    ok: false,
    reason: lastError === undefined ? status : `${status}: ${lastError.code}: ${lastError.message}`,
  };
}

const timeoutMs = 1000;

/** Asks one probe and never rejects; a probe that ignores its signal is given up after a second all the same. */
export async function checkProbe(probe: Probe): Promise<Check> {
  const abort = new AbortController();
  const { promise: expired, reject: expire } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    expire(new Error(`no answer within ${timeoutMs} ms`));
    abort.abort();
  }, timeoutMs);
  const detail = probe.detail?.();
  const check = {
    name: probe.name,
    kind: "probe",
    ...(probe.advisory === true && { advisory: true }),
    ...(detail !== undefined && { detail: hideSecrets(detail) }),
  } as const;
  try {
    await Promise.race([probe.check(abort.signal), expired]);
    return { ...check, ok: true };
  } catch (error) {
    return {
      ...check,
      ok: false,
      reason: hideSecrets(error instanceof Error ? error.message : String(error)),
    };
  } finally {
    clearTimeout(timer);
  }
}
