import WebSocket from "ws";

/** The part of a WebSocket that Socket Mode needs. */
export interface Wire {
  send(text: string): void;
  ping(): void;
  /** Stops reading until `resume`, so that Slack's buffers fill instead of ours. */
  pause(): void;
  resume(): void;
  /** Sends a close frame; `onClosed` follows when the peer answers it. */
  close(): void;
  /** Drops the connection. */
  terminate(): void;
}

export interface WireEvents {
  onText(text: string): void;
  /** The peer sent a ping, which was answered. */
  onPing(): void;
  onPong(): void;
  /** Called once, also if the connection never opened. `reason` is safe to log. */
  onClosed(reason: string): void;
}

export type OpenWire = (url: URL, events: WireEvents) => Wire;

const handshakeTimeoutMs = 10_000;
/** Far more than any event of Slack. */
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
  // NOTE: the error's message may quote the address, which is a secret.
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

/** A connection that breaks during a write also closes, and the close is handled. */
function ignoreError(): void {}
