import { describe, expect, it } from "vitest";
import type { CredentialHealth, Credentials, NewCredentials } from "../access/credentials.ts";
import { createLocalVault } from "../access/local-vault.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";
import { createTokenSource, type TokenSource } from "./token-source.ts";

const minute = 60_000;
const signal = new AbortController().signal;

type Answer = { readonly token: string; readonly lifeMs?: number } | Error;

const down = (retryAfterMs?: number): DeliveryError =>
  new DeliveryError({
    kind: "transient",
    reason: "platform_down",
    message: "down",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
const refusal = (): DeliveryError =>
  new DeliveryError({
    kind: "permanent",
    reason: "refresh_failed",
    message: "refused",
    details: { platformCode: "invalid_grant" },
  });

interface World {
  readonly vault: ReturnType<typeof createLocalVault>;
  readonly reports: CredentialHealth[];
  /** The platform's next answers; the last one repeats. */
  readonly answers: Answer[];
  /** The arguments of `refresh`. */
  readonly asked: (Credentials | undefined)[];
  pass(ms: number): void;
  open(random?: number): TokenSource;
}

/** One account and its platform; `open` is one process. */
function world(initial?: NewCredentials): World {
  let at = 0;
  const reports: CredentialHealth[] = [];
  const answers: Answer[] = [];
  const asked: (Credentials | undefined)[] = [];
  const vault = {
    ...createLocalVault(initial),
    report: (health: CredentialHealth) => {
      reports.push(health);
      return Promise.resolve();
    },
  };
  const refresh = async (held: Credentials | undefined): Promise<NewCredentials> => {
    asked.push(held);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error("nothing scripted");
    return { secrets: { token: answer.token }, expiresAt: new Date(at + (answer.lifeMs ?? 60 * minute)) };
  };
  return {
    vault,
    reports,
    answers,
    asked,
    pass: (ms) => {
      at += ms;
    },
    open: (random = 0) =>
      createTokenSource({
        vault,
        now: () => new Date(at),
        random: () => random,
        tokenName: "token",
        leadMs: 5 * minute,
        refresh,
      }),
  };
}

const kept = (token: string, endsAt: number | undefined): NewCredentials => ({
  secrets: { token },
  expiresAt: endsAt === undefined ? undefined : new Date(endsAt),
});

describe("a token", () => {
  it.each([
    [0, 5],
    [0.5, 5.5],
    [0.75, 5.75],
  ])("is kept until its lead, spread by chance (%d)", async (random, leadMinutes) => {
    const { open, answers, pass, asked } = world();
    answers.push({ token: "a" }, { token: "b" });
    const tokens = open(random);
    expect(await tokens.get(signal)).toBe("a");
    pass((60 - leadMinutes) * minute - 1);
    expect(await tokens.get(signal)).toBe("a");
    pass(1);
    expect(await tokens.get(signal)).toBe("b");
    expect(asked).toHaveLength(2);
  });

  it("in the vault is used without a request, also one that never expires", async () => {
    const { open, asked, pass } = world(kept("bot", undefined));
    const tokens = open();
    expect(await tokens.get(signal)).toBe("bot");
    pass(10_000 * minute);
    expect(await tokens.get(signal)).toBe("bot");
    expect(asked).toEqual([]);
  });

  it("that is about to expire when it is read is replaced, with the vault's credentials", async () => {
    const { open, answers, asked } = world(kept("old", 4 * minute));
    answers.push({ token: "new" });
    expect(await open().get(signal)).toBe("new");
    expect(asked).toMatchObject([{ secrets: { token: "old" } }]);
  });

  it("with a lifetime below the lead is used for half of it", async () => {
    const { open, answers, asked, pass } = world();
    answers.push({ token: "a", lifeMs: 60_000 }, { token: "b", lifeMs: 60_000 });
    const tokens = open();
    for (const _ of [1, 2, 3]) expect(await tokens.get(signal)).toBe("a");
    pass(29_999);
    expect(await tokens.get(signal)).toBe("a");
    pass(1);
    expect(await tokens.get(signal)).toBe("b");
    expect(asked).toHaveLength(2);
  });

  it("that is invalid on arrival is an error, not a loop", async () => {
    const { open, answers, asked } = world();
    answers.push({ token: "dead", lifeMs: -1 });
    await expect(open().get(signal)).rejects.toMatchObject({ kind: "transient", reason: "refresh_failed" });
    expect(asked).toHaveLength(1);
  });
});

describe("many callers", () => {
  it("cause one refresh", async () => {
    const { open, answers, asked } = world();
    answers.push({ token: "a" });
    const tokens = open();
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.get(signal)));
    expect(new Set(all)).toEqual(new Set(["a"]));
    expect(asked).toHaveLength(1);
  });

  it("cause one refresh in all processes", async () => {
    const { open, answers, asked, pass } = world();
    answers.push({ token: "a" }, { token: "b" });
    const processes = [open(), open(0.3), open(0.9)];
    const getAll = () =>
      Promise.all(
        Array.from({ length: 51 }, (_, index) => processes[index % 3]?.get(signal) ?? Promise.reject()),
      );
    expect(new Set(await getAll())).toEqual(new Set(["a"]));
    pass(56 * minute);
    expect(new Set(await getAll())).toEqual(new Set(["b"]));
    expect(asked).toHaveLength(2);
  });

  it("may abort alone", async () => {
    const { open, answers, asked } = world();
    answers.push({ token: "a" });
    const tokens = open();
    const patient = tokens.get(signal);
    await expect(tokens.get(AbortSignal.abort())).rejects.toMatchObject({
      kind: "transient",
      reason: "timeout",
    });
    expect(await patient).toBe("a");
    expect(asked).toHaveLength(1);
  });
});

describe("a refresh that fails for now", () => {
  it("costs no caller a token that is still valid", async () => {
    const { open, answers, pass } = world();
    answers.push({ token: "a" }, down());
    const tokens = open();
    await tokens.get(signal);
    pass(56 * minute);
    expect(await tokens.get(signal)).toBe("a");
    pass(4 * minute);
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient", reason: "platform_down" });
  });

  it("is retried with a backoff that doubles to a minute, for any number of callers", async () => {
    const { open, answers, asked, pass } = world();
    answers.push(down());
    const tokens = open(1);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient" });
      expect(asked).toHaveLength(attempt);
      const retry = await tokens.get(signal).catch((error: DeliveryError) => error.retry);
      const waitMs = typeof retry === "object" ? retry.afterMs : 0;
      waits.push(waitMs);
      pass(waitMs - 1);
      await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient" });
      expect(asked).toHaveLength(attempt);
      pass(1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
  });

  it("waits for as long as the platform wants", async () => {
    const { open, answers, asked, pass } = world();
    answers.push(down(90_000), { token: "a" });
    const tokens = open();
    await expect(tokens.get(signal)).rejects.toMatchObject({ retry: { afterMs: 90_000 } });
    pass(89_000);
    await expect(tokens.get(signal)).rejects.toMatchObject({ retry: { afterMs: 1_000 } });
    pass(1_000);
    expect(await tokens.get(signal)).toBe("a");
    expect(asked).toHaveLength(2);
  });

  it("of any other kind is not a verdict about the credentials", async () => {
    const { open, answers, reports, pass } = world();
    answers.push(new Error("the vault is away"), { token: "a" });
    const tokens = open();
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient", reason: "refresh_failed" });
    expect(reports).toEqual([]);
    pass(1_000);
    expect(await tokens.get(signal)).toBe("a");
  });
});

describe("credentials that the platform refuses", () => {
  it("fail all callers, are reported to the vault once, and are not tried again", async () => {
    const { open, answers, asked, reports, pass } = world(kept("ended", 0));
    answers.push(refusal());
    const tokens = open();
    for (let seconds = 0; seconds < 60; seconds += 1) {
      const all = await Promise.allSettled(Array.from({ length: 5 }, () => tokens.get(signal)));
      for (const one of all)
        expect(one).toMatchObject({ reason: { kind: "permanent", reason: "refresh_failed" } });
      pass(1_000);
    }
    expect(asked).toHaveLength(1);
    expect(reports).toEqual([{ state: "reauth_required", reason: "invalid_grant" }]);
  });

  it("keep a valid token in use", async () => {
    const { open, answers, reports, pass } = world();
    answers.push({ token: "a" }, refusal());
    const tokens = open();
    await tokens.get(signal);
    pass(56 * minute);
    expect(await tokens.get(signal)).toBe("a");
    expect(reports.at(-1)).toMatchObject({ state: "reauth_required" });
  });

  it("are retried after five minutes, and the recovery is reported", async () => {
    const { open, answers, reports, pass } = world(kept("ended", 0));
    answers.push(refusal(), { token: "a" }, { token: "b" });
    const tokens = open();
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "permanent" });
    pass(5 * minute);
    expect(await tokens.get(signal)).toBe("a");
    pass(56 * minute);
    expect(await tokens.get(signal)).toBe("b");
    expect(reports.map(({ state }) => state)).toEqual(["reauth_required", "ok"]);
  });

  it("are dropped as soon as the vault has others, which are tried", async () => {
    const { vault, open, answers, asked, reports, pass } = world(kept("ended", 0));
    answers.push(refusal());
    const tokens = open();
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "permanent" });
    const stale = await vault.read();
    await vault.renew({
      staleVersion: stale?.version,
      ask: () => Promise.resolve(kept("typed in", 60 * minute)),
    });
    pass(1_000);
    expect(await tokens.get(signal)).toBe("typed in");
    expect(asked).toHaveLength(1);
    pass(60 * minute);
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "permanent" });
    expect(reports.map(({ state }) => state)).toEqual(["reauth_required", "reauth_required"]);
  });

  it("do not fail a command when the report to the vault fails", async () => {
    const { vault, open, answers } = world();
    answers.push({ token: "a" });
    Object.assign(vault, { report: () => Promise.reject(new Error("the vault is away")) });
    expect(await open().get(signal)).toBe("a");
  });
});

describe("a token that the platform refused", () => {
  it("is replaced once; the one that replaced it is kept", async () => {
    const { open, answers, asked } = world();
    answers.push({ token: "a" }, { token: "b" }, { token: "c" });
    const tokens = open();
    await tokens.get(signal);
    expect(tokens.invalidate("a")).toBe(true);
    expect(await tokens.get(signal)).toBe("b");
    expect(tokens.invalidate("a")).toBe(true);
    expect(await tokens.get(signal)).toBe("b");
    expect(asked).toHaveLength(2);
  });

  it("is replaced by what another process got, without asking", async () => {
    const { open, answers, asked } = world();
    answers.push({ token: "a" }, { token: "b" });
    const [one, other] = [open(), open()];
    await Promise.all([one.get(signal), other.get(signal)]);
    one.invalidate("a");
    expect(await one.get(signal)).toBe("b");
    other.invalidate("a");
    expect(await other.get(signal)).toBe("b");
    expect(asked).toHaveLength(2);
  });

  it("is kept when it is younger than the caller suspects, in the process that only adopted it too", async () => {
    const { open, answers, pass } = world();
    answers.push({ token: "a" }, { token: "b" });
    const [one, other] = [open(), open()];
    await Promise.all([one.get(signal), other.get(signal)]);
    pass(56 * minute);
    await one.get(signal);
    await other.get(signal);
    for (const tokens of [one, other]) {
      expect(tokens.invalidate("b", minute)).toBe(false);
      expect(await tokens.get(signal)).toBe("b");
    }
    pass(minute);
    expect(one.invalidate("b", minute)).toBe(true);
  });

  it("counts as rejected when its age is unknown", async () => {
    const { open, answers } = world(kept("found", 60 * minute));
    answers.push({ token: "new" });
    const tokens = open();
    await tokens.get(signal);
    expect(tokens.invalidate("found", minute)).toBe(true);
    expect(await tokens.get(signal)).toBe("new");
  });
});
