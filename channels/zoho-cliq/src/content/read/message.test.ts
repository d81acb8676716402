import { describe, expect, it } from "vitest";
import type { CliqMessage } from "./cliq-message.ts";
import type { Fields } from "./fields.ts";
import { readMessage } from "./message.ts";

const nothingBeside = { attachments: undefined, mentions: undefined, replyTo: undefined };
const read = (raw: Fields): CliqMessage => readMessage(raw, nothingBeside);

describe("readMessage", () => {
  it.each([
    [{ text: "words" }, "words"],
    [{ text: 7 }, "7"],
    [{ text: { text: "words" } }, "words"],
    [{ content: { text: "words" } }, "words"],
    [{ content: "words" }, "words"],
    [{ text: null, comment: "words" }, "words"],
    [{ text: "words", comment: "words" }, "words"],
    [{ text: "words", comment: "of the file" }, "words\n\nof the file"],
    [{ content: { comment: "words" } }, "words"],
    [{ file: { name: "a.txt", comment: "words" } }, "words"],
    [{ text: "see https://x.example/", link: { url: "https://x.example/" } }, "see https://x.example/"],
    [{ text: "see", link: "https://x.example/" }, "see\n\nhttps://x.example/"],
    [{ text: null }, ""],
    [{ text: [] }, ""],
  ])("reads the words of %j once", (raw, text) => {
    expect(read(raw)).toMatchObject({ text, unread: [] });
  });

  it.each([
    [{ file: { name: "a", url: "u" } }],
    [{ file: [{ name: "a", url: "u" }] }],
    [{ files: [{ name: "a", url: "u" }] }],
    [{ attachments: [{ name: "a", url: "u" }] }],
    [{ attachments: { name: "a", url: "u" } }],
    [{ content: { file: { name: "a", url: "u" } } }],
    [{ file: { name: "a", url: "u" }, attachments: [{ name: "a", url: "u" }] }],
  ])("finds the file of %j once", (raw) => {
    const { file, attachments, unread } = read(raw);
    expect([file, ...attachments].filter(Boolean)).toEqual([{ name: "a", type: "", url: "u" }]);
    expect(unread).toEqual([]);
  });

  it.each([
    [{ text: "x", whiteboard: { strokes: [1] } }, ["whiteboard"]],
    [{ text: "x", file: 7 }, ["file"]],
    [{ text: "x", card: { theme: "hologram" } }, ["card"]],
    [{ text: "x", card: { title: "T", sections: [{ elements: [{ type: "map" }] }] } }, ["card.sections:map"]],
    [{ text: "x", slides: [{ type: "graph", data: { series: [1] } }] }, ["slides:graph"]],
    [{ text: "x", slides: [{ type: "table", data: {} }] }, ["slides:table"]],
    [{ text: "x", buttons: [{ type: "+" }] }, ["buttons"]],
    [{ text: "x", location: { place: { id: 4 } } }, ["location"]],
    [{ text: "x", contact: { avatar: "a" } }, ["contact"]],
    [{ text: "x", forwarded_message: { id: "1" } }, ["forwarded_message"]],
    [{ type: "scheduled_call" }, ["type:scheduled_call"]],
    [{ type: "text" }, []],
    [{ text: "x", type: "scheduled_call" }, []],
    [{ text: "x", is_read: true, ack_key: "k", styles: { highlight: true } }, []],
  ])("names what it cannot read of %j", (raw, unread) => {
    expect(read(raw).unread).toEqual(unread);
  });

  it("keeps the words of a card with what stands below it, in the order in which Cliq shows them", () => {
    const { text, unread } = read({
      text: "first",
      card: { title: "second", buttons: [{ label: "fifth" }] },
      slides: [{ type: "text", title: "third", data: "fourth" }],
      buttons: [{ type: "button", object: { label: "sixth" } }],
    });
    expect(text).toBe("first\n\nsecond\n\nthird\n\nfourth\n\n[fifth] [sixth]");
    expect(unread).toEqual([]);
  });

  it("quotes a forwarded message under its author, with its words and the name of its file", () => {
    const forwarded_message = { sender: { name: "Grace" }, text: "one\ntwo", file: { name: "a.txt" } };
    expect(read({ text: "see", forwarded_message }).text).toBe("see\n\n> Grace:\n> one\n> two\n> a.txt");
  });
});
