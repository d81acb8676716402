import type { OutboundUnderTest, PlatformRequest, Posted, ScriptedAnswer } from "@mio/channel-kit/contract";

const json = (value: unknown): ScriptedAnswer => ({ status: 200, text: JSON.stringify(value) });

export const postedAt: Date = new Date(1777804687057);

/** The answers of Cliq and its token endpoint if nothing fails. */
export function answer({ path }: PlatformRequest): ScriptedAnswer {
  if (path === "/oauth/v2/token") return json({ access_token: "at", expires_in: 3600 });
  return json({ message_id: `${postedAt.getTime()}%20137` });
}

export function posted({ method, path, fields }: PlatformRequest): Posted | undefined {
  if (method !== "POST" || !path.endsWith("/message")) return undefined;
  const { text, userids, reply_to } = fields;
  return { text: String(text), where: [path, userids ?? reply_to].join(" ").trim() };
}

export const failures: OutboundUnderTest["failures"] = {
  throttle: [{ status: 400, text: "exceeded the URL throttle limits" }, "throttled", "throttled"],
  stranger: [{ status: 403 }, "permanent", "forbidden"],
};
