import type { OutboundUnderTest, PlatformRequest, Posted, ScriptedAnswer } from "@mio/channel-kit/contract";

/** The answers of Slack's Web API if nothing fails; the same part of a text always gets the same ts. */
export function answer({ path, headers, fields }: PlatformRequest): ScriptedAnswer {
  switch (path) {
    case "/api/chat.postMessage": {
      const ts = `1714731490.${partOf(fields["metadata"]).padStart(6, "0")}`;
      const { channel, thread_ts } = fields;
      return json({ ok: true, channel, ts, message: { ts, thread_ts } });
    }
    case "/api/files.getUploadURLExternal":
      return json({ ok: true, file_id: "F1", upload_url: `http://${headers["host"]}/upload` });
    case "/api/files.completeUploadExternal":
      return json({ ok: true, files: [{ id: "F1" }] });
    default:
      return json({ ok: true });
  }
}

export function posted({ path, fields }: PlatformRequest): Posted | undefined {
  if (path !== "/api/chat.postMessage") return undefined;
  const where = [fields["channel"], fields["thread_ts"]].filter(Boolean).join(" ");
  return { text: String(fields["text"]), where };
}

function partOf(metadata: unknown): string {
  return /"part":(\d+)/.exec(String(metadata))?.[1] ?? "0";
}

const refused = (error: string): ScriptedAnswer => json({ ok: false, error });

/** Slack rejects with status 200; the error code decides. */
export const failures: OutboundUnderTest["failures"] = {
  "no such channel": [refused("channel_not_found"), "permanent", "not_found"],
  "not in the channel": [refused("not_in_channel"), "permanent", "forbidden"],
  "a token of no use": [refused("invalid_auth"), "permanent", "auth"],
  "too long": [refused("msg_too_long"), "permanent", "too_long"],
  "too fast": [
    { ...refused("ratelimited"), status: 429, headers: { "retry-after": "3" } },
    "throttled",
    "throttled",
  ],
};

function json(value: object): ScriptedAnswer {
  return { status: 200, text: JSON.stringify(value) };
}
