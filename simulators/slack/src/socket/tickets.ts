import { randomBytes } from "node:crypto";
import { createBoundedMap } from "@mio/pacing";

/** Addresses given out and not used yet. */
const maxTickets = 1_000;

/** Whose connection it will be. */
export interface SocketOwner {
  readonly teamId: string;
  readonly appId: string;
}

/** Secrets that are good for one connection each. */
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
