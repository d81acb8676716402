/** Threads have separate chats, `<chat>-T-<number>`; https://www.zoho.com/cliq/help/restapi/v2/threads/ */
export function isThreadChat(chatId: string): boolean {
  return /^CT_\w+-T-\d+$/.test(chatId);
}
