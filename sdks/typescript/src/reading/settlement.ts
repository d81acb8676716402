/** The answer to a message. */
export type Answer =
  | { readonly kind: "ack" }
  | { readonly kind: "retry"; readonly afterMs: number }
  | { readonly kind: "reject"; readonly code: string; readonly reason: string };

/** The answer to one delivery. Only the first call has an effect. */
export interface Settlement {
  settle(answer: Answer): Promise<void>;
  readonly isSettled: boolean;
}

export function createSettlement(give: (answer: Answer) => Promise<void>): Settlement {
  let given: Promise<void> | undefined;
  return {
    settle(answer) {
      given ??= give(answer);
      return given;
    },
    get isSettled() {
      return given !== undefined;
    },
  };
}
