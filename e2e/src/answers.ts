import { eventually } from "@mio/testkit";
import { type Account, toAccount } from "./accounting.ts";
import type { Fleet } from "./fleet.ts";
import type { Talk } from "./talk.ts";

const answerPrefix = "echo: ";

/** Waits until every message has its answer, then returns the account of the chats. */
export async function accountAnswers({ cliq }: Fleet, talks: readonly Talk[]): Promise<Account> {
  const attempted = talks.flatMap((talk) => [...talk.attempted]);
  const answers = (): readonly string[] =>
    cliq
      .visiblePosts()
      .map(({ text }) => (text.startsWith(answerPrefix) ? text.slice(answerPrefix.length) : text));
  const isAnswered = (): boolean => {
    const seen = new Set(answers());
    return attempted.every((name) => seen.has(name));
  };
  // Missing answers appear in the account.
  await eventually(isAnswered, { timeoutMs: 60_000, everyMs: 100 }).catch(() => false);
  return toAccount({ attempted, promised: talks.flatMap((talk) => [...talk.acked]), seen: answers() });
}
