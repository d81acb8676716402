import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readContent } from "./message-content.ts";

const rich = (...elements: readonly object[]): object => ({ type: "rich_text", elements });
const section = (...elements: readonly object[]): object => ({ type: "rich_text_section", elements });
const typed = (text: string, style?: object): object => ({ type: "text", text, style });
const mrkdwn = (text: string): object => ({ type: "mrkdwn", text });
const plain = (text: string): object => ({ type: "plain_text", text });

function shown(blocks: readonly object[]): string {
  return readContent({ text: "", blocks }).text;
}

describe("a text in Slack's markup becomes Markdown", () => {
  it.each([
    ["*bold* _it_ ~s~ `co*de`", "**bold** *it* ~~s~~ `co*de`"],
    ["*a _b_ c*", "**a *b* c**"],
    ["restart my_service, 2 * 3 * 4, ~5 or ~6", "restart my_service, 2 * 3 * 4, ~5 or ~6"],
    ["is `a &lt; b &amp;&amp; c` right?", "is `a < b && c` right?"],
    ["a &lt; b &amp;amp; c", "a < b \\&amp; c"],
    ["&lt;@U1&gt; is no mention", "\\<@U1> is no mention"],
    ["<@U1> <#C1|a_b> <!here> <!subteam^S1|@dev>", "<@U1> <#C1|a_b> <!here> <!subteam^S1|@dev>"],
    ["<https://a.b/c?d=1&amp;e=2|the plan>", "[the plan](https://a.b/c?d=1&e=2)"],
    ["see <https://a.b/c>.", "see https://a.b/c."],
    ["<mailto:a@b.cd|a@b.cd>", "<a@b.cd>"],
    ["<!date^1700000000^{date}|14 Nov>", "14 Nov"],
    ["&gt; one\n&gt; two\nthree", "> one\n> two\n\nthree"],
    ["&gt;&gt;&gt; one\ntwo", "> one\n> two"],
    ["```\nif (a &lt; b) *x*\n```", "```\nif (a < b) *x*\n```"],
    ["# no heading", "\\# no heading"],
    ["one\ntwo\n\nthree", "one\ntwo\n\nthree"],
    ["*not bold\nhere*", "\\*not bold\nhere\\*"],
  ])("%j", (text, markdown) => {
    expect(readContent({ text }).text).toBe(markdown);
  });
});

describe("what people typed", () => {
  it("reads as Slack lays it out", () => {
    const blocks = [
      rich(
        section(
          typed("ask "),
          { type: "user", user_id: "U1" },
          typed(" in "),
          { type: "channel", channel_id: "C1" },
          typed(" "),
          typed("now ", { bold: true }),
          typed("or "),
          typed("later", { italic: true, strike: true }),
          typed("x_y", { code: true }),
          { type: "emoji", name: "tada" },
          { type: "link", url: "https://a.b/c", text: "plan" },
          { type: "broadcast", range: "here" },
          { type: "usergroup", usergroup_id: "S1" },
          { type: "color", value: "#ff0000" },
          { type: "date", timestamp: 0, fallback: "today" },
        ),
        {
          type: "rich_text_list",
          style: "bullet",
          indent: 0,
          elements: [section(typed("one")), section(typed("two"))],
        },
        { type: "rich_text_list", style: "ordered", indent: 1, elements: [section(typed("inner"))] },
        { type: "rich_text_list", style: "bullet", indent: 0, elements: [section(typed("three"))] },
        {
          type: "rich_text_list",
          style: "ordered",
          indent: 0,
          offset: 2,
          elements: [section(typed("third"))],
        },
        { type: "rich_text_quote", elements: [typed("said")] },
        { type: "rich_text_preformatted", elements: [typed("a <b> *c*\n```")] },
      ),
    ];
    expect(shown(blocks)).toBe(
      [
        "ask <@U1> in <#C1> **now** or *~~later~~*`x_y`:tada:[plan](https://a.b/c)<!here><!subteam^S1>#ff0000today",
        "",
        "- one\n- two\n  1. inner\n- three",
        "",
        "3. third",
        "",
        "> said",
        "",
        "````\na <b> *c*\n```\n````",
      ].join("\n"),
    );
  });

  it("keeps paragraphs within a style, and names elements that it does not know", () => {
    const blocks = [rich(section(typed("one\n\ntwo ", { bold: true }), { type: "hologram", text: "seen" }))];
    const content = readContent({ text: "two", blocks });
    expect(content).toMatchObject({ text: "**one**\n\n**two** seen", unread: ["rich_text.hologram"] });
  });

  it("mentions only by tokens", () => {
    const blocks = [
      rich(section(typed("<@U1> "), typed("<@U2>", { code: true }), { type: "user", user_id: "U3" })),
    ];
    const content = readContent({ text: "", blocks });
    expect(content.text).toBe("\\<@U1> `<@U2>`<@U3>");
    expect([...content.mentioned]).toEqual(["U3"]);
  });
});

const pictures = { type: "image", image_url: "https://a.b/x.png", alt_text: "a graph" };
const button = { type: "button", text: plain("Press") };

describe("each type of block", () => {
  it.each([
    [{ type: "header", text: plain("Head &amp; tail") }, "# Head & tail"],
    [
      { type: "section", text: mrkdwn("*a*"), fields: [mrkdwn("b"), plain("c")], accessory: button },
      "**a**\n\nb\n\nc\n\n[Press]",
    ],
    [
      { type: "section", text: plain("*a*"), accessory: pictures },
      "\\*a\\*\n\n![a graph](https://a.b/x.png)",
    ],
    [{ type: "context", elements: [pictures, mrkdwn("_by_ us")] }, "![a graph](https://a.b/x.png) *by* us"],
    [{ type: "divider" }, "***"],
    [{ ...pictures, title: plain("Load") }, "Load\n\n![a graph](https://a.b/x.png)"],
    [
      {
        type: "video",
        title: plain("Intro"),
        title_url: "https://a.b/v",
        description: plain("how"),
        author_name: "Ada",
        alt_text: "v",
      },
      "[**Intro**](https://a.b/v)\n\nhow\n\nAda",
    ],
    [
      {
        type: "table",
        rows: [
          [{ type: "raw_text", text: "a|b" }, rich(section(typed("c", { bold: true })))],
          [{ type: "raw_number", value: 3 }],
        ],
      },
      "| a\\|b | **c** |\n| --- | --- |\n| 3 |  |",
    ],
    [
      { type: "data_table", caption: "Plans", rows: [[{ type: "raw_text", text: "a" }]] },
      "Plans\n\n| a |\n| --- |",
    ],
    [{ type: "markdown", text: "**a** <@U1>\n\n- b" }, "**a** <@U1>\n\n- b"],
    [{ type: "file", external_id: "ABC", source: "remote" }, "ABC"],
    [
      {
        type: "input",
        label: plain("Name"),
        element: { type: "plain_text_input", placeholder: plain("Ada") },
        hint: plain("first"),
      },
      "Name\n\n[Ada]\n\nfirst",
    ],
    [
      {
        type: "actions",
        elements: [
          button,
          { type: "button", text: plain("Open"), url: "https://a.b/" },
          {
            type: "static_select",
            placeholder: plain("Pick"),
            options: [{ text: plain("x") }, { text: plain("y") }],
          },
        ],
      },
      "[Press] [\\[Open\\]](https://a.b/) [Pick: x, y]",
    ],
    [
      {
        type: "context_actions",
        elements: [
          {
            type: "feedback_buttons",
            positive_button: { text: plain("Good") },
            negative_button: { text: plain("Bad") },
          },
        ],
      },
      "[Good] [Bad]",
    ],
    [
      { type: "call", call_id: "R1", call: { v1: { name: "Standup", join_url: "https://a.b/j" } } },
      "[Standup](https://a.b/j)",
    ],
    [{ type: "alert", level: "error", text: mrkdwn("*down*") }, "**down**"],
    [
      { type: "card", title: mrkdwn("T"), subtitle: mrkdwn("S"), body: mrkdwn("B"), actions: [button] },
      "T\n\nS\n\nB\n\n[Press]",
    ],
    [
      {
        type: "carousel",
        elements: [
          { type: "card", title: mrkdwn("1") },
          { type: "card", title: mrkdwn("2") },
        ],
      },
      "1\n\n2",
    ],
    [
      { type: "container", title: plain("C"), child_blocks: [{ type: "section", text: mrkdwn("in") }] },
      "C\n\nin",
    ],
    [
      {
        type: "task_card",
        title: "Look",
        status: "in_progress",
        output: rich(section(typed("found"))),
        sources: [{ type: "url", url: "https://a.b/s", text: "src" }],
      },
      "**Look** (in progress)\n\nfound\n\n[src](https://a.b/s)",
    ],
    [
      { type: "plan", title: "Plan", tasks: [{ type: "task_card", title: "One", status: "complete" }] },
      "**Plan**\n\n**One** (complete)",
    ],
  ])("%j", (block, markdown) => {
    expect(shown([block])).toBe(markdown);
    expect(readContent({ text: "", blocks: [block] }).unread).toEqual([]);
  });

  it("that Mio does not know is listed, and the text is added", () => {
    const content = readContent({
      text: "sales",
      blocks: [{ type: "hologram", title: plain("Q3") }, { type: "divider" }],
    });
    expect(content.unread).toEqual(["hologram"]);
    expect(content.text).toBe("sales\n\nQ3\n\n***");
  });
});

describe("blocks replace the text, and attachments follow", () => {
  it("keeps the body of an app's message that also has a short text", () => {
    const blocks = [
      { type: "header", text: plain("Disk full on db-1") },
      { type: "section", fields: [mrkdwn("*Free*\n1%")] },
    ];
    expect(readContent({ text: "New incident", blocks }).text).toBe("# Disk full on db-1\n\n**Free**\n1%");
    const attachments = [{ title: "[FIRING:1] PodRestart", text: "restarted 7 times", fallback: "no" }];
    expect(readContent({ text: "<@U1> please look", attachments }).text).toBe(
      "<@U1> please look\n\n**[FIRING:1] PodRestart**\n\nrestarted 7 times",
    );
  });

  it("reads a table that a person pasted below a text", () => {
    const cell = (value: string): object => rich(section(typed(value)));
    const rows = [
      [cell("Plan"), cell("Price")],
      [cell("Basic"), cell("10")],
    ];
    const content = readContent({
      text: "which is cheaper?",
      blocks: [rich(section(typed("which is cheaper?")))],
      attachments: [{ fallback: "[no preview available]", blocks: [{ type: "table", rows }] }],
    });
    expect(content.text).toBe("which is cheaper?\n\n| Plan | Price |\n| --- | --- |\n| Basic | 10 |");
  });
});

describe("an attachment", () => {
  it("keeps all its parts, with the values of its fields", () => {
    const attachment = {
      pretext: "*heads* up",
      author_name: "Ada",
      author_link: "https://a.b/ada",
      title: "Down",
      title_link: "https://a.b/t",
      text: "api is down",
      fields: [
        { title: "Condition", value: "[STATUS] == 200 (got 503)" },
        { title: "Region", value: "eu-west" },
      ],
      image_url: "https://a.b/x.png",
      actions: [{ type: "button", text: "Restart" }],
      footer: "monitor",
      fallback: "no",
    };
    expect(readContent({ text: "", attachments: [attachment] }).text).toBe(
      [
        "**heads** up",
        "[Ada](https://a.b/ada)",
        "[**Down**](https://a.b/t)",
        "api is down",
        "**Condition**: [STATUS] == 200 (got 503)",
        "**Region**: eu-west",
        "![Down](https://a.b/x.png)",
        "[Restart]",
        "monitor",
      ].join("\n\n"),
    );
  });

  it("with only fields shows them instead of its fallback", () => {
    const attachments = [{ fallback: "alert", fields: [{ title: "Host", value: "web-7" }] }];
    expect(readContent({ text: "", attachments }).text).toBe("**Host**: web-7");
    expect(readContent({ text: "", attachments: [{ fallback: "stands for it" }] }).text).toBe(
      "stands for it",
    );
  });

  it("with nothing that can be read is named", () => {
    expect(readContent({ text: "see", attachments: [{ id: 1 }] })).toMatchObject({
      text: "see",
      unread: ["attachment"],
    });
  });

  it("that a person shared is a quote with its author", () => {
    const share = {
      is_msg_unfurl: true,
      is_share: true,
      author_name: "bob",
      from_url: "https://a.b/p1",
      text: "The invoice is wrong",
    };
    expect(readContent({ text: "can you deal with this?", attachments: [share] }).text).toBe(
      "can you deal with this?\n\n> [bob](https://a.b/p1):\n>\n> The invoice is wrong",
    );
    const message_blocks = [{ message: { blocks: [rich(section(typed("laid out")))] } }];
    expect(readContent({ text: "", attachments: [{ ...share, message_blocks }] }).text).toBe(
      "> [bob](https://a.b/p1):\n>\n> laid out",
    );
  });

  it.each([
    { from_url: "https://example.com", text: "preview" },
    { original_url: "https://example.com", text: "preview" },
    { is_msg_unfurl: true, text: "quoted" },
    { is_app_unfurl: true, text: "card" },
  ])("that previews a link is not part of the message: %j", (attachment) => {
    expect(readContent({ text: "", attachments: [attachment] })).toMatchObject({ text: "", byApp: false });
  });
});

it("is total, also for endless nesting", () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (text, blocks, attachments) => {
      expect(typeof readContent({ text, blocks, attachments }).text).toBe("string");
    }),
  );
  let deep: object = { type: "divider" };
  for (let level = 0; level < 50_000; level += 1) deep = { type: "carousel", elements: [deep] };
  expect(readContent({ text: "", blocks: [deep] }).text).toBe("");
});
