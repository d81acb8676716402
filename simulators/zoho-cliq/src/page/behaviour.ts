import type { PageBehaviour, PageTools } from "@mio/simulator-kit";

/** Calls Cliq's control API. Runs in the browser, so it uses its argument only. */
export function cliqBehaviour({ data, replyTo, act, edit }: PageTools): PageBehaviour {
  const { chat, kind } = data;
  const reply = (): object => (replyTo() === undefined ? {} : { replyTo: replyTo() });
  return {
    sendFile: (input) => act("file", { chat, ...input }),
    sendText: (input) => (kind === "dm" ? act("dm", input) : act("say", { chat, ...input, ...reply() })),
    change(name, messageId, text) {
      if (name === "edit") edit(text, (changed) => act("edit", { messageId, text: changed }));
      else void act(name, { messageId });
    },
  };
}
