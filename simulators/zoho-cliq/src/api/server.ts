import type { Clock } from "@mio/pacing";
import { hangUp, playCall, type WritableEventLog } from "@mio/simulator-kit";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Endpoint } from "../endpoint.ts";
import type { ActiveFault, FaultBoard } from "../faults.ts";
import type { ApiCall, CliqEvent } from "../types.ts";
import { type Answer, answers, loginPage, rateLimited, refuse } from "./answer.ts";
import type { Call, Platform } from "./call.ts";
import { parseForm } from "./form.ts";
import { apiRoutes } from "./routes.ts";
import type { Tokens } from "./tokens.ts";

export interface ApiOptions {
  readonly platform: Platform;
  readonly tokens: Tokens;
  readonly faults: FaultBoard;
  readonly clock: Clock;
  readonly events: WritableEventLog<CliqEvent>;
  readonly closing: AbortSignal;
}

const bodyLimit = 4 * 1024 * 1024;
/** One file of 50 MB fits; Cliq's limit is ten such files. */
const uploadLimit = 64 * 1024 * 1024;
/** Duration of a grant under `token_race`. */
const raceMs = 100;

/** The server that answers as `cliq.zoho.com` and `accounts.zoho.com` do. Not listening yet. */
export function createApiServer(options: ApiOptions): FastifyInstance {
  const app = fastify({ bodyLimit, forceCloseConnections: true, routerOptions: { maxParamLength: 1_024 } });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.addContentTypeParser(/^multipart\/form-data/, { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );

  for (const { method, url, endpoint, handle } of apiRoutes) {
    const work = (call: Call): Answer => handle(options.platform, call);
    const handler = serve(options, { endpoint, needsToken: true, work });
    app.route({ method, url, handler, ...(endpoint === "upload" ? { bodyLimit: uploadLimit } : {}) });
  }
  const grant = async (call: Call, fault: ActiveFault | undefined): Promise<Answer> =>
    await grantToken(options, call, fault);
  app.post("/oauth/v2/token", serve(options, { endpoint: "token", needsToken: false, work: grant }));
  app.setNotFoundHandler(
    serve(options, { endpoint: "other", needsToken: false, work: () => answers.urlInvalid }),
  );
  return app;
}

interface Service {
  readonly endpoint: Endpoint;
  readonly needsToken: boolean;
  readonly work: (call: Call, fault: ActiveFault | undefined) => Answer | Promise<Answer>;
}

async function grantToken(
  { tokens, clock, closing }: ApiOptions,
  { query, rawBody }: Call,
  fault: ActiveFault | undefined,
): Promise<Answer> {
  const form = new URLSearchParams([...query, ...new URLSearchParams(rawBody)]);
  switch (fault?.name) {
    case "expired_token":
      return tokens.grant(form, { isExpired: true });
    case "rotate_refresh_token":
      return tokens.grant(form, { rotates: true });
    case "token_race": {
      const race = tokens.beginRace(form);
      await clock.sleep(fault.options.ms ?? raceMs, closing);
      race.end();
      return tokens.grant(form);
    }
    default:
      return tokens.grant(form);
  }
}

function serve(options: ApiOptions, service: Service) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const strike = options.faults.strike(service.endpoint);
    const work = (): Promise<Answer> => respond(options, { request, service, fault: strike.fault });
    const { answer, isCut, at, ms, fault } = await playCall(strike, work, options);
    const call: ApiCall = {
      endpoint: service.endpoint,
      method: request.method,
      path: request.url,
      status: isCut ? 0 : answer.status,
      ms,
      at,
      fault,
    };
    options.events.append({ type: "api.called", call });
    return isCut ? hangUp(request, reply) : send(reply, answer);
  };
}

async function respond(
  options: ApiOptions,
  exchange: {
    readonly request: FastifyRequest;
    readonly service: Service;
    readonly fault: ActiveFault | undefined;
  },
): Promise<Answer> {
  const { request, service, fault } = exchange;
  const refusal = fault && refusalOf(fault);
  if (refusal) return refusal;
  if (service.needsToken && !options.tokens.accepts(request.headers.authorization)) {
    return service.endpoint === "file" ? loginPage : answers.unauthorized;
  }
  const answer = await service.work(await toCall(request), fault);
  return fault?.name === "no_message_id" && answer.status === 200 ? { status: 204 } : answer;
}

/** The answer of a fault that replaces the work; undefined for all other faults. */
function refusalOf({ name, options }: ActiveFault): Answer | undefined {
  switch (name) {
    case "rate_limited":
      return rateLimited(options.retryAfterSeconds ?? 1);
    case "throttle400":
      return answers.throttled;
    case "server_error":
      return refuse(options.status ?? 500, "internal_server_error", "An unexpected error occurred.");
    case "unauthorized_once":
      return answers.unauthorized;
    case "login_page":
      return loginPage;
    case "attachment_expired":
      return answers.attachmentExpired;
    case "invalid_grant":
      return { status: 200, body: { error: "invalid_code" } };
    case "token_throttled":
      return { status: 400, body: tooManyTokens };
    case "slow":
    case "late_answer":
    case "expired_token":
    case "token_race":
    case "rotate_refresh_token":
    case "duplicate_event":
    case "reorder":
    case "drop_response":
    case "no_message_id":
    case "refuse_connections":
      return undefined;
  }
}

const tooManyTokens = {
  error_description: "You have made too many requests continuously. Please try again after some time.",
  error: "Access Denied",
  status: "failure",
};

async function toCall(request: FastifyRequest): Promise<Call> {
  const { params, body, url } = request;
  const entries = typeof params === "object" && params !== null ? Object.entries(params) : [];
  return {
    params: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    query: new URL(url, "http://cliq.invalid").searchParams,
    rawBody: typeof body === "string" ? body : "",
    form: Buffer.isBuffer(body) ? await parseForm(body, request.headers["content-type"] ?? "") : undefined,
  };
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.contentType !== undefined) return reply.type(answer.contentType).send(answer.body);
  return answer.body === undefined
    ? reply.send()
    : reply.type("application/json").send(JSON.stringify(answer.body));
}
