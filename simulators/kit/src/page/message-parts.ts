import { type Html, html } from "./html.ts";

/** A file to download; pictures are also shown. */
export function fileView(file: {
  readonly url: string;
  readonly name: string;
  readonly mime: string;
  readonly size: number;
}): Html {
  const { url, name, mime, size } = file;
  const isPicture = /^image\/(png|jpeg|gif|webp)$/.test(mime);
  return html`<a class="file" href="${url}" download="${name}">
    ${isPicture ? html`<img src="${url}" alt="" loading="lazy">` : html`<span class="icon" aria-hidden="true">▤</span>`}
    <span><b>${name}</b><small>${mime} · ${sizeOf(size)}</small></span></a>`;
}

/** The former texts of a message, each with its time since the post. */
export function historyView(message: {
  readonly revisions: readonly { readonly text: string; readonly at: Date }[];
  readonly postedAt: Date;
}): Html {
  const { revisions, postedAt } = message;
  const count = revisions.length - 1;
  const lastMs = (revisions.at(-1)?.at.getTime() ?? 0) - postedAt.getTime();
  return html`<details class="history"><summary>edited ${count === 1 ? "once" : `${count} times`} · +${lastMs} ms</summary>
    <ol>${revisions.map(
      ({ text, at }) => html`<li><span>+${at.getTime() - postedAt.getTime()} ms</span> <q>${text}</q></li>`,
    )}</ol></details>`;
}

function sizeOf(bytes: number): string {
  return bytes < 1_024 ? `${bytes} B` : `${(bytes / 1_024).toFixed(1)} KiB`;
}
