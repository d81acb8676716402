import {
  type CredentialHealth,
  createHttpClient,
  createLocalVault,
  type InboundEvent,
  type SocketState,
} from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { createSocketInbound } from "../src/inbound/socket/socket-inbound.ts";
import { systemTimers, type Timers } from "../src/inbound/socket/timers.ts";
import { createSocketApi } from "../src/inbound/socket/web-api.ts";
import { openWire } from "../src/inbound/socket/wire.ts";
import { slack } from "../src/index.ts";
import { type AppHandle, type SocketServer, startSocketServer } from "./socket-server.ts";

/** Ten minutes are shortened to one. Sockets and calls are real, with seconds instead of half a minute. */
const speed = 10;
const timersAt = (times: number): Timers => ({
  now: () => systemTimers.now() * times,
  after: (ms, callback) => systemTimers.after(ms / times, callback),
});

interface Mio extends AsyncDisposable {
  readonly states: readonly SocketState[];
  readonly health: readonly CredentialHealth[];
  /** The texts that were handed over, in order, repeated ones included. */
  readonly texts: readonly string[];
  accept: (text: string) => Promise<void>;
  kinds(): readonly string[];
}

/** One account of Mio, connected to the server. */
function connect(server: SocketServer, app: AppHandle, times = speed): Mio {
  const states: SocketState[] = [];
  const health: CredentialHealth[] = [];
  const texts: string[] = [];
  const stop = new AbortController();
  const http = createHttpClient({ userAgent: "mio-test", timeoutMs: 5_000, maxResponseBytes: 100_000 });
  const now = (): Date => new Date();
  const socket = createSocketInbound({
    api: createSocketApi({ http, baseUrl: new URL(server.apiBaseUrl), now }),
    openWire,
    timers: timersAt(times),
    now,
    random: Math.random,
    botMessages: "keep",
    tokens: async () => ({ version: "1", appToken: app.appToken, botTokens: botTokens(app) }),
  });
  const vault = {
    ...createLocalVault(),
    report: async (one: CredentialHealth) => {
      health.push(one);
    },
  };
  const mio = {
    states,
    health,
    texts,
    accept: (_text: string): Promise<void> => Promise.resolve(),
    kinds: () => states.map(({ kind }) => kind),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await over;
    },
  };
  const over = socket.run(accountUnderTest({ accountId: app.teamId, externalId: app.teamId, vault }), {
    signal: stop.signal,
    accept: async (event) => {
      const text = textOf(event);
      texts.push(text);
      server.notice();
      await mio.accept(text);
    },
    onLate: () => undefined,
    onState: (state) => {
      states.push(state);
      server.notice();
    },
  });
  return mio;
}

function botTokens({ botToken }: AppHandle): { get(): Promise<string>; invalidate(): boolean } {
  return { get: async () => botToken, invalidate: () => false };
}

function textOf(event: InboundEvent): string {
  return event.kind === "message" ? event.draft.message.text : event.kind;
}

describe("a socket to Slack", () => {
  it("acknowledges stored events; the others are redelivered until they are stored", async () => {
    await using server = await startSocketServer();
    const app = server.app("one");
    await using mio = connect(server, app);
    let failures = 0;
    mio.accept = async (text) => {
      if (text === "hard" && failures < 2) {
        failures += 1;
        throw new Error("the database is away");
      }
    };
    await server.until(() => app.sockets() === 1);
    app.say("easy");
    app.say("hard");
    await server.until(() => app.pending() === 0);
    expect(mio.texts.toSorted()).toEqual(["easy", "hard", "hard", "hard"]);
    expect(mio.kinds()).toEqual(["connecting", "open"]);
  });

  it("loses nothing while Slack has it replaced again and again", async () => {
    await using server = await startSocketServer();
    const app = server.app("one");
    await using mio = connect(server, app);
    await server.until(() => app.sockets() === 1);
    const said = Array.from({ length: 60 }, (_, at) => `m${at}`);
    for (const [at, text] of said.entries()) {
      app.say(text, `C${at % 5}`);
      if (at % 15 !== 14) continue;
      const greeted = server.log.filter((entry) => entry.startsWith("hello")).length;
      app.refresh();
      await server.until(() => server.log.filter((entry) => entry.startsWith("hello")).length > greeted);
    }
    await server.until(() => app.pending() === 0 && app.sockets() === 1);
    expect(new Set(mio.texts)).toEqual(new Set(said));
    expect(mio.kinds().filter((kind) => kind === "lost")).toEqual([]);
    expect(server.log.filter((entry) => entry === "closed one 1000").length).toBeGreaterThanOrEqual(4);
  });

  it("is replaced when its peer is gone, and messages from meanwhile arrive", async () => {
    await using server = await startSocketServer();
    const app = server.app("one");
    await using mio = connect(server, app);
    await server.until(() => app.sockets() === 1);
    const deafAt = performance.now();
    app.goDeaf();
    app.say("is anybody there?");
    await server.until(() => app.pending() === 0);
    expect((performance.now() - deafAt) * speed, "as if it were in real time").toBeLessThan(60_000);
    expect(mio.states.find(({ kind }) => kind === "lost")).toMatchObject({
      error: { code: "socket.silent" },
    });
    expect(mio.states.at(-1)).toMatchObject({ kind: "open" });
    expect(mio.texts).toContain("is anybody there?");
  });

  it("is reported as rejected, and recovers when the tokens are accepted again", async () => {
    await using server = await startSocketServer();
    const app = server.app("one");
    app.refuse("account_inactive");
    // A refused account waits five minutes.
    await using mio = connect(server, app, 4 * speed);
    await server.until(() => mio.kinds().includes("refused"));
    expect(mio.health).toEqual([{ state: "reauth_required", reason: "account_inactive" }]);
    app.refuse(undefined);
    await server.until(() => mio.kinds().includes("open"));
    app.say("back again");
    await server.until(() => app.pending() === 0);
    expect(mio.health.at(-1)).toEqual({ state: "ok" });
  });

  it("of one account is independent of another's failures", async () => {
    await using server = await startSocketServer();
    const [good, bad] = [server.app("good"), server.app("bad")];
    bad.refuse("invalid_auth");
    await using mio = connect(server, good);
    await using other = connect(server, bad);
    await server.until(() => other.kinds().includes("refused") && good.sockets() === 1);
    good.say("hello");
    await server.until(() => good.pending() === 0);
    expect(mio.kinds()).toEqual(["connecting", "open"]);
    expect(other.kinds()).not.toContain("open");
    expect(other.texts).toEqual([]);
  });

  it("shares the events with another replica, and what one leaves the other gets", async () => {
    await using server = await startSocketServer();
    const app = server.app("one");
    await using first = connect(server, app);
    await server.until(() => app.sockets() === 1);
    {
      await using second = connect(server, app);
      await server.until(() => app.sockets() === 2);
      second.accept = () => Promise.reject(new Error("going away"));
      app.say("left behind");
      await server.until(() => second.texts.length > 0);
    }
    await server.until(() => app.pending() === 0);
    expect(first.texts).toEqual(["left behind"]);
    expect(server.log).toContain("closed one 1000");
  });
});

it("is what the channel opens for an account with tokens", async () => {
  await using server = await startSocketServer();
  const app = server.app("one");
  const { socket } = slack.open({ SLACK_API_BASE_URL: server.apiBaseUrl });
  const secrets = { app_token: app.appToken, bot_token: app.botToken };
  const stop = new AbortController();
  const texts: string[] = [];
  const account = accountUnderTest({
    externalId: app.teamId,
    vault: createLocalVault({ secrets, expiresAt: undefined }),
  });
  const over = socket?.run(account, {
    signal: stop.signal,
    accept: async (event) => {
      texts.push(textOf(event));
    },
    onLate: () => undefined,
    onState: () => undefined,
  });
  await server.until(() => app.sockets() === 1);
  app.say("hello");
  await server.until(() => app.pending() === 0);
  stop.abort();
  await over;
  await server.until(() => app.sockets() === 0);
  expect(texts).toEqual(["hello"]);
  expect(server.log.at(-1)).toBe("closed one 1000");
});
