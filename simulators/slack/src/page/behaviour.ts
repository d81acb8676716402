import type { PageBehaviour, PageTools } from "@mio/simulator-kit";

/** Calls Slack's control API. Runs in the browser, so it uses its argument only. */
export function slackBehaviour({ data, user, replyTo, takeChecked, act, edit }: PageTools): PageBehaviour {
  const { team, chat } = data;
  const here = { team, channel: chat };
  const thread = (): object => (replyTo() === undefined ? {} : { threadTs: replyTo() });
  return {
    sendFile: (input) => act("file", { ...here, ...input, ...thread() }),
    sendText: (input) => {
      const isBroadcast = takeChecked("broadcast") && replyTo() !== undefined;
      return act("say", { ...here, ...input, ...thread(), broadcast: isBroadcast });
    },
    change(name, ts, text) {
      if (name === "edit") edit(text, (changed) => act("edit", { ...here, ts, text: changed }));
      else if (name === "redeliver" || name === "forge") void act(name, { team, event: ts });
      else if (name === "react" || name === "unreact")
        void act(name, { ...here, ts, user: user(), emoji: "thumbsup" });
      else void act(name, { ...here, ts });
    },
  };
}
