import { type AccountAccess, DeliveryError, type TokenSource } from "@mio/channel-kit";
import { type SlackSelf, unknownSelf } from "../events/author.ts";
import type { Answer, Identity, SocketApi } from "./web-api.ts";

/** Looks up the ids of an account's bot, once per token. */
export type Identify = (botTokens: TokenSource | undefined) => Promise<Answer<SlackSelf>>;

export function createIdentify(account: AccountAccess, api: SocketApi, signal: AbortSignal): Identify {
  let known: { readonly token: string; readonly self: SlackSelf } | undefined;

  const ask = async (token: string): Promise<Answer<SlackSelf>> => {
    if (known?.token === token) return { kind: "ok", value: known.self };
    const answer = await api.whoAmI(token, signal);
    if (answer.kind !== "ok") return answer;
    if (!isOf(account, answer.value))
      return { kind: "refused", reason: "team_mismatch", workspace: workspaceOf(answer.value) };
    known = { token, self: selfOf(answer.value) };
    return { kind: "ok", value: known.self };
  };

  const identify = async (botTokens: TokenSource): Promise<Answer<SlackSelf>> => {
    const token = await botTokens.get(signal);
    const answer = await ask(token);
    const isStale = answer.kind === "refused" && answer.reason !== "team_mismatch";
    return isStale && botTokens.invalidate(token) ? await ask(await botTokens.get(signal)) : answer;
  };

  return async (botTokens) => {
    if (botTokens === undefined) return { kind: "ok", value: unknownSelf };
    try {
      return await identify(botTokens);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      if (error.kind === "permanent") return { kind: "refused", reason: error.reason };
      return { kind: "failed", error };
    }
  };
}

/** NOTE: an account without a workspace id accepts any workspace. */
function isOf({ externalId }: AccountAccess, { teamId, enterpriseId }: Identity): boolean {
  if (externalId === "" || teamId === "") return true;
  return externalId === teamId || externalId === enterpriseId;
}

/**
 * The value that `external_id` must have for this token. NOTE: only text that looks like an id, because it is logged.
 */
function workspaceOf({ teamId, enterpriseId }: Identity): string {
  const ids = [teamId, enterpriseId].filter((id) => /^[A-Z0-9]{1,40}$/.test(id));
  return ids.join(" or ");
}

function selfOf({ userId, botId }: Identity): SlackSelf {
  const some = (id: string): ReadonlySet<string> => new Set(id === "" ? [] : [id]);
  return { userIds: some(userId), botIds: some(botId) };
}
