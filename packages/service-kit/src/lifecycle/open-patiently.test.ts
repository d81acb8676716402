import { MioError } from "@mio/failure";
import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { openPatiently } from "./open-patiently.ts";

const away = new MioError("bus.unavailable", "There is no connection to NATS.", { retry: "soon" });
const wrong = new MioError("bus.server_too_old", "Too old.", { retry: "never" });

interface Opened extends AsyncDisposable {
  readonly name: string;
}

function play(errors: readonly Error[], stop: Promise<unknown> = new Promise(() => undefined)) {
  const time = { ms: 0 };
  const sleeps: number[] = [];
  const failures: string[] = [];
  const disposed: string[] = [];
  const waits: string[] = [];
  let attempts = 0;
  let pausing = async (): Promise<void> => undefined;
  const opened: Opened = {
    name: "app",
    [Symbol.asyncDispose]: async () => void disposed.push("app"),
  };
  const destination = { write: (line: string) => void waits.push(line) };
  return {
    sleeps,
    failures,
    disposed,
    waits,
    attempts: () => attempts,
    opened,
    pauseForReal: () => {
      pausing = () => new Promise<void>((resolve) => setTimeout(resolve, 50));
    },
    open: (open?: () => Promise<Opened>) =>
      openPatiently(
        open ??
          (async () => {
            const error = errors[attempts];
            attempts += 1;
            if (error !== undefined) throw error;
            return opened;
          }),
        {
          clock: {
            now: () => new Date(time.ms),
            sleep: async (ms) => {
              sleeps.push(ms);
              time.ms += ms;
              await pausing();
            },
          },
          logger: createLogger({ service: "test", level: "warn", pretty: false, destination }),
          stop,
          patienceMs: 10_000,
          onFailure: ({ code }) => void failures.push(code),
        },
      ),
  };
}

describe("openPatiently", () => {
  it("retries with growing delays and logs once what it waits for", async () => {
    const played = play(Array.from({ length: 5 }, () => away));
    expect(await played.open()).toBe(played.opened);
    expect(played.sleeps).toEqual([250, 500, 1_000, 2_000, 2_000]);
    expect(played.failures).toHaveLength(5);
    expect(played.waits).toHaveLength(1);
    expect(played.disposed).toEqual([]);
  });

  it("logs again when it waits for something else", async () => {
    const postgres = new MioError("store.unavailable", "Postgres does not answer.", { retry: "soon" });
    const played = play([postgres, postgres, away]);
    await played.open();
    expect(played.waits).toHaveLength(2);
  });

  it.for<[what: string, error: Error]>([
    ["an error that is never retried", wrong],
    ["an error of unknown kind", new TypeError("undefined is not a function")],
  ])("does not retry %s", async ([_what, error]) => {
    const played = play([error]);
    await expect(played.open()).rejects.toBe(error);
    expect([played.attempts(), played.sleeps, played.failures]).toEqual([1, [], []]);
  });

  it("gives up with the last error when the time is up", async () => {
    const played = play(Array.from({ length: 100 }, () => away));
    await expect(played.open()).rejects.toBe(away);
    const slept = played.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(slept).toBeLessThanOrEqual(10_000);
    expect(slept).toBeGreaterThan(8_000);
  });

  it("ends on a stop request and closes what opens afterwards", async () => {
    const { promise: late, resolve: open } = Promise.withResolvers<Opened>();
    const played = play([], Promise.resolve());
    expect(await played.open(() => late)).toBeUndefined();
    open(played.opened);
    await expect.poll(() => played.disposed).toEqual(["app"]);
  });

  it("ends its delay on a stop request and opens nothing more", async () => {
    const { promise: stop, resolve } = Promise.withResolvers<void>();
    const played = play([], stop);
    let attempts = 0;
    const open = async () => {
      attempts += 1;
      // After the error, during the delay.
      if (attempts === 1) setImmediate(resolve);
      throw away;
    };
    played.pauseForReal();
    expect(await played.open(open)).toBeUndefined();
    expect(attempts).toBe(1);
  });
});
