/** Statements under way at once. A lone question never waits; more than these wait for the next answer, together. */
const mostUnderWay = 4;
const mostTogether = 256;

interface Waiting<Question, Answer> {
  readonly question: Question;
  /** It was asked in a statement that failed, perhaps because of another question. */
  readonly isAlone: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers single questions by asking several at once, as group commit does: while statements are under way, questions
 * collect for the next. There is no timer. `ask` answers in order. When it fails for several questions, each is asked
 * alone, so that none fails because of another.
 */
export function askTogether<Question, Answer>(
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  const waiting: Waiting<Question, Answer>[] = [];
  let underWay = 0;

  const answerAll = async (asked: readonly Waiting<Question, Answer>[]): Promise<void> => {
    underWay += 1;
    try {
      const answers = await ask(asked.map(({ question }) => question));
      for (const [at, { resolve, reject }] of asked.entries()) {
        const answer = answers[at];
        if (answer === undefined) reject(new Error("a question got no answer"));
        else resolve(answer);
      }
    } catch (error) {
      if (asked.length === 1) asked[0]?.reject(error);
      else waiting.unshift(...asked.map((one) => ({ ...one, isAlone: true })));
    } finally {
      underWay -= 1;
      pump();
    }
  };

  const pump = (): void => {
    while (waiting.length > 0 && underWay < mostUnderWay) {
      const size = waiting[0]?.isAlone ? 1 : mostTogether;
      void answerAll(waiting.splice(0, size));
    }
  };

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, isAlone: false, resolve, reject });
      pump();
    });
}
