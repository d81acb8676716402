import {
  type AccountAccess,
  type CredentialHealth,
  createLocalVault,
  type InboundEvent,
  type SocketContext,
  type SocketState,
} from "@mio/channel-kit";
import { accountUnderTest, type PlayedSocket, type SocketUnderTest } from "@mio/channel-kit/contract";
import type { SocketTokens } from "../src/inbound/socket/opening.ts";
import { createSocketInbound } from "../src/inbound/socket/socket-inbound.ts";
import { systemTimers } from "../src/inbound/socket/timers.ts";
import type { Answer, Identity } from "../src/inbound/socket/web-api.ts";
import type { WireEvents } from "../src/inbound/socket/wire.ts";

/** One socket that Mio opened, seen from Slack's side. */
export class PlayedWire {
  readonly sent: string[] = [];
  pings: number = 0;
  isPaused: boolean = false;
  ending: "open" | "closed" | "terminated" = "open";
  readonly #events: WireEvents;
  answersPings: boolean = true;
  answersClose: boolean = true;

  constructor(events: WireEvents) {
    this.#events = events;
  }

  send(text: string): void {
    if (this.ending === "open") this.sent.push(text);
  }

  ping(): void {
    this.pings += 1;
    if (this.answersPings && this.ending === "open") this.#events.onPong();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    if (this.ending !== "open") return;
    this.ending = "closed";
    if (this.answersClose) this.#events.onClosed("1000");
  }

  terminate(): void {
    if (this.ending === "open") this.ending = "terminated";
  }

  receive(frame: unknown): void {
    this.#events.onText(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  hello(): void {
    this.receive({ type: "hello", num_connections: 1 });
  }

  message(
    envelopeId: string,
    { channel = "C1", text = envelopeId }: { channel?: string; text?: string } = {},
  ): void {
    const ts = `1714731490.${String(++PlayedWire.#count).padStart(6, "0")}`;
    const event = { type: "message", channel, channel_type: "channel", user: "U1", text, ts, event_ts: ts };
    this.receive({
      type: "events_api",
      envelope_id: envelopeId,
      payload: { type: "event_callback", team_id: "T1", api_app_id: "A1", event },
    });
  }

  askWhetherAlive(): void {
    this.#events.onPing();
  }

  break(reason = "1006"): void {
    this.ending = "closed";
    this.#events.onClosed(reason);
  }

  /** The ids that were acknowledged, in order. */
  acknowledged(): readonly string[] {
    return this.sent.map((text) => String(JSON.parse(text).envelope_id));
  }

  static #count = 0;
}

const identity: Identity = { teamId: "workspace", enterpriseId: "", userId: "U0BOT", botId: "B0BOT" };

/** Mio's side of a socket with a scripted Slack and a controlled clock. */
export class PlayedSlack {
  readonly wires: PlayedWire[] = [];
  readonly states: SocketState[] = [];
  readonly events: InboundEvent[] = [];
  /** The number of events that were not stored in time. */
  late: number = 0;
  readonly health: CredentialHealth[] = [];
  readonly calls: string[] = [];
  /** The first socket, once Mio has opened one. */
  readonly dialled: PromiseWithResolvers<PlayedWire> = Promise.withResolvers();
  readonly stop: AbortController = new AbortController();
  tokens: SocketTokens | undefined = { version: "1", appToken: "xapp", botTokens: tokenSource("xoxb") };
  identity: Answer<Identity> = { kind: "ok", value: identity };
  connection: Answer<URL> = { kind: "ok", value: new URL("wss://wss.slack.test/link?ticket=secret") };
  accept: (event: InboundEvent) => Promise<void> = () => Promise.resolve();
  random: number = 1;

  run(): Promise<void> {
    const socket = createSocketInbound({
      api: {
        whoAmI: async (token) => this.#answer("auth.test", token, this.identity),
        openConnection: async (token) => this.#answer("apps.connections.open", token, this.connection),
      },
      openWire: (_url, events) => {
        const wire = new PlayedWire(events);
        this.wires.push(wire);
        this.dialled.resolve(wire);
        return wire;
      },
      timers: systemTimers,
      now: () => new Date(),
      random: () => this.random,
      botMessages: "keep",
      tokens: async () => this.tokens,
    });
    return socket.run(this.#account(), {
      signal: this.stop.signal,
      accept: async (event) => {
        this.events.push(event);
        await this.accept(event);
      },
      onLate: () => {
        this.late += 1;
      },
      onState: (state) => void this.states.push(state),
    });
  }

  wire(index = -1): PlayedWire {
    const wire = this.wires.at(index);
    if (wire === undefined) throw new Error(`there is no socket ${index}`);
    return wire;
  }

  kinds(): readonly string[] {
    return this.states.map(({ kind }) => kind);
  }

  #answer<T>(method: string, token: string, answer: Answer<T>): Answer<T> {
    this.calls.push(`${method} ${token}`);
    return answer;
  }

  #account(): AccountAccess {
    const vault = {
      ...createLocalVault(),
      report: async (health: CredentialHealth) => void this.health.push(health),
    };
    return accountUnderTest({ vault });
  }
}

/** Slack's end of a socket, for the contract of channels. */
export const playedSocket: SocketUnderTest = { connect: connectPlayed };

async function connectPlayed(context: SocketContext): Promise<PlayedSocket> {
  const slack = new PlayedSlack();
  slack.accept = context.accept;
  context.signal.addEventListener("abort", () => slack.stop.abort(), { once: true });
  const over = slack.run();
  const wire = await slack.dialled.promise;
  wire.hello();
  let count = 0;
  return {
    over,
    acknowledged: () => wire.acknowledged(),
    send: () => {
      count += 1;
      wire.message(`${count}`);
      return `${count}`;
    },
  };
}

function tokenSource(token: string): SocketTokens["botTokens"] {
  return { get: async () => token, invalidate: () => false };
}
