import { MioError } from "@mio/failure";
import { headers, type Msg, type MsgCallback, type NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { createRequestMux } from "./request-mux.ts";

/** A connection that answers when the test says so. */
function scripted() {
  const asked: string[] = [];
  let hear: MsgCallback<Msg> = () => {};
  let isOpen = true;
  const nc = {
    subscribe: (_subject: string, options: { readonly callback: MsgCallback<Msg> }) => {
      hear = options.callback;
      return { unsubscribe: () => {} };
    },
    publish: (_subject: string, payload: Uint8Array | undefined, { reply }: { readonly reply: string }) => {
      if ((payload?.length ?? 0) > 10) throw new Error("'max_payload' size exceeded");
      asked.push(reply);
    },
    isClosed: () => false,
  } as unknown as NatsConnection;
  const mux = createRequestMux(nc, () => isOpen);
  const answer = (index: number, code?: number): void => {
    const head = code === undefined ? {} : { headers: headers(code, "No Responders") };
    void hear(null, { subject: asked[index] ?? "", ...head } as Msg);
  };
  const ask = (timeoutMs = 10_000) => mux.request({ subject: "question", timeoutMs });
  return { mux, ask, asked, answer, close: () => (isOpen = false) };
}

test("an answer goes to the question that it is for", async () => {
  const { mux, ask, asked, answer } = scripted();
  const [first, second] = [ask(), ask()];
  answer(1);
  answer(0);
  expect([(await first).subject, (await second).subject]).toEqual(asked);
  expect(mux.pending()).toBe(0);
  mux[Symbol.dispose]();
});

test("a request ends at its deadline, and a late answer is ignored", async () => {
  const { mux, ask, answer } = scripted();
  const patient = ask();
  await expect(ask(10)).rejects.toMatchObject({ code: "bus.publish_timeout", retry: "soon" });
  expect(mux.pending()).toBe(1);
  answer(1);
  answer(0);
  await patient;
  expect(mux.pending()).toBe(0);
  mux[Symbol.dispose]();
});

test("a subject without a listener has no stream", async () => {
  const { mux, ask, answer } = scripted();
  const asking = ask();
  answer(0, 503);
  await expect(asking).rejects.toMatchObject({ code: "bus.no_stream", retry: "soon" });
  mux[Symbol.dispose]();
});

test("rejects all pending requests when the connection is lost, and accepts no new ones", async () => {
  const { mux, ask, asked, close } = scripted();
  const underWay = Promise.allSettled([ask(), ask()]);
  mux.rejectAll(new MioError("bus.unavailable", "scripted", { retry: "soon" }));
  for (const one of await underWay) expect(one).toMatchObject({ reason: { code: "bus.unavailable" } });
  close();
  await expect(ask()).rejects.toMatchObject({ code: "bus.unavailable" });
  expect([asked.length, mux.pending()]).toEqual([2, 0]);
  mux[Symbol.dispose]();
});

test("refuses a message above the server's limit at once and for good", async () => {
  const { mux } = scripted();
  const question = { subject: "question", payload: new Uint8Array(11), timeoutMs: 10_000 };
  await expect(mux.request(question)).rejects.toMatchObject({ code: "bus.too_large", retry: "never" });
  expect(mux.pending()).toBe(0);
  mux[Symbol.dispose]();
});
