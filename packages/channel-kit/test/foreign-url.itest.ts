import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, BlockList, isIP, type LookupFunction } from "node:net";
import { create } from "@bufbuild/protobuf";
import {
  addressesBeside,
  attachmentFailure,
  createHttpClient,
  type FetchedAttachment,
  fetchFile,
  type HttpClient,
} from "@mio/channel-kit";
import { Attachment_ErrorCode, AttachmentSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";

/** A server of this machine that counts its connections and keeps its requests. */
interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  connections(): number;
  endConnections(): void;
}

async function listen(host: string, port = 0, location?: string): Promise<Listener> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    if (location !== undefined && request.url === "/f") response.writeHead(302, { location }).end();
    else response.writeHead(200, { "content-type": "text/plain" }).end("content");
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    endConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A name server that gives the answers in turn, and repeats the last one. */
function answering(...answers: readonly string[][]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    lookup: (hostname, _, callback) => {
      asked.push(hostname);
      const found = answers[Math.min(asked.length, answers.length) - 1] ?? [];
      callback(
        null,
        found.map((address) => ({ address, family: isIP(address) })),
      );
    },
  };
}

interface Given {
  readonly lookup?: LookupFunction;
  readonly allowedAddresses?: BlockList;
}

function client(given: Given = {}): HttpClient {
  return createHttpClient({ userAgent: "mio-test", timeoutMs: 5_000, maxResponseBytes: 1_000, ...given });
}

function only(...addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return list;
}

async function textOf(http: HttpClient, url: string): Promise<unknown> {
  const outcome = await http.download({ method: "GET", url: new URL(url) });
  if (outcome.kind !== "download") return outcome.refusedAddress;
  return await new Response(ReadableStream.from(outcome.body)).text();
}

describe("a foreign URL", () => {
  it("is connected to the address that was checked, though the name has another one by then", async () => {
    await using good = await listen("127.0.0.2");
    await using victim = await listen("127.0.0.1", good.port);
    const names = answering(["127.0.0.2"], ["127.0.0.1"]);
    const http = client({ lookup: names.lookup, allowedAddresses: only("127.0.0.2") });
    const url = `http://files.fax.test:${good.port}/x`;
    expect(await textOf(http, url)).toBe("content");
    expect(names.asked).toEqual(["files.fax.test"]);
    expect(good.requests[0]?.headers.host).toBe(`files.fax.test:${good.port}`);

    good.endConnections();
    await expect.poll(() => textOf(http, url)).toBe("loopback");
    expect(names.asked.length).toBeGreaterThan(1);
    expect(victim.connections()).toBe(0);
  });

  it.each([
    ["one public and one private address", ["127.0.0.2", "10.0.0.1"], "private"],
    ["an IPv6 address of this machine", ["127.0.0.2", "::1"], "loopback"],
    ["an IPv4-mapped address", ["::ffff:127.0.0.1"], "loopback"],
    ["the metadata address", ["169.254.169.254"], "metadata"],
    ["the metadata address of IPv6", ["fd00:ec2::254"], "metadata"],
  ])("is refused if its name has %s", async (_, addresses, rule) => {
    await using good = await listen("127.0.0.2");
    await using victim = await listen("127.0.0.1", good.port);
    const { lookup } = answering(addresses);
    const http = client({ lookup, allowedAddresses: only("127.0.0.2") });
    expect(await textOf(http, `http://files.fax.test:${good.port}/x`)).toBe(rule);
    expect([good.connections(), victim.connections()]).toEqual([0, 0]);
  });

  it.each([
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "[::ffff:127.0.0.1]",
    "localhost",
  ])("is refused if it names this machine as %s", async (host) => {
    await using victim = await listen("127.0.0.1");
    expect(await textOf(client(), `http://${host}:${victim.port}/x`)).toBe("loopback");
    expect(await textOf(client(), `https://${host}:${victim.port}/x`)).toBe("loopback");
    expect(victim.connections()).toBe(0);
  });

  it("is refused for a call with a body too, before a byte of it is written", async () => {
    await using victim = await listen("127.0.0.1");
    const url = new URL(`http://127.0.0.1:${victim.port}/x`);
    const call = { method: "POST", url, body: "the file" } as const;
    expect(await client().call({ ...call, isForeign: true })).toEqual({
      kind: "unsent",
      reason: "network",
      networkCode: "ERR_ADDRESS_REFUSED",
      refusedAddress: "loopback",
    });
    expect(victim.connections()).toBe(0);
    expect(await client().call(call)).toMatchObject({ kind: "answer", status: 200 });
  });

  it("fails like any other if its name has no address", async () => {
    const { lookup } = answering([]);
    const outcome = await client({ lookup }).download({ method: "GET", url: new URL("https://no.test/") });
    expect(outcome).toMatchObject({ kind: "unsent", reason: "network" });
    expect(outcome).not.toHaveProperty("refusedAddress");
  });
});

describe("an attachment", () => {
  const files = "https://files.fax.test/f";

  function fetchFrom(http: HttpClient, url: string, baseUrl: string): Promise<FetchedAttachment> {
    return fetchFile(
      {
        http,
        hosts: { baseUrl: new URL(baseUrl), hosts: new Set(["files.fax.test", "127.0.0.1", "[::1]"]) },
        hostsSetting: "FAX_HOSTS",
        authorization: (token) => `Fax ${token}`,
        loginTokenAgeMs: 0,
        loginAdvice: "Fax wants a login.",
        refusal: () => attachmentFailure("NOT_FOUND", "Fax has no such file."),
      },
      {
        attachment: create(AttachmentSchema, { url }),
        tokens: { get: async () => "t0ken", invalidate: () => false },
        signal: new AbortController().signal,
      },
    );
  }

  interface Failure {
    readonly wireCode: unknown;
    readonly message: string;
  }

  function failure(code: "FORBIDDEN" | "NOT_FOUND", said: string): Failure {
    return { wireCode: Attachment_ErrorCode[code], message: expect.stringContaining(said) };
  }

  async function failureOf(work: Promise<unknown>): Promise<Failure> {
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    if (!(error instanceof Error && "wireCode" in error)) throw new Error("expected a failure");
    expect(error).toMatchObject({ name: "AttachmentError", retry: "never" });
    expect(error.message).not.toContain("t0ken");
    return { wireCode: error.wireCode, message: error.message };
  }

  it.each([
    ["10.0.0.1", "private"],
    ["127.0.0.1", "loopback"],
    ["169.254.169.254", "metadata"],
    ["::1", "loopback"],
    ["fe80::1", "link_local"],
    ["64:ff9b::7f00:1", "loopback"],
  ])("whose listed host has the address %s is FORBIDDEN as %s", async (address, rule) => {
    const { lookup } = answering([address]);
    const failed = await failureOf(fetchFrom(client({ lookup }), files, "https://api.fax.test/"));
    expect(failed).toEqual(failure("FORBIDDEN", `(${rule})`));
  });

  it.each(["https://127.0.0.1/f", "https://2130706433/f", "https://[::1]/f", "https://0x7f.1/f"])(
    "at %s is FORBIDDEN even if the operator listed it as a host",
    async (url) => {
      const failed = await failureOf(fetchFrom(client(), url, "https://api.fax.test/"));
      expect(failed).toEqual(failure("FORBIDDEN", "(loopback)"));
    },
  );

  const beside = new URL("http://127.0.0.1/");

  it.each([
    ["http://169.254.169.254/latest", "NOT_FOUND", "not https"],
    ["http://files.fax.test/f", "NOT_FOUND", "not https"],
    ["https://evil.test/f", "FORBIDDEN", "FAX_HOSTS"],
    ["https://169.254.169.254/latest", "FORBIDDEN", "FAX_HOSTS"],
    ["https://files.fax.test:8443/f", "FORBIDDEN", "port"],
    ["https://u:p@files.fax.test/f", "FORBIDDEN", "credentials"],
    ["https://files.fax.test/f", "FORBIDDEN", "(private)"],
  ] as const)("that redirects to %s ends as %s", async (location, code, said) => {
    await using origin = await listen("127.0.0.1", 0, location);
    const { lookup } = answering(["10.0.0.1"]);
    const http = client({ lookup, allowedAddresses: addressesBeside(beside, "") });
    const url = `http://127.0.0.1:${origin.port}/f`;
    const failed = await failureOf(fetchFrom(http, url, beside.href));
    expect(failed).toEqual(failure(code, said));
    expect(origin.requests.map(({ headers }) => headers.authorization)).toEqual(["Fax t0ken"]);
  });

  it("that redirects to another allowed server reaches it without the token", async () => {
    await using target = await listen("127.0.0.1");
    await using origin = await listen("127.0.0.1", 0, `http://127.0.0.1:${target.port}/other`);
    const http = client({ allowedAddresses: addressesBeside(beside, "") });
    const { body } = await fetchFrom(http, `http://127.0.0.1:${origin.port}/f`, beside.href);
    expect(await new Response(ReadableStream.from(body)).text()).toBe("content");
    expect(target.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("that redirects to an address which is not allowed does not reach it", async () => {
    await using victim = await listen("127.0.0.1");
    await using origin = await listen("127.0.0.2", 0, `http://127.0.0.1:${victim.port}/f`);
    const http = client({ allowedAddresses: only("127.0.0.2") });
    const url = `http://127.0.0.2:${origin.port}/f`;
    const failed = await failureOf(fetchFrom(http, url, beside.href));
    expect(failed).toEqual(failure("FORBIDDEN", "(loopback)"));
    expect([origin.requests.length, victim.connections()]).toEqual([1, 0]);
  });
});
