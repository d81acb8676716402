import type { AnswerHeaders } from "./http-message.ts";

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers of an answer over the fields that the library has parsed, whose names are in lower case. */
export function toAnswerHeaders(fields: Fields): AnswerHeaders {
  return {
    get: (name) => {
      const value = fields[name.toLowerCase()];
      return typeof value === "object" ? value.join(", ") : (value ?? null);
    },
  };
}
