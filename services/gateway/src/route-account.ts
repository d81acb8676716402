import type { Account } from "@mio/store";

/** Which account an event belongs to. */
export type Routing =
  | { readonly kind: "routed"; readonly account: Account }
  | { readonly kind: "unroutable"; readonly reason: "no_account" | "other_workspace" | "ambiguous" };

/**
 * Picks the account of an event among those of its channel. A lone account takes every event unless both
 * sides name a workspace and the names differ; among several only an equal name decides. Two accounts with
 * that name is nobody's: a guess could hand a message to another tenant.
 */
export function routeAccount(candidates: readonly Account[], workspaceKey: string): Routing {
  const [only, ...others] = candidates;
  if (only === undefined) return { kind: "unroutable", reason: "no_account" };
  if (others.length === 0) {
    const fits = workspaceKey === "" || only.externalId === "" || only.externalId === workspaceKey;
    return fits ? { kind: "routed", account: only } : { kind: "unroutable", reason: "other_workspace" };
  }
  if (workspaceKey === "") return { kind: "unroutable", reason: "ambiguous" };
  const [match, ...more] = candidates.filter((account) => account.externalId === workspaceKey);
  if (match === undefined) return { kind: "unroutable", reason: "other_workspace" };
  return more.length === 0 ? { kind: "routed", account: match } : { kind: "unroutable", reason: "ambiguous" };
}
