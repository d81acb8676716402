import { type Html, html } from "@mio/simulator-kit";
import { buttonsSchema, cardSchema, type ShownSlide, slidesSchema } from "../api/rich-schema.ts";
import type { SimMessage } from "../types.ts";

/** A card with its slides and buttons, roughly as Cliq shows them. */
export function richView({ rich }: SimMessage): Html {
  const card = cardSchema.safeParse(rich["card"]).data;
  const slides = slidesSchema.safeParse(rich["slides"]).data ?? [];
  const buttons = buttonsSchema.safeParse(rich["buttons"]).data ?? [];
  return html`<div class="card">
    ${
      card &&
      html`<header>${card.thumbnail && html`<img src="${httpsOnly(card.thumbnail)}" alt="" loading="lazy">`}
      <b>${card.title}</b>${card.theme && html`<span class="tag">${card.theme}</span>`}</header>`
    }
    ${slides.map(slideView)}
    ${
      buttons.length > 0 &&
      html`<p class="buttons">${buttons.map(
        ({ label, type, hint, action }) =>
          html`<span class="pill ${type === "-" ? "bad" : "good"}" title="${hint ?? action.type}">${label}</span>`,
      )}</p>`
    }
  </div>`;
}

function slideView(slide: ShownSlide): Html {
  return html`<section>${slide.title && html`<h4>${slide.title}</h4>`}${contentView(slide)}</section>`;
}

function contentView(slide: ShownSlide): Html {
  switch (slide.type) {
    case "text":
      return html`<p class="text">${slide.data}</p>`;
    case "list":
      return html`<ul>${slide.data.map((item) => html`<li>${item}</li>`)}</ul>`;
    case "label":
      return html`<dl>${slide.data.flatMap((entry) =>
        Object.entries(entry).map(([key, value]) => html`<div><dt>${key}</dt><dd>${value}</dd></div>`),
      )}</dl>`;
    case "images":
      return html`${slide.data.map((url) => html`<img src="${httpsOnly(url)}" alt="" loading="lazy">`)}`;
    case "table": {
      const { headers, rows } = slide.data;
      return html`<table><thead><tr>${headers.map((header) => html`<th>${header}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${headers.map((header) => html`<td>${row[header] ?? ""}</td>`)}</tr>`)}</tbody></table>`;
    }
  }
}

function httpsOnly(url: string): string {
  return url.startsWith("https://") ? url : "";
}
