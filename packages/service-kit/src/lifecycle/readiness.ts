import { type Clock, systemClock } from "@mio/pacing";
import { hideSecrets } from "../telemetry/hide-secrets.ts";
import type { Probe } from "./app.ts";
import type { SupervisedWorker } from "./supervise.ts";

/** Whether one worker, dependency or the app itself lets the process be ready. */
export interface Check {
  /** Whose check it is, where one process runs several services. */
  readonly service?: string;
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

/** Where a process stands: all of it, or as far as taking work is concerned. */
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

/** Whether the process can take no work while this probe fails. */
export function isNeededToAccept({ neededTo = "accept", advisory = false }: Probe): boolean {
  return neededTo === "accept" && !advisory;
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

/** Asks a probe, or gives the answer of a moment ago. */
export type ProbeCheck = () => Promise<Check>;

const keptMs = 1000;

/**
 * The check of a probe for endpoints that strangers may call as often as they like: one at a time, and its answer is kept
 * for a second.
 */
export function keepCheck(probe: Probe, clock: Pick<Clock, "now"> = systemClock): ProbeCheck {
  let latest: { readonly answer: Promise<Check>; keptUntil: number } | undefined;
  const now = (): number => clock.now().getTime();
  return () => {
    if (latest !== undefined && now() < latest.keptUntil) return latest.answer;
    const asked = { answer: checkProbe(probe), keptUntil: Number.POSITIVE_INFINITY };
    latest = asked;
    void asked.answer.then(() => {
      asked.keptUntil = now() + keptMs;
    });
    return asked.answer;
  };
}
