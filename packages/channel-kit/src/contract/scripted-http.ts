import type { HttpClient } from "../http/http-client.ts";
import type { HttpAnswer, HttpDownload, HttpFailure, HttpRequest } from "../http/http-message.ts";

/** An answer in the short form for tests. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** The answer was cut or broke off. */
  readonly truncated?: boolean;
}

type Step = ScriptedAnswer | HttpFailure;

/** An `HttpClient` for unit tests of an adapter. It answers from a list and records the requests. */
export interface ScriptedHttp extends HttpClient {
  readonly requests: readonly HttpRequest[];
}

/** Plays the steps in order, then repeats the last one. */
export function scriptedHttp(...steps: readonly [Step, ...Step[]]): ScriptedHttp {
  const requests: HttpRequest[] = [];
  const next = (request: HttpRequest): Step => {
    requests.push(request);
    return steps[Math.min(requests.length, steps.length) - 1] ?? steps[0];
  };
  return {
    requests,
    call: async (request) => {
      const step = next(request);
      return "kind" in step ? step : toAnswer(step);
    },
    download: async (request) => {
      const step = next(request);
      return "kind" in step ? step : toDownload(step);
    },
  };
}

function toAnswer({ status, headers = {}, text = "", truncated = false }: ScriptedAnswer): HttpAnswer {
  return { kind: "answer", status, headers: new Headers(headers), text, truncated };
}

function toDownload({ status, headers = {}, text = "" }: ScriptedAnswer): HttpDownload {
  const body = ReadableStream.from([new TextEncoder().encode(text)]);
  return { kind: "download", status, headers: new Headers(headers), body, cancel: () => body.cancel() };
}
