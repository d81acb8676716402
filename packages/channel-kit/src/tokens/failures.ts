import type { CredentialHealth, CredentialVault } from "../access/credentials.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** How often a refused account looks whether somebody has put new credentials into the vault. */
const lookAgainMs = 1_000;
/** How often the platform is asked again with what it refused: its refusal may have been its own fault. */
const askAgainMs = 5 * 60_000;

interface Failure {
  readonly error: DeliveryError;
  readonly version: string | undefined;
  readonly attempts: number;
  /** Nobody is asked before this. */
  readonly retryAt: number;
  /** The platform is not asked before this, with the credentials of that version. */
  readonly askAt: number;
}

/** Remembers that a token could not be got, so that a platform in trouble is not asked for each command. */
export interface Failures {
  /** @throws DeliveryError when it is too early to try again. */
  throwIfStanding(): void;
  /** @throws DeliveryError when the platform has refused these very credentials a short while ago. */
  throwIfRefused(version: string | undefined): void;
  /** Remembers a failure with the credentials of that version, tells the vault when it is a refusal, and throws it. */
  fail(cause: unknown, version: string | undefined): Promise<never>;
  /** Credentials came from elsewhere: the platform has not judged them yet. */
  forget(): void;
  /** The platform gave a token; tells the vault unless it was told. */
  clear(): Promise<void>;
}

export function createFailures(options: {
  readonly vault: Pick<CredentialVault, "report">;
  readonly now: () => Date;
  readonly random: () => number;
}): Failures {
  const now = (): number => options.now().getTime();
  let failure: Failure | undefined;
  let told: CredentialHealth["state"] | undefined;

  const tell = async (health: CredentialHealth): Promise<void> => {
    if (told === health.state) return;
    // Health is for operators; a vault that is away must not cost a command. It is told the next time.
    await options.vault.report(health).then(
      () => (told = health.state),
      () => (told = undefined),
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
        await tell({ state: "reauth_required", reason: reasonOf(error) });
      } else {
        const retryAt = at + retryMs(error, attempts, options.random);
        failure = { error, version, attempts, retryAt, askAt: retryAt };
      }
      throw error;
    },
    forget: () => {
      if (failure?.error.kind === "permanent") told = undefined;
      failure = undefined;
    },
    clear: () => {
      failure = undefined;
      return tell({ state: "ok" });
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

/** Doubles up to a minute, with the upper half of each step left to chance; longer when the platform asks for it. */
function retryMs(error: DeliveryError, attempts: number, random: () => number): number {
  const ceiling = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1));
  const wanted = typeof error.retry === "object" ? error.retry.afterMs : 0;
  const spread = Math.round(ceiling * (0.5 + random() / 2));
  return Math.max(spread, Math.min(wanted, askAgainMs));
}

/** Senders throw nothing else; what a vault or a programming error throws is no verdict of the platform. */
function toDeliveryError(cause: unknown): DeliveryError {
  if (cause instanceof DeliveryError && cause.kind !== "unknown") return cause;
  const message = "The account's credentials could not be read or renewed.";
  return new DeliveryError({ kind: "transient", reason: "refresh_failed", message, cause });
}

/** The platform's own word for it when there is one. */
function reasonOf({ details, reason }: DeliveryError): string {
  const word = details["platformCode"];
  return typeof word === "string" && word !== "" ? word : reason;
}
