import { describe, expect, it } from "vitest";
import { html, trusted } from "./html.ts";

describe("html", () => {
  it("escapes values in text and attributes", () => {
    const nasty = `"><script>alert('&')</script>`;
    expect(html`<a title="${nasty}">${nasty}</a>`.markup).not.toMatch(/<script|title=""/);
    expect(html`${nasty}`.markup).toBe("&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
  });

  it("inserts markup and lists of markup unescaped, and omits undefined and false", () => {
    const items = ["a", "<b>"].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}${undefined}${false}${0}</ul>`.markup).toBe(
      "<ul><li>a</li><li>&lt;b&gt;</li>0</ul>",
    );
    expect(html`${trusted("<i>")}`.markup).toBe("<i>");
  });
});
