import { describe, expect, it } from "vitest";
import { toMrkdwn } from "./to-mrkdwn.ts";

const fence = "```";
/** An invisible space. */
const zw = "\u200b";

describe("toMrkdwn", () => {
  it.each([
    ["hello **world**", "hello *world*"],
    ["a & b < c > d", "a &amp; b &lt; c &gt; d"],
    ["[click here](https://example.com)", "<https://example.com|click here>"],
    ["[x](https://e.com/?a=1&b=2)", "<https://e.com/?a=1&amp;b=2|x>"],
    ["<p>paragraph</p>", "\nparagraph\n"],
    ["hey <@U123456> check", "hey <@U123456> check"],
    ["use `a < b & c` ", "use `a &lt; b &amp; c` "],
    ["| A |\n|---|\nmore text", `${fence}\n| A |\n${fence}\nmore text`],
    ["# **Title**", "*Title*"],
    ["__init__.py", "__init__.py"],
    ["![alt](https://e.com/i.png)", "<https://e.com/i.png|alt>"],
    ["&amp; x", "&amp; x"],
    ["| **A** |\n|---|\n| *b* |", `${fence}\n| **A** |\n| *b* |\n${fence}`],
    [`a ${fence}b${fence} c ${fence}d`, `a ${fence}b${fence} c \u02cb\u02cb\u02cbd`],
    ["*i*", "_i_"],
    ["## Title ##", "*Title*"],
    ["## C#", "*C#*"],
    ["| A |\n| --- --- |\n| b |", `${fence}\n| A |\n| b |\n${fence}`],
    ["| A |\n|::|\n| b |", `${fence}\n| A |\n|::|\n| b |\n${fence}`],
    ["see https://e.com/a_b!).", "see https://e.com/a_b!)."],
  ])("converts %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["one<br>two<BR/>three", "one\ntwo\nthree"],
    ["<b>x</b> <STRONG>y</STRONG>", "*x* *y*"],
    ["<i>x</i> <em>y</em>", "_x_ _y_"],
    ["<s>x</s> <strike>y</strike> <del>z</del>", "~x~ ~y~ ~z~"],
    ["<code>a < b</code>", "`a &lt; b`"],
    ['<a href="https://e.com">t</a>', "<https://e.com|t>"],
    ["<a class=\"c\" href='https://e.com'><b>t</b></a>", "<https://e.com|t>"],
    ["<b><i>x</i></b>", "*_x_*"],
    ["<div>x</div>", "&lt;div&gt;x&lt;/div&gt;"],
    ["`<b>`", "`&lt;b&gt;`"],
  ])("understands the HTML of %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["***x***", "*_x_*"],
    ["**a *b* c**", "*a _b_ c*"],
    ["__bold__ and _italic_", "*bold* and _italic_"],
    ["__bold__.", "*bold*."],
    ["~~gone~~", "~gone~"],
    ["2*3*4 and 2 * 3 * 4", "2*3*4 and 2 * 3 * 4"],
    ["* item", "* item"],
    ["snake_case __dunder", "snake_case __dunder"],
    ["obj.__dict__(x)", "obj.__dict__(x)"],
    ["**a\nb**", "*a*\n*b*"],
    ["** not bold **", "** not bold **"],
    ["## Title ##", "*Title*"],
    ["# a **b** c", "*a b c*"],
    ["#hashtag", "#hashtag"],
    ["> quote", "&gt; quote"],
  ])("marks %j as Slack does", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["**[t](https://e.com)**", "*<https://e.com|t>*"],
    ["[**t**](https://e.com)", "<https://e.com|t>"],
    ["[w](https://en.wikipedia.org/wiki/A_(b))", "<https://en.wikipedia.org/wiki/A_(b)|w>"],
    ['[t](https://e.com "title")', "<https://e.com|t>"],
    ["[a > b](https://e.com/a|b)", "<https://e.com/a%7Cb|a &gt; b>"],
    ["![](https://e.com/i.png)", "<https://e.com/i.png>"],
    ["[read](./README.md)", "read (./README.md)"],
    ["[x](javascript:alert)", "x (javascript:alert)"],
    ["https://e.com/__a__/b?x=1&y=2.", "https://e.com/__a__/b?x=1&amp;y=2."],
    ["**https://e.com/a_b**", "*https://e.com/a_b*"],
    ["<https://e.com/?a=1&b=2|t> <!here> <#C1|c>", "<https://e.com/?a=1&amp;b=2|t> <!here> <#C1|c>"],
    ["[`code`](https://e.com)", "<https://e.com|code>"],
  ])("links %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    [
      `${fence}js\nlet a = "**x**" && <b>;\n${fence}`,
      `${fence}\nlet a = "**x**" &amp;&amp; &lt;b&gt;;\n${fence}`,
    ],
    [`${fence}\n&amp; <@U1>\n${fence}`, `${fence}\n&amp;amp; &lt;@U1&gt;\n${fence}`],
    ["``a`b``", "``a`b``"],
    ["a ` b", "a ` b"],
    ["`**x**` **`y`**", "`**x**` *`y`*"],
  ])("leaves the code of %j alone", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["is `a < b && c` right?", "is `a &lt; b &amp;&amp; c` right?"],
    ["is `a &lt; b` right, &lt;b&gt; &amp;amp;?", "is `a &amp;lt; b` right, &lt;b&gt; &amp;amp;?"],
    ["restart my_service & 2 * 3 < 7", "restart my_service &amp; 2 * 3 &lt; 7"],
    ["  indented\n\n\n    \ttwo  spaces", "  indented\n\n\n```\n\ttwo  spaces\n```"],
    ["one\r\ntwo\n   three", "one\ntwo\n   three"],
  ])("shows %j, as a person wrote it", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it("means 'about' by a tilde before a number", () => {
    expect(toMrkdwn("It costs ~$36k now and ~$40k next year (~10% more)")).toBe(
      "It costs ∼$36k now and ∼$40k next year (∼10% more)",
    );
    expect(toMrkdwn("~~old~~ costs ~5, see ~/dir")).toBe("~old~ costs ∼5, see ~/dir");
    expect(toMrkdwn("cd ~/dir")).toBe("cd ~/dir");
    expect(toMrkdwn("about ~5")).toBe("about ~5");
  });

  it("sets marks apart from Chinese and Japanese text", () => {
    expect(toMrkdwn("结果是**粗体**文字。これは**重要**です")).toBe(
      `结果是${zw}*粗体*${zw}文字。これは${zw}*重要*${zw}です`,
    );
    expect(toMrkdwn("**「太字」**です，`代码`的")).toBe(`*「太字」*${zw}です，${zw}\`代码\`${zw}的`);
    expect(toMrkdwn("un**believ**able")).toBe(`un${zw}*believ*${zw}able`);
  });

  it.each([
    ["Here:\n```ts\nconst m: Array<b> = f(**x**);", "Here:\n```\nconst m: Array&lt;b&gt; = f(**x**);\n```"],
    ["~~~py\na\n```\nb\n~~~", `${fence}\na\n\`\`${zw}\`\nb\n${fence}`],
    ["````md\n**a**\n````", `${fence}\n**a**\n${fence}`],
    ["- a\n  ```\n  x\n  ```\n- b", `- a\n${fence}\nx\n${fence}\n- b`],
    ["> quote\n> ```\n> x\n> ```", `&gt; quote\n${fence}\nx\n${fence}`],
    ["    **x**\n\n    y", `${fence}\n**x**\n\ny\n${fence}`],
    ["```", "```\n\n```"],
  ])("keeps the code of %j letter for letter", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["use \\*args and \\*\\*kwargs", "use *args and **kwargs"],
    ["use \\*args and \\*\\*kwargs, and \\*this\\*", `use *${zw}args and **kwargs, and *${zw}this${zw}*`],
    ["\\_x\\_ and _y_", `_${zw}x${zw}_ and _y_`],
    ["\\`x\\`", "\u02cbx\u02cb"],
    ["\\> no quote", `${zw}&gt; no quote`],
    ["\\[a\\](b) \\<@U1>", "[a](b) &lt;@U1&gt;"],
    ["**a \\* b**", "*a * b*"],
    ["**a\\* b**", `*a${zw}* b*`],
  ])("shows the escaped characters of %j as they are", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it("gives links the words of code and pictures as labels", () => {
    const markdown =
      "see [`lib/a.ts:76`](https://x.example/a#L76) [![build](https://ci.example/b.svg)](https://ci.example/run)";
    expect(toMrkdwn(markdown)).toBe(
      "see <https://x.example/a#L76|lib/a.ts:76> <https://ci.example/run|build>",
    );
  });

  it.each([
    ["[https://good.com](https://evil.com/x)", "https://good.com (<https://evil.com/x>)"],
    ["[good.com](https://evil.com)", "good.com (<https://evil.com>)"],
    ["<https://evil.com|www.good.com>", "www.good.com (<https://evil.com>)"],
    ["[https://good.com](https://good.com@evil.com)", "https://good.com (<https://good.com@evil.com>)"],
    ["[www.good.com/a](https://good.com/a/b)", "<https://good.com/a/b|www.good.com/a>"],
    ["[README.md](https://e.com/r)", "<https://e.com/r|README.md>"],
  ])("hides no address behind another: %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    [
      "[t][1] and [2]\n\n[1]: https://e.com\n[2]: https://f.com",
      "<https://e.com|t> and <https://f.com|2>\n\n",
    ],
    ["[1]: https://e.com", "[1]: https://e.com"],
    ["<https://e.com/a_b>, www.e.com, a@e.com", "<https://e.com/a_b>, www.e.com, a@e.com"],
    ["请看https://e.com/a。谢谢", "请看https://e.com/a。谢谢"],
    ["[a\n**b**](https://e.com)", "<https://e.com|a b>"],
    ["<!date^1^{date}|later> <!subteam^S1|@x>", "<!date^1^{date}|later> <!subteam^S1|@x>"],
  ])("reads the addresses of %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it.each([
    ["- a\n  - **b**\n    c\n\n1. d\n2) e", "- a\n  - *b*\n    c\n\n1. d\n2) e"],
    ["- [ ] open\n- [x] done", "- [ ] open\n- [x] done"],
    ["> a\n> > b\nlazy\n>\n> c", "&gt; a\n&gt; &gt; b\n&gt; &gt; lazy\n&gt; \n&gt; c"],
    [">>> a", "&gt; &gt; &gt; a"],
    ["a\n\n---\n\nb", "a\n\n---\n\nb"],
    ["Title\n===\ntext", "*Title*\ntext"],
    ["one  \ntwo\\\nthree", "one\ntwo\nthree"],
    ["**a ~~*b*~~ c**", "*a ~_b_~ c*"],
    ["***a** b*", "_*a* b_"],
    ["**a ~~b __c__~~**", "*a ~b c~*"],
    ["a <b>c", "a &lt;b&gt;c"],
    ["</b> in f(Array<b>)", "&lt;/b&gt; in f(Array&lt;b&gt;)"],
    ["<b> x </b>", " *x* "],
    ["&copy; &#42;x&#42;", `© *${zw}x${zw}*`],
    ["**bold that still grows", "**bold that still grows"],
    ["- \n- b\n\n>\n\nc", "- \n- b\n\n&gt; \n\nc"],
    ["`` ` ``", "`` ` ``"],
    ["`` ` `` and ` `` ` and ``` a`b ```", "`` ` `` and `\u02cb\u02cb` and ``a`b``"],
    ["~~~\n``````js\n~~~", `\`\`\`\n\`\`${zw}\`\`${zw}\`\`js\n\`\`\``],
    ["~~~\n`````\n~~~", `\`\`\`\n\`\`${zw}\`\`${zw}\`\n\`\`\``],
  ])("lays out %j", (markdown, mrkdwn) => {
    expect(toMrkdwn(markdown)).toBe(mrkdwn);
  });

  it("is not confused by the characters it marks spans with", () => {
    expect(toMrkdwn("\ue0000\ue001 `x` **y** \ue002")).toBe("\ue0000\ue001 `x` *y* \ue002");
  });
});
