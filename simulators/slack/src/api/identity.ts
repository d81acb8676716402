import { type Answer, no, ok } from "./answer.ts";
import { type Call, required } from "./call.ts";

/** Returns the owner of the token. */
export function testAuth({ core }: Call): Answer {
  const { team, bot } = core;
  return ok({
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: bot.name.toLowerCase(),
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
  });
}

export function showUser(call: Call): Answer {
  const { core } = call;
  const id = required(call, "user");
  const { team, bot } = core;
  if (id === bot.userId) {
    return ok({ user: toUserObject({ id, handle: bot.name.toLowerCase(), name: bot.name }, team.id, true) });
  }
  const user = core.state.users().find((each) => each.id === id);
  return user ? ok({ user: toUserObject(user, team.id, false) }) : no("user_not_found");
}

/** Returns a URL for one Socket Mode connection. */
export function openConnection({ core }: Call): Answer {
  const socketUrl = core.origin().replace(/^http/, "ws");
  const query = new URLSearchParams({ ticket: core.issueTicket(), app_id: core.bot.appId });
  return ok({ url: `${socketUrl}/link/?${query}` });
}

function toUserObject(
  { id, handle, name }: { readonly id: string; readonly handle: string; readonly name: string },
  teamId: string,
  isBot: boolean,
): object {
  return {
    id,
    team_id: teamId,
    name: handle,
    deleted: false,
    real_name: name,
    tz: "Europe/Amsterdam",
    profile: { real_name: name, display_name: name, team: teamId, avatar_hash: "" },
    is_bot: isBot,
    is_app_user: false,
    is_admin: false,
  };
}
