/** The kinds of API call; faults and counters speak of these. */
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
