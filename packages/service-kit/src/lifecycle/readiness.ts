import { type Clock, systemClock } from "@mio/pacing";
import { hideSecrets } from "../telemetry/hide-secrets.ts";
import type { Probe } from "./app.ts";
import type { SupervisedWorker } from "./supervise.ts";

/** The result of one worker, dependency, or the app itself. */
export interface Check {
  /** The service it belongs to, if one process runs several. */
  readonly service?: string;
  readonly name: string;
  readonly kind: "worker" | "probe" | "app";
  readonly ok: boolean;
  /** A failure does not affect readiness. */
  readonly advisory?: boolean;
  /** Reason of a failure; for operators, never for external callers. */
  readonly reason?: string;
  /** Further information, also while healthy; for operators only. */
  readonly detail?: string;
}

/** The readiness of a process: of everything, or of accepting work. */
export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** Ready if every non-advisory check is ok. */
export function toReadiness(checks: readonly Check[]): Readiness {
  return { ok: checks.every(({ ok, advisory }) => ok || advisory === true), checks };
}

/** Ready, but an advisory check fails: part of the work is not done. */
export function isDegraded({ ok, checks }: Readiness): boolean {
  return ok && checks.some((check) => !check.ok);
}

/** The check of a supervised worker. */
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

/** Whether the process cannot accept work while this probe fails. */
export function isNeededToAccept({ neededTo = "accept", advisory = false }: Probe): boolean {
  return neededTo === "accept" && !advisory;
}

const timeoutMs = 1000;

/** Runs one probe; never rejects. A probe that ignores its signal fails after a second. */
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

/** Runs a probe, or returns its cached result. */
export type ProbeCheck = () => Promise<Check>;

const keptMs = 1000;

/**
 * The check of a probe for endpoints that anyone may call at any rate: one call at a time, and its result is cached
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
