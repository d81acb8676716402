/** The answer to an API call. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes and text with `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
}

export const noContent: Answer = { status: 204 };

/** The error envelope of the REST API: `{"code","message"}`. */
export function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { code, message } };
}

type StockAnswer =
  | "unauthorized"
  | "chatNotFound"
  | "channelNotFound"
  | "botNotFound"
  | "messageNotFound"
  | "fileNotFound"
  | "accessDenied"
  | "urlInvalid"
  | "throttled"
  | "attachmentExpired";

export const answers: Readonly<Record<StockAnswer, Answer>> = {
  unauthorized: refuse(401, "unauthorized", "Request was rejected because of invalid AuthToken."),
  chatNotFound: refuse(
    404,
    "chat_not_found",
    "The requested chat does not exist or you are not a participant.",
  ),
  channelNotFound: refuse(404, "channel_not_found", "The requested channel does not exist."),
  botNotFound: refuse(404, "bot_not_found", "The requested bot does not exist."),
  messageNotFound: refuse(404, "message_not_found", "Requested message could not be found."),
  fileNotFound: refuse(404, "file_not_found", "Requested file could not be found."),
  accessDenied: refuse(403, "access_denied", "You do not have permission to change this message."),
  urlInvalid: refuse(404, "request_url_invalid", "The request URL is invalid."),
  throttled: refuse(400, "throttle_limit_exceeded", "You have exceeded the URL throttle limits."),
  attachmentExpired: refuse(400, "attachment_access_time_expired", "The attachment link has expired."),
};

export function methodNotAllowed(allow: string): Answer {
  const answer = refuse(405, "method_not_allowed", "The HTTP method is not supported for this URL.");
  return { ...answer, headers: { allow } };
}

export function rateLimited(retryAfterSeconds: number): Answer {
  const message = "Too many requests within a certain time frame. Please try again later.";
  return {
    ...refuse(429, "rate_limit_exceeded", message),
    headers: { "retry-after": String(retryAfterSeconds) },
  };
}

/** The answer to a file download with an expired token, as to an expired browser session. */
export const loginPage: Answer = {
  status: 200,
  contentType: "text/html;charset=UTF-8",
  body: `<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form action="/signin" method="post"><h1>Sign in</h1><input name="LOGIN_ID"></form></body></html>
`,
};
