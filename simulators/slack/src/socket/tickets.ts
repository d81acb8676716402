import { randomBytes } from "node:crypto";
import { createBoundedMap } from "@mio/pacing";

/** Number of unused tickets kept. */
const maxTickets = 1_000;

/** The app that the connection belongs to. */
export interface SocketOwner {
  readonly teamId: string;
  readonly appId: string;
}

/** Secrets that each open one connection. */
export interface Tickets {
  issue(owner: SocketOwner): string;
  redeem(ticket: string): SocketOwner | undefined;
}

export function createTickets(): Tickets {
  const tickets = createBoundedMap<string, SocketOwner>(maxTickets);
  return {
    issue(owner) {
      const ticket = randomBytes(24).toString("base64url");
      tickets.set(ticket, owner);
      return ticket;
    },
    redeem(ticket) {
      const owner = tickets.peek(ticket);
      tickets.delete(ticket);
      return owner;
    },
  };
}
