/** How Cliq's page calls the control API. */
export const pageScript = `
const { kind } = document.body.dataset;
const send = {
  file: (input) => act("file", { chat, ...input }),
  text: (input) => kind === "dm" ? act("dm", input) : act("say", { chat, ...input, ...(replyTo ? { replyTo } : {}) }),
};
function change(name, messageId, text) {
  if (name === "edit") edit(text, (changed) => act("edit", { messageId, text: changed }));
  else act(name, { messageId });
}
`;
