import type { AddressInfo } from "node:net";
import type { Readiness } from "@mio/service-kit";
import { fastify } from "fastify";
import { workbenchScript } from "./workbench-script.ts";

export interface WorkbenchOptions {
  readonly port: number;
  readonly links: Readonly<Record<"gateway" | "cliq" | "slack" | "nats" | "ops", string>>;
  readonly ready: () => Promise<Readiness>;
}

/** The front page of a local fleet: all addresses, and its health. */
export async function serveWorkbench(
  options: WorkbenchOptions,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get("/", (_request, reply) => reply.type("text/html; charset=utf-8").send(toPage(options.links)));
  server.get("/api/ready", () => options.ready());
  server.get("/api/links", () => options.links);
  await server.listen({ host: "127.0.0.1", port: options.port });
  const { port } = server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server.close() };
}

const places = [
  {
    key: "cliq",
    title: "Cliq simulator",
    text: "Type as a user, watch the bot think, answer and edit; switch faults on.",
  },
  {
    key: "slack",
    title: "Slack simulator",
    text: "The same with threads, reactions and cards, over Socket Mode or webhooks.",
  },
  { key: "ops", title: "Health and metrics", text: "/readyz with every check, /metrics for Prometheus." },
  {
    key: "gateway",
    title: "Gateway",
    text: "Accepts signed webhooks at /webhooks/zoho-cliq and /webhooks/slack.",
  },
  {
    key: "nats",
    title: "NATS",
    text: "Where agents connect: mio.inbound_enriched.> in, mio.outbound.> out.",
  },
] as const;

function toPage(links: WorkbenchOptions["links"]): string {
  const cards = places.map(({ key, title, text }) => {
    const href = key === "ops" ? `${links[key]}/readyz` : links[key];
    const name = links[key].startsWith("http") ? `<a href="${href}">${title}</a>` : title;
    return `<li><h2>${name}</h2><p>${text}</p><code>${links[key]}</code></li>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mio workbench</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: light-dark(#d9dee7, #333b49); --soft: light-dark(#f6f8fb, #171b22) }
body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
ul { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem; padding: 0; list-style: none }
li { border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; background: var(--soft) }
h2 { margin: 0; font-size: 1.1rem } p { margin: .25rem 0 .75rem } code { font-size: .85rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line) }
.ok { color: light-dark(#0a7a3d, #4ade80) } .bad { color: light-dark(#b42318, #f97066) }
</style></head><body>
<h1>Mio workbench</h1>
<ul>${cards.join("")}</ul>
<h2>Is it well?</h2>
<table><thead><tr><th scope="col">Service</th><th scope="col">Check</th><th scope="col">State</th><th scope="col">Detail</th></tr></thead>
<tbody id="checks" aria-live="polite"></tbody></table>
<script>${workbenchScript}</script></body></html>`;
}
