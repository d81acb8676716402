import { type AccountAccess, type PeopleDirectory, type Person, perAccount } from "@mio/channel-kit";
import { createSlackClient, type SlackClientOptions } from "./client.ts";
import { platformCodeOf } from "./failure.ts";

/** Slack does not know the id, or our app may not see the person. */
const unknownPerson: ReadonlySet<string> = new Set(["user_not_found", "user_not_visible", "users_not_found"]);

export interface PeopleOptions extends Pick<SlackClientOptions, "baseUrl" | "http" | "now"> {
  readonly tokensOf: (account: AccountAccess) => SlackClientOptions["tokens"];
}

/** Looks up people with `users.info`, which needs the scope `users:read`. */
export function createPeople({ tokensOf, ...options }: PeopleOptions): PeopleDirectory {
  const clientOf = perAccount((account) =>
    createSlackClient({ ...options, account, tokens: tokensOf(account) }),
  );
  return {
    async lookUp(personId, account, signal) {
      try {
        const { user } = await clientOf(account).call({
          method: "users.info",
          args: { user: personId },
          signal,
          repeatable: true,
        });
        return toPerson(user);
      } catch (error) {
        if (unknownPerson.has(platformCodeOf(error) ?? "")) return undefined;
        throw error;
      }
    },
  };
}

interface User {
  readonly name?: string;
  readonly real_name?: string;
  readonly profile?: { readonly display_name?: string; readonly real_name?: string };
}

/** The name is the one that Slack's own clients show. */
function toPerson(user: User | undefined): Person | undefined {
  const { name, real_name: realName, profile } = user ?? {};
  const displayName = [profile?.display_name, profile?.real_name, realName, name].find((each) =>
    each?.trim(),
  );
  return displayName === undefined ? undefined : { displayName };
}
