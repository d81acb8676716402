import type { SocketContext } from "../../inbound/inbound.ts";

/** How the suite plays the platform at the other end of a socket. */
export interface SocketUnderTest {
  /** Runs the channel's socket for an account with credentials; resolves once the platform has greeted it. */
  connect(context: SocketContext): Promise<PlayedSocket>;
}

/** One open connection, from the platform's side. */
export interface PlayedSocket {
  /** What `run` returned. */
  readonly over: Promise<void>;
  /** Sends a new message of a person; returns the id to acknowledge. */
  send(): string;
  /** The ids that were acknowledged, in order. */
  acknowledged(): readonly string[];
}
