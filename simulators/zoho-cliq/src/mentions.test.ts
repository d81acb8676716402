import { describe, expect, it } from "vitest";
import { applyMentions } from "./mentions.ts";
import { createPeople } from "./people.ts";

const people = createPeople();
const bob = people.ensureUser("Bob Tran");
const bot = { id: "b-1", uniqueName: "mio", name: "Mio" };
const apply = (text: string, names: readonly string[] = []) => applyMentions(text, names, { people, bot });

describe("mentions", () => {
  it("turns names in the text into ids", () => {
    expect(apply("hey @mio and @Bob!")).toEqual({
      text: `hey {@b-1} and {@${bob.id}}!`,
      mentions: [
        { id: "b-1", name: "Mio", dname: "@Mio", type: "bot" },
        { id: bob.id, name: "Bob Tran", dname: "@Bob Tran", type: "user" },
      ],
    });
  });

  it("puts names that are missing in the text in front of it", () => {
    expect(apply("hello", ["bot"]).text).toBe("{@b-1} hello");
    expect(apply("hello @mio", ["bot"]).text).toBe("hello {@b-1}");
  });

  it("keeps email addresses, unknown names and existing mentions", () => {
    const text = "mail bob@mio.example, @nobody, {@b-1}";
    expect(apply(text)).toEqual({ text, mentions: [] });
  });

  it("lists a person once, however often the text names them", () => {
    expect(apply("@mio @mio").mentions).toHaveLength(1);
  });
});
