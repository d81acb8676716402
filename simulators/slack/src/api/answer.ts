/** The answer to a call. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes and text with `contentType`. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Slack's error word. */
  readonly error?: string;
}

export function ok(body: Readonly<Record<string, unknown>> = {}): Answer {
  return { status: 200, body: { ok: true, ...body } };
}

/** An error, which Slack sends with status 200. */
export function no(error: string, details: Readonly<Record<string, unknown>> = {}): Answer {
  return { status: 200, body: { ok: false, error, ...details }, error };
}

export function missing(...names: readonly string[]): Answer {
  const messages = names.map((name) => `[ERROR] missing required field: ${name}`);
  return no("invalid_arguments", { response_metadata: { messages } });
}

export function rateLimited(retryAfterSeconds: number): Answer {
  return {
    ...no("ratelimited"),
    status: 429,
    headers: { "retry-after": String(retryAfterSeconds) },
  };
}

export function broken(status: number): Answer {
  const contentType = "text/html; charset=utf-8";
  return { status, contentType, body: "<html><body>Server Error</body></html>\n", error: "server_error" };
}

/** Slack answers a file request without a valid token with its login page, not with an error. */
export const loginPage: Answer = {
  status: 200,
  contentType: "text/html; charset=utf-8",
  error: "login_page",
  body: `<!DOCTYPE html>
<html><head><title>Sign in | Slack</title></head>
<body><form action="/signin" method="post"><h1>Sign in to your workspace</h1><input name="email"></form></body></html>
`,
};

/** Thrown by handlers to end the call with an error. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(answer.error ?? "refused");
    this.answer = answer;
  }
}

/** Ends the call with an error.
 *
 * @throws Refusal */
export function refuse(error: string, details?: Readonly<Record<string, unknown>>): never {
  throw new Refusal(no(error, details));
}
