/** A word or phrase that makes a sentence hard to read, and what to write instead. */
export interface Habit {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Each pattern is global; a match inside a longer identifier does not count. */
export const habits: readonly Habit[] = [
  { pattern: /\b(?:who|whom)(?:so)?ever\b/gi, instead: "name the actor: the caller, the process that ..." },
  { pattern: /\bwhat(?:so)?ever\b/gi, instead: "everything that, any, or the noun itself" },
  { pattern: /\banew\b/gi, instead: "again; re-creates, reopens" },
  { pattern: /\bshall\b/gi, instead: "must, should or will" },
  // Not the user of that name in Unix.
  {
    pattern: /(?<!user )\b[Nn]obody\b(?![:"'`])/g,
    instead: "no process, no user, no caller; or turn the sentence around",
  },
  { pattern: /\bsomebody\b/gi, instead: "name the actor: another process, a user" },
  { pattern: /\bsurely\b/gi, instead: "certainly, or delete it" },
  { pattern: /\b(?:told|tells?|telling)\b/gi, instead: "reports, returns, logs, throws, distinguishes" },
  { pattern: /\b(?<!there )is none\b/gi, instead: "is not a ...; has no ..." },
  { pattern: /\bfor ever\b/gi, instead: "forever, or without a limit" },
  { pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: "fix, repair" },
  { pattern: /\binsist(?:s|ed|ing)?\b/gi, instead: "retry" },
  { pattern: /\b(?:leaves?|left|leaving) alone\b/gi, instead: "skips, ignores, keeps" },
  { pattern: /\b(?:came|comes?|coming) of (?:it|this|that|them)\b/gi, instead: "the result" },
  { pattern: /\b(?:in vain|no news|lest|whilst|nought|albeit)\b/gi, instead: "a plain word" },
  { pattern: /\b(?:there|where|here)(?:of|upon|with|in)\b/gi, instead: "of it, in it, with it" },
];
