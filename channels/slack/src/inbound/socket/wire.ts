import WebSocket from "ws";

/** A WebSocket, as far as Socket Mode needs one. */
export interface Wire {
  send(text: string): void;
  ping(): void;
  /** Reads nothing more until `resume`, so that Slack's side fills up instead of ours. */
  pause(): void;
  resume(): void;
  /** Says goodbye; `onClosed` follows when the other side does so too. */
  close(): void;
  /** Drops the connection. */
  terminate(): void;
}

export interface WireEvents {
  onText(text: string): void;
  /** The other side asked whether we are there; it was answered. */
  onPing(): void;
  onPong(): void;
  /** Once, also when the connection never opened. `reason` is a word fit for a log. */
  onClosed(reason: string): void;
}

export type OpenWire = (url: URL, events: WireEvents) => Wire;

const handshakeTimeoutMs = 10_000;
/** Far more than an event of Slack's. */
const maxFrameBytes = 16_777_216;

export const openWire: OpenWire = (url, events) => {
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  let trouble: string | undefined;
  socket.on("message", (data) => events.onText(data.toString()));
  socket.on("ping", () => events.onPing());
  socket.on("pong", () => events.onPong());
  // NOTE: its message may quote the address, which is a secret.
  socket.on("error", (error: Error & { readonly code?: unknown }) => {
    trouble = typeof error.code === "string" ? error.code : "handshake";
  });
  socket.on("close", (code) => events.onClosed(trouble ?? String(code)));
  const ifOpen = (act: () => void): void => {
    if (socket.readyState === WebSocket.OPEN) act();
  };
  return {
    send: (text) => ifOpen(() => socket.send(text, ignoreError)),
    ping: () => ifOpen(() => socket.ping(undefined, undefined, ignoreError)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(1_000),
    terminate: () => socket.terminate(),
  };
};

/** A connection that breaks while it is written to closes besides, and that is what counts. */
function ignoreError(): void {}
