import { type Bus, ensureStreams, openBus, publishDeadLetter, senderPoolOf } from "@mio/bus";
import { encodeCommand, newId, outboundSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { migrate, openStore, type Store } from "@mio/store";
import { aCommand, type CommandFields, testDatabase, testNats } from "@mio/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createIo, run } from "../src/index.ts";

let bus: Bus;
let url: string;
let store: Store;
let dsn: string;
const stack = new AsyncDisposableStack();
beforeAll(async () => {
  const server = stack.use(await testNats());
  url = server.url;
  bus = stack.use(await openBus({ servers: url, name: "test" }));
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  const template = { name: "store", prepare: async (place: string) => void (await migrate({ dsn: place })) };
  dsn = stack.use(await testDatabase({ template })).dsn;
  store = stack.use(await openStore({ dsn, maxConnections: 1, applicationName: "test" }));
});
afterAll(() => stack.disposeAsync());
beforeEach(async () => {
  for (const stream of ["MESSAGES_DLQ", "MESSAGES_OUTBOUND"]) await bus.jsm.streams.purge(stream);
});

let sequence = 0;

async function aLetter(reason: string, fields: CommandFields = {}) {
  const command = aCommand({ text: "secret words", accountId: newId(), ...fields });
  const subject = outboundSubject(command);
  sequence += 1;
  await publishDeadLetter(bus, {
    consumer: senderPoolOf(command.accountId),
    subject,
    payload: encodeCommand(command),
    headers: [["Nats-Msg-Id", `out:${command.id}`]],
    streamSequence: sequence,
    storedAt: new Date(),
    deliveries: 1,
    reason,
    error: new MioError("delivery.permanent", "no"),
  });
  return { id: (await bus.jsm.streams.info("MESSAGES_DLQ")).state.last_seq, subject, command };
}

const withStore = () => ({ MIO_NATS_URLS: url, MIO_POSTGRES_DSN: dsn, USER: "ada" });

async function mio(line: string, env: NodeJS.ProcessEnv = withStore()) {
  const written = { out: "", err: "" };
  const sink = (name: keyof typeof written) => ({
    isTTY: false,
    write: (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    },
  });
  const host = {
    argv: ["node", "main.ts", "dlq", ...line.split(" ")],
    env,
    stdout: sink("out"),
    stderr: sink("err"),
  };
  const io = createIo({ host, signal: new AbortController().signal });
  const code = await run(io);
  return { code, ...written };
}

const commandsLeft = async () => (await bus.jsm.streams.info("MESSAGES_OUTBOUND")).state.messages;
const lettersLeft = async () => (await bus.jsm.streams.info("MESSAGES_DLQ")).state.messages;

describe("mio dlq", () => {
  it("lists letters, by filter and as JSON, and reports an empty list", async () => {
    expect(await mio("list")).toMatchObject({ code: 0, out: "", err: "mio: no dead letters\n" });
    const one = await aLetter("forbidden");
    await aLetter("auth");
    const { out, err } = await mio("list");
    expect(out.split("\n").filter(Boolean)).toHaveLength(2);
    expect(out).toContain(one.subject);
    expect(err).toBe("mio: 2 dead letters\n");
    const json = await mio("list --reason forbidden --since 1h --direction outbound --json");
    expect(JSON.parse(json.out)).toMatchObject({ id: one.id, reason: "forbidden", subject: one.subject });
    expect((await mio("list --reason nothing --json")).out).toBe("");
  });

  it("shows a letter without its text, unless --text is given", async () => {
    const { id } = await aLetter("forbidden");
    const shown = await mio(`show ${id}`);
    expect(shown.out).toContain('"reason": "forbidden"');
    expect(shown.out).not.toContain("secret words");
    expect((await mio(`show ${id} --text --json`)).out).toContain("secret words");
    expect(Buffer.from((await mio(`show ${id} --raw`)).out, "base64").toString()).toContain("secret words");
    expect(await mio("show 999")).toMatchObject({
      code: 1,
      err: expect.stringContaining("next: list them with ./mio dlq list"),
    });
  });

  it("redrives letters by id, and repeatedly with --keep", async () => {
    const { id } = await aLetter("forbidden");
    expect(await mio(`redrive ${id} --dry-run`)).toMatchObject({ code: 0 });
    expect([await commandsLeft(), await lettersLeft()]).toEqual([0, 1]);
    await mio(`redrive ${id} --keep`);
    await mio(`redrive ${id} --keep`);
    expect([await commandsLeft(), await lettersLeft()]).toEqual([2, 1]);
    const last = await mio(`redrive ${id} --json`);
    expect(JSON.parse(last.out)).toEqual({
      ok: true,
      dryRun: false,
      redriven: 1,
      skipped: 0,
      failed: 0,
      missing: 0,
    });
    expect([await commandsLeft(), await lettersLeft()]).toEqual([3, 0]);
    expect(await mio(`redrive ${id}`)).toMatchObject({
      code: 1,
      out: expect.stringContaining("not found: 1"),
    });
  });

  it("redrives letters by filter or all, and skips those that may be posted already", async () => {
    await aLetter("forbidden");
    await aLetter("auth");
    await aLetter("unknown_send");
    await mio("redrive --reason auth");
    expect([await commandsLeft(), await lettersLeft()]).toEqual([1, 2]);
    const { out } = await mio("redrive --all --json");
    expect(JSON.parse(out)).toMatchObject({ redriven: 1, skipped: 1 });
    expect([await commandsLeft(), await lettersLeft()]).toEqual([2, 1]);
    await mio("redrive --all --resend-unknown");
    expect([await commandsLeft(), await lettersLeft()]).toEqual([3, 0]);
  });

  it("records a redrive and its user before it publishes, and the message names the record", async () => {
    const { id, command } = await aLetter("forbidden");
    const wanted = async () => {
      const { rows } = await store.pool.query(
        "SELECT token, requested_by, used_at FROM delivery_redrives WHERE account_id = $1 AND command_id = $2",
        [command.accountId, command.id],
      );
      return rows;
    };
    await mio(`redrive ${id} --dry-run`);
    expect(await wanted()).toEqual([]);
    await mio(`redrive ${id}`);
    const message = await bus.jsm.streams.getMessage("MESSAGES_OUTBOUND", { last_by_subj: "mio.outbound.>" });
    const token = message?.header.get("Mio-Redrive");
    expect(await wanted()).toEqual([{ token, requested_by: expect.stringMatching(/^ada@./), used_at: null }]);
  });

  it("redrives no command without a database and names the setting; other subcommands need none", async () => {
    const { id } = await aLetter("forbidden");
    const env = { MIO_NATS_URLS: url };
    expect(await mio(`redrive ${id}`, env)).toMatchObject({
      code: 3,
      err: expect.stringContaining("set MIO_POSTGRES_DSN to the database of the sender pools"),
    });
    expect([await commandsLeft(), await lettersLeft()]).toEqual([0, 1]);
    expect(await mio(`redrive ${id} --dry-run`, env)).toMatchObject({ code: 0 });
    expect(await mio("list", env)).toMatchObject({ code: 0 });
  });

  it("keeps a letter if the record fails", async () => {
    const { id } = await aLetter("forbidden");
    await store.pool.query("ALTER TABLE delivery_redrives RENAME TO away");
    expect(await mio(`redrive ${id}`)).toMatchObject({ code: 1, out: expect.stringContaining("failed: 1") });
    await store.pool.query("ALTER TABLE away RENAME TO delivery_redrives");
    expect([await commandsLeft(), await lettersLeft()]).toEqual([0, 1]);
  });

  it("deletes letters permanently", async () => {
    const { id } = await aLetter("forbidden");
    await aLetter("auth");
    await mio("purge --all --dry-run");
    expect(await lettersLeft()).toBe(2);
    expect(JSON.parse((await mio(`purge ${id} --json`)).out)).toMatchObject({ ok: true, purged: 1 });
    await mio("purge --reason auth --until 1h");
    expect(await lettersLeft()).toBe(1);
    await mio("purge --reason auth");
    expect([await lettersLeft(), await commandsLeft()]).toEqual([0, 0]);
  });

  it.each([
    ["redrive", "name the dead letters"],
    ["purge", "name the dead letters"],
    ["redrive 1 --all", "either ids"],
    ["redrive x", "is a number"],
    ["list --direction sideways", "--direction takes"],
    ["list --account a.b", "letters, digits"],
    ["list --since yesterday", "--since takes a time"],
  ])("refuses %s", async (line, message) => {
    expect(await mio(line)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  it("names the address when no NATS answers", async () => {
    const nowhere = await mio("list", { MIO_NATS_URLS: "nats://127.0.0.1:1" });
    expect(nowhere).toMatchObject({ code: 3, err: expect.stringContaining("set MIO_NATS_URLS") });
    expect(nowhere.err).toContain("nats://127.0.0.1:1");
  });

  it("names the NATS credentials file that it cannot read", async () => {
    const ran = await mio("list", { MIO_NATS_CREDS_FILE: "/nowhere/mio.creds" });
    expect(ran).toMatchObject({
      code: 3,
      err: expect.stringContaining("/nowhere/mio.creds, which cannot be read"),
    });
  });
});
