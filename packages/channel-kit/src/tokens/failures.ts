import { createBackoff } from "@mio/pacing";
import type { CredentialHealth, CredentialVault } from "../access/credentials.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";

const backoff = createBackoff({ baseMs: 1_000, maxMs: 60_000 });
/** How often a rejected account checks the vault for new credentials. */
const lookAgainMs = 1_000;
/** How often rejected credentials are tried again: the platform may have been at fault. */
const askAgainMs = 5 * 60_000;

interface Failure {
  readonly error: DeliveryError;
  readonly version: string | undefined;
  readonly attempts: number;
  /** Neither the vault nor the platform is asked before this. */
  readonly retryAt: number;
  /** The platform is not asked before this with the credentials of that version. */
  readonly askAt: number;
}

/** Remembers failed token requests, so that a platform in trouble is not asked for each command. */
export interface Failures {
  /** @throws DeliveryError when it is too early to retry. */
  throwIfStanding(): void;
  /** @throws DeliveryError when the platform has recently rejected the credentials of this version. */
  throwIfRefused(version: string | undefined): void;
  /** Records a failure with the credentials of that version, reports a rejection to the vault, and throws it. */
  fail(cause: unknown, version: string | undefined): Promise<never>;
  /** Another process stored new credentials, which the platform has not judged yet. */
  forget(): void;
  /** The platform gave a token. Reports it to the vault unless it was reported. */
  clear(): Promise<void>;
}

export function createFailures(options: {
  readonly vault: Pick<CredentialVault, "report">;
  readonly now: () => Date;
  readonly random: () => number;
}): Failures {
  const now = (): number => options.now().getTime();
  let failure: Failure | undefined;
  let reported: CredentialHealth["state"] | undefined;

  const report = async (health: CredentialHealth): Promise<void> => {
    if (reported === health.state) return;
    // Health is for operators: an unreachable vault must not fail a command. The next call reports again.
    await options.vault.report(health).then(
      () => (reported = health.state),
      () => (reported = undefined),
    );
  };

  return {
    throwIfStanding: () => {
      if (failure === undefined || now() >= failure.retryAt) return;
      throw waiting(failure, now());
    },
    throwIfRefused: (version) => {
      if (failure?.error.kind !== "permanent") return;
      if (failure.version !== version || now() >= failure.askAt) return;
      failure = { ...failure, retryAt: now() + lookAgainMs };
      throw failure.error;
    },
    fail: async (cause, version) => {
      const error = toDeliveryError(cause);
      const attempts = (failure?.attempts ?? 0) + 1;
      const at = now();
      if (error.kind === "permanent") {
        failure = { error, version, attempts, retryAt: at + lookAgainMs, askAt: at + askAgainMs };
        await report({ state: "reauth_required", reason: reasonOf(error) });
      } else {
        const retryAt = at + retryMs(error, attempts, options.random);
        failure = { error, version, attempts, retryAt, askAt: retryAt };
      }
      throw error;
    },
    forget: () => {
      if (failure?.error.kind === "permanent") reported = undefined;
      failure = undefined;
    },
    clear: () => {
      failure = undefined;
      return report({ state: "ok" });
    },
  };
}

function waiting({ error, retryAt }: Failure, now: number): DeliveryError {
  if (error.kind === "permanent") return error;
  const { reason, message } = error;
  return new DeliveryError({
    kind: "transient",
    reason,
    message,
    retryAfterMs: retryAt - now,
    cause: error,
  });
}

/** Doubles up to a minute, with jitter over the upper half of each step. Longer if the platform asks for it. */
function retryMs(error: DeliveryError, attempts: number, random: () => number): number {
  const ceiling = backoff.ceilingMs(attempts);
  const wanted = typeof error.retry === "object" ? error.retry.afterMs : 0;
  const spread = Math.round(ceiling * (0.5 + random() / 2));
  return Math.max(spread, Math.min(wanted, askAgainMs));
}

/** Senders throw only `DeliveryError`. Errors of the vault and bugs are not verdicts of the platform. */
function toDeliveryError(cause: unknown): DeliveryError {
  if (cause instanceof DeliveryError && cause.kind !== "unknown") return cause;
  const message = "The account's credentials could not be read or renewed.";
  return new DeliveryError({ kind: "transient", reason: "refresh_failed", message, cause });
}

/** The platform's error code, if there is one. */
function reasonOf({ details, reason }: DeliveryError): string {
  const word = details["platformCode"];
  return typeof word === "string" && word !== "" ? word : reason;
}
