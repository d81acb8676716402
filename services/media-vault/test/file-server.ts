import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Answer = (response: ServerResponse) => void | Promise<void>;

/** A platform's file server on 127.0.0.1 with scripted answers. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** Sets the answer for `path`; returns the URL. */
  serve(path: string, answer: Answer): string;
  /** Number of requests for `path`. */
  requests(path: string): number;
}

export async function startFileServer(): Promise<FileServer> {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const answer = answers.get(path) ?? ((reply) => void reply.writeHead(404).end());
    void answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url,
    serve: (path, answer) => {
      answers.set(path, answer);
      return `${url}${path}`;
    },
    requests: (path) => requests.filter((asked) => asked === path).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function file(bytes: string | Uint8Array, contentType = "image/png"): Answer {
  return (response) => void response.writeHead(200, { "content-type": contentType }).end(bytes);
}

/** Sends the first half at once and the rest when the latch opens. */
export function fileBehind(latch: Promise<void>, bytes: string): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": "image/png", "content-length": bytes.length });
    response.write(bytes.slice(0, bytes.length / 2));
    await latch;
    response.end(bytes.slice(bytes.length / 2));
  };
}

export function refusal(status: number, text = ""): Answer {
  return (response) => void response.writeHead(status, { "content-type": "application/json" }).end(text);
}
