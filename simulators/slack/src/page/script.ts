/** How Slack's page calls the control API. */
export const pageScript = `
const here = { team, channel: chat };
const thread = () => replyTo ? { threadTs: replyTo } : {};
const send = {
  file: (input) => act("file", { ...here, ...input, ...thread() }),
  text: (input) => {
    const broadcast = Boolean(replyTo) && $("broadcast").checked;
    $("broadcast").checked = false;
    return act("say", { ...here, ...input, ...thread(), broadcast });
  },
};
function change(name, ts, text) {
  const user = $("as").value;
  if (name === "edit") edit(text, (changed) => act("edit", { ...here, ts, text: changed }));
  else if (name === "redeliver" || name === "forge") act(name, { team, event: ts });
  else if (name === "react") act("react", { ...here, ts, user, emoji: "thumbsup" });
  else if (name === "unreact") act("unreact", { ...here, ts, user, emoji: "thumbsup" });
  else act(name, { ...here, ts });
}
`;
