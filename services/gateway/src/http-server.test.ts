import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { createHttpServer } from "./http-server.ts";

const unfinished = {
  headers: "POST /hook HTTP/1.1\r\nHost: mio\r\nX-Slow: ",
  body: "POST /hook HTTP/1.1\r\nHost: mio\r\nContent-Type: a/b\r\nContent-Length: 1000\r\n\r\n",
};

test.each(["headers", "body"] as const)(
  "a request whose %s do not come in time is ended with 408",
  async (part) => {
    await using server = createHttpServer({
      maxBodyBytes: 1_048_576,
      maxConcurrent: 4,
      maxBytesInProgress: 1_048_576,
      requestTimeoutMs: 200,
      onRefused: () => undefined,
    });
    server.post("/hook", async () => "seen");
    await server.listen({ host: "127.0.0.1", port: 0 });
    const client = connect((server.server.address() as AddressInfo).port, "127.0.0.1");
    client.write(unfinished[part]);

    const [answer] = await once(client, "data");

    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
    client.destroy();
  },
);
