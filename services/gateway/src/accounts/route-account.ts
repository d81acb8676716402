import type { Account } from "@mio/store";

/** The account of an event. */
export type Routing =
  | { readonly kind: "routed"; readonly account: Account }
  | { readonly kind: "unroutable"; readonly reason: "no_account" | "other_workspace" | "ambiguous" };

/**
 * Selects the account of an event among the accounts of its channel. A single account gets every event, unless both
 * have a workspace and the two differ. Among several accounts only an equal workspace decides. If two accounts have
 * that workspace, the event is unroutable: a guess could deliver a message to another tenant.
 */
export function routeAccount(candidates: readonly Account[], workspaceKey: string): Routing {
  const [only, ...others] = candidates;
  if (only === undefined) return unroutable("no_account");
  if (others.length === 0) {
    return fits(only, workspaceKey) ? routed(only) : unroutable("other_workspace");
  }
  return workspaceKey === "" ? unroutable("ambiguous") : routeNamed(candidates, workspaceKey);
}

/** The account at whose URL or socket the event arrived, unless both have a workspace and the two differ. */
export function routeOwn(
  candidates: readonly Account[],
  { accountId, workspaceKey }: { readonly accountId: string; readonly workspaceKey: string },
): Routing {
  const account = candidates.find(({ id }) => id === accountId);
  if (account === undefined) return unroutable("no_account");
  return fits(account, workspaceKey) ? routed(account) : unroutable("other_workspace");
}

/** The one account of the workspace in the event. */
export function routeNamed(candidates: readonly Account[], workspaceKey: string): Routing {
  const [match, ...more] = candidates.filter((account) => account.externalId === workspaceKey);
  if (match === undefined) return unroutable("other_workspace");
  return more.length === 0 ? routed(match) : unroutable("ambiguous");
}

function fits({ externalId }: Account, workspaceKey: string): boolean {
  return workspaceKey === "" || externalId === "" || externalId === workspaceKey;
}

function routed(account: Account): Routing {
  return { kind: "routed", account };
}

function unroutable(reason: Extract<Routing, { kind: "unroutable" }>["reason"]): Routing {
  return { kind: "unroutable", reason };
}
