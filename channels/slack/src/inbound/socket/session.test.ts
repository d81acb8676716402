import { MioError } from "@mio/failure";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PlayedSlack } from "../../../test/played-slack.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function connected(prepare: (slack: PlayedSlack) => void = () => undefined): Promise<PlayedSlack> {
  const slack = new PlayedSlack();
  prepare(slack);
  void slack.run();
  await settle();
  slack.wire().hello();
  await settle();
  return slack;
}

describe("an account", () => {
  it("without an app token gets no connection", async () => {
    const slack = new PlayedSlack();
    slack.tokens = undefined;
    await slack.run();
    expect(slack.kinds()).toEqual(["unused"]);
    expect(slack.calls).toEqual([]);
  });

  it("is asked who it is with the bot token and connected with the app token", async () => {
    const slack = await connected();
    expect(slack.calls).toEqual(["auth.test xoxb", "apps.connections.open xapp"]);
    expect(slack.kinds()).toEqual(["connecting", "open"]);
    expect(slack.health).toEqual([{ state: "ok" }]);
  });

  it("can be connected without a bot token", async () => {
    const slack = await connected((one) => {
      one.tokens = { version: "1", appToken: "xapp", botTokens: undefined };
    });
    expect(slack.calls).toEqual(["apps.connections.open xapp"]);
    expect(slack.kinds()).toEqual(["connecting", "open"]);
  });

  it("of another workspace than its token is refused, and the operator sees both", async () => {
    const slack = new PlayedSlack();
    slack.identity = { kind: "ok", value: { teamId: "T9", enterpriseId: "E9", userId: "U", botId: "B" } };
    void slack.run();
    await settle();
    expect(slack.kinds()).toEqual(["connecting", "refused"]);
    const reason = "team_mismatch: the token belongs to T9 or E9";
    expect(slack.health).toEqual([{ state: "reauth_required", reason }]);
    const message = "The bot token belongs to workspace T9 or E9; external_id of the account is workspace.";
    const details = { reason: "team_mismatch", workspace: "T9 or E9" };
    expect(slack.states.at(-1)).toMatchObject({ error: { code: "socket.refused", message, details } });
  });

  it("of another workspace is refused without what does not look like an id", async () => {
    const slack = new PlayedSlack();
    slack.identity = { kind: "ok", value: { teamId: "T9", enterpriseId: "<b>", userId: "U", botId: "B" } };
    void slack.run();
    await settle();
    expect(slack.states.at(-1)).toMatchObject({ error: { details: { workspace: "T9" } } });
  });
});

describe("trouble before the socket", () => {
  const failure = new MioError("socket.unavailable", "no", { retry: "soon" });

  it("is retried without end, with waits that double up to a minute", async () => {
    const slack = new PlayedSlack();
    slack.connection = { kind: "failed", error: failure };
    void slack.run();
    await settle(10 * 60_000);
    const waits = slack.states.flatMap((state) => (state.kind === "lost" ? [state.retryAfterMs] : []));
    expect(waits.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(waits.length).toBeGreaterThan(12);
  });

  it("waits with full jitter, so that many do not reconnect at once", async () => {
    const slack = new PlayedSlack();
    slack.random = 0.25;
    slack.connection = { kind: "failed", error: failure };
    void slack.run();
    await settle(1_000);
    expect(slack.states.at(1)).toMatchObject({ kind: "lost", retryAfterMs: 250 });
    expect(slack.states.at(3)).toMatchObject({ kind: "lost", retryAfterMs: 500 });
  });

  it("waits as long as Slack asks", async () => {
    const slack = new PlayedSlack();
    slack.connection = { kind: "failed", error: failure, retryAfterMs: 90_000 };
    void slack.run();
    await settle(89_000);
    expect(slack.calls.filter((call) => call.startsWith("apps."))).toHaveLength(1);
    await settle(2_000);
    expect(slack.calls.filter((call) => call.startsWith("apps."))).toHaveLength(2);
  });

  it("that only a person can fix is reported, and retried rarely", async () => {
    const slack = new PlayedSlack();
    slack.random = 0.5;
    slack.connection = { kind: "refused", reason: "invalid_auth" };
    void slack.run();
    await settle(299_000);
    expect(slack.states.at(-1)).toMatchObject({ kind: "refused", retryAfterMs: 300_000 });
    expect(slack.health).toEqual([{ state: "reauth_required", reason: "invalid_auth" }]);
    expect(slack.calls.filter((call) => call.startsWith("apps."))).toHaveLength(1);
    await settle(2_000);
    expect(slack.calls.filter((call) => call.startsWith("apps."))).toHaveLength(2);
  });

  it("recovers soon after the credentials change", async () => {
    const slack = new PlayedSlack();
    slack.connection = { kind: "refused", reason: "token_revoked" };
    void slack.run();
    await settle(1_000);
    slack.connection = { kind: "ok", value: new URL("wss://wss.slack.test/") };
    slack.tokens = { version: "2", appToken: "xapp-2", botTokens: undefined };
    await settle(15_000);
    slack.wire().hello();
    await settle();
    expect(slack.states.at(-1)).toMatchObject({ kind: "open" });
    expect(slack.health.at(-1)).toEqual({ state: "ok" });
  });
});

describe("a connection", () => {
  it("reports Slack's count of the app's connections, and its limit", async () => {
    const slack = await connected();
    expect(slack.states.at(-1)).toEqual({ kind: "open", connections: { count: 1, limit: 10 } });
  });

  it.each([undefined, "many", 0])("is open though Slack counts %j", async (num_connections) => {
    const slack = new PlayedSlack();
    void slack.run();
    await settle();
    slack.wire().receive({ type: "hello", num_connections });
    await settle();
    expect(slack.states.at(-1)).toEqual({ kind: "open" });
  });

  it("above Slack's limit is retried after a wait, and marks no account", async () => {
    const slack = new PlayedSlack();
    void slack.run();
    await settle();
    slack.wire().receive({ type: "disconnect", reason: "too_many_websockets" });
    await settle();
    expect(slack.wire().ending).toBe("terminated");
    expect(slack.states.at(-1)).toMatchObject({ kind: "lost", retryAfterMs: 1_000 });
    expect(slack.states.at(-1)).toHaveProperty(
      "error.message",
      expect.stringContaining("too_many_websockets"),
    );
    await settle(1_000);
    slack.wire().receive({ type: "disconnect", reason: "too_many_websockets" });
    await settle();
    expect(slack.states.at(-1)).toMatchObject({ kind: "lost", retryAfterMs: 2_000 });
    expect(slack.health).toEqual([]);
  });

  it("that breaks is replaced after a short wait", async () => {
    const slack = await connected();
    await settle(60_000);
    slack.wire().break();
    await settle();
    expect(slack.states.at(-1)).toMatchObject({
      kind: "lost",
      error: { code: "socket.lost" },
      retryAfterMs: 1_000,
    });
    await settle(1_000);
    expect(slack.wires).toHaveLength(2);
  });

  it("that breaks again and again is retried with backoff", async () => {
    const slack = await connected();
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      slack.wire().break();
      await settle();
      const state = slack.states.at(-1);
      const wait = state?.kind === "lost" ? state.retryAfterMs : 0;
      waits.push(wait);
      await settle(wait);
      slack.wire().hello();
      await settle();
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000]);
  });

  it.each(["warning", "refresh_requested", "link_disabled"])(
    "that Slack wants replaced (%s) is closed only when the next one is open",
    async (reason) => {
      const slack = await connected();
      await settle(61_000);
      const [old] = slack.wires;
      old?.receive({ type: "disconnect", reason });
      await settle();
      expect(slack.wires).toHaveLength(2);
      old?.message("late");
      await settle();
      expect(old).toMatchObject({ ending: "open" });
      expect(old?.acknowledged()).toEqual(["late"]);
      slack.wire().hello();
      await settle();
      expect(old?.ending).toBe("closed");
      expect(slack.kinds()).toEqual(["connecting", "open", "open"]);
    },
  );

  it("that is replaced finishes its events in progress first", async () => {
    const slack = await connected();
    await settle(61_000);
    const safe = Promise.withResolvers<void>();
    slack.accept = () => safe.promise;
    const [old] = slack.wires;
    old?.message("slow");
    old?.receive({ type: "disconnect", reason: "warning" });
    await settle();
    slack.wire().hello();
    await settle(2_000);
    expect(old?.ending).toBe("open");
    safe.resolve();
    await settle();
    expect(old?.acknowledged()).toEqual(["slow"]);
    expect(old?.ending).toBe("closed");
  });

  it("that cannot be replaced continues, without a lost state", async () => {
    const slack = await connected();
    await settle(61_000);
    slack.connection = { kind: "failed", error: new MioError("socket.unavailable", "no", { retry: "soon" }) };
    slack.wire().receive({ type: "disconnect", reason: "refresh_requested" });
    await settle(3_000);
    slack.wire().message("still here");
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["still here"]);
    expect(slack.kinds()).toEqual(["connecting", "open"]);
  });
});

describe("silence", () => {
  const silent = { kind: "lost", error: { code: "socket.silent" } };

  it("is not mistaken while our pings are answered", async () => {
    const slack = await connected();
    await settle(30 * 60_000);
    expect(slack.kinds()).toEqual(["connecting", "open"]);
  });

  it("of a half-open connection is detected within half a minute", async () => {
    const slack = await connected();
    slack.wire().answersPings = false;
    await settle(30_000);
    expect(slack.states).toContainEqual(expect.objectContaining({ kind: "lost" }));
    expect(slack.states.find(({ kind }) => kind === "lost")).toMatchObject(silent);
    expect(slack.wire(0).ending).toBe("terminated");
    expect(slack.wires.length).toBeGreaterThan(1);
  });

  it("of a Slack whose pings have stopped is detected although a proxy answers our pings", async () => {
    const slack = await connected();
    slack.wire().askWhetherAlive();
    await settle(45_000);
    expect(slack.states.find(({ kind }) => kind === "lost")).toMatchObject(silent);
  });

  it("instead of a greeting is not waited for", async () => {
    const slack = new PlayedSlack();
    void slack.run();
    await settle(15_500);
    expect(slack.states.at(-1)).toMatchObject(silent);
  });
});

describe("the end", () => {
  it("finishes and acknowledges the events in progress, then closes", async () => {
    const slack = new PlayedSlack();
    const over = slack.run();
    await settle();
    slack.wire().hello();
    const safe = Promise.withResolvers<void>();
    slack.accept = () => safe.promise;
    slack.wire().message("1");
    await settle();
    slack.stop.abort();
    await settle();
    slack.wire().message("too late");
    await settle(1_000);
    expect(slack.wire().ending).toBe("open");
    safe.resolve();
    await settle();
    await over;
    expect(slack.wire().acknowledged()).toEqual(["1"]);
    expect(slack.wire().ending).toBe("closed");
    expect(slack.events).toHaveLength(1);
  });

  it("waits neither for a stuck event nor for a missing close frame", async () => {
    const slack = new PlayedSlack();
    const over = slack.run();
    await settle();
    slack.wire().hello();
    slack.wire().answersClose = false;
    slack.accept = () => new Promise(() => undefined);
    slack.wire().message("1");
    slack.stop.abort();
    await settle(7_000);
    await over;
    expect(slack.wire().acknowledged()).toEqual([]);
  });

  it.each(["while connecting", "while waiting"])("comes at once %s", async (when) => {
    const slack = new PlayedSlack();
    if (when === "while waiting") slack.connection = { kind: "refused", reason: "invalid_auth" };
    const over = slack.run();
    await settle();
    slack.stop.abort();
    await settle(1_500);
    await over;
    expect(slack.kinds()).not.toContain("open");
    expect(slack.wires.every(({ ending }) => ending !== "open")).toBe(true);
  });
});
