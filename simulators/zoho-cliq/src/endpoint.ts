/** The kinds of API calls that faults and counters distinguish. */
export type Endpoint =
  | "token"
  | "post"
  | "edit"
  | "delete"
  | "reaction"
  | "upload"
  | "history"
  | "file"
  | "other";

export const endpoints: readonly Endpoint[] = [
  "token",
  "post",
  "edit",
  "delete",
  "reaction",
  "upload",
  "history",
  "file",
  "other",
];
