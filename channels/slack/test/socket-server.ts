import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";

/** Unacknowledged events are resent after this time; Slack does so after some seconds. */
const redeliverAfterMs = 1_500;

/** Slack's state of one app. */
interface App {
  readonly teamId: string;
  readonly sockets: Set<WebSocket>;
  /** Unacknowledged events, by the id of their envelope. */
  readonly pending: Map<string, string>;
  refusal: string | undefined;
}

/** One workspace's app on the server, with its tokens. */
export interface AppHandle {
  readonly appToken: string;
  readonly botToken: string;
  readonly teamId: string;
  /** Sends a message through one of the sockets, and again until it is acknowledged. */
  say(text: string, channel?: string): void;
  sockets(): number;
  /** How many events wait for an acknowledgement. */
  pending(): number;
  /** Asks all sockets to be replaced. */
  refresh(reason?: string): void;
  /** The sockets stay open without a live peer. */
  goDeaf(): void;
  /** Rejects the tokens with this error code; undefined accepts them again. */
  refuse(error: string | undefined): void;
}

export interface SocketServer extends AsyncDisposable {
  readonly apiBaseUrl: string;
  readonly log: readonly string[];
  app(name: string): AppHandle;
  /** Waits until the condition is true, checked after every event. */
  until(holds: () => boolean): Promise<void>;
  /** Call this after an external change for which `until` may wait. */
  notice(): void;
}

/** The Slack side of Socket Mode on this machine: two Web API methods and real WebSockets. */
export async function startSocketServer(): Promise<SocketServer> {
  const apps = new Map<string, App>();
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const notice = (): void => {
    for (const look of [...waiting]) look();
  };
  const note = (entry: string): void => {
    log.push(entry);
    notice();
  };

  const server = createServer((request, response) => {
    const answer = answerTo(request);
    note(`${request.url} ${answer["ok"] === true ? "ok" : answer["error"]}`);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const wss = new WebSocketServer({ server });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;

  function answerTo({ url = "", headers }: IncomingMessage): Readonly<Record<string, unknown>> {
    const [, kind, name = ""] = /^Bearer (xapp|xoxb)-(.+)$/.exec(headers.authorization ?? "") ?? [];
    const app = apps.get(name);
    if (app === undefined) return { ok: false, error: "invalid_auth" };
    if (app.refusal !== undefined) return { ok: false, error: app.refusal };
    if (url === "/api/auth.test" && kind === "xoxb") {
      return { ok: true, team_id: app.teamId, user_id: `U0${name}`, bot_id: `B0${name}` };
    }
    if (url === "/api/apps.connections.open" && kind === "xapp") {
      return { ok: true, url: `ws://${host}/link?ticket=${name}` };
    }
    return { ok: false, error: "not_allowed_token_type" };
  }

  wss.on("connection", (socket, request) => {
    const name = new URL(request.url ?? "", "ws://slack.test").searchParams.get("ticket") ?? "";
    const app = apps.get(name);
    if (app === undefined) {
      socket.close();
      return;
    }
    app.sockets.add(socket);
    socket.on("message", (data) => {
      const id: unknown = JSON.parse(String(data)).envelope_id;
      app.pending.delete(String(id));
      note(`ack ${id}`);
    });
    socket.on("close", (code) => {
      app.sockets.delete(socket);
      note(`closed ${name} ${code}`);
    });
    socket.send(JSON.stringify({ type: "hello", num_connections: app.sockets.size }));
    note(`hello ${name}`);
  });

  function deliver(app: App, id: string): void {
    const text = app.pending.get(id);
    if (text === undefined) return;
    [...app.sockets].at(-1)?.send(text);
    setTimeout(() => deliver(app, id), redeliverAfterMs).unref();
  }

  let count = 0;
  return {
    apiBaseUrl: `http://${host}/api/`,
    log,
    notice,
    app: (name) => {
      const app: App = { teamId: `T0${name}`, sockets: new Set(), pending: new Map(), refusal: undefined };
      apps.set(name, app);
      const toAll = (act: (socket: WebSocket) => void): void => {
        for (const socket of app.sockets) act(socket);
      };
      return {
        appToken: `xapp-${name}`,
        botToken: `xoxb-${name}`,
        teamId: app.teamId,
        say: (text, channel = "C1") => {
          count += 1;
          app.pending.set(text, envelope(text, { channel, teamId: app.teamId, count }));
          deliver(app, text);
        },
        sockets: () => app.sockets.size,
        pending: () => app.pending.size,
        refresh: (reason = "refresh_requested") =>
          toAll((socket) => socket.send(JSON.stringify({ type: "disconnect", reason }))),
        goDeaf: () => {
          // NOTE: a paused socket answers no ping, so the peer cannot detect that it is alive.
          toAll((socket) => socket.pause());
          app.sockets.clear();
        },
        refuse: (error) => {
          app.refusal = error;
        },
      };
    },
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      for (const client of wss.clients) client.terminate();
      wss.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Saying {
  readonly channel: string;
  readonly teamId: string;
  readonly count: number;
}

function envelope(text: string, { channel, teamId, count }: Saying): string {
  const ts = `1714731490.${String(count).padStart(6, "0")}`;
  const event = { type: "message", channel, channel_type: "channel", user: "U1", text, ts, event_ts: ts };
  const payload = {
    type: "event_callback",
    team_id: teamId,
    api_app_id: "A1",
    event_id: `Ev${count}`,
    event,
  };
  return JSON.stringify({ type: "events_api", envelope_id: text, payload, accepts_response_payload: false });
}
