import { MioError } from "@mio/failure";
import type { SentCommand } from "../commands/send.ts";
import { cutText, isBlank, wholeLength } from "./cut-text.ts";
import type { StreamClock } from "./stream-clock.ts";
import type { StreamLimits } from "./stream-settings.ts";

/** Posts and edits the messages of a stream. */
export interface StreamOutlet {
  /** Posts the beginning of message number `index`, from 1. */
  post(text: string, index: number): Promise<SentCommand>;
  /** Replaces the text of a message by the text so far, or by the complete text. */
  edit(sent: SentCommand, text: string, stage: "partial" | "final"): Promise<SentCommand>;
}

/** One message of the answer. */
interface OpenMessage {
  readonly sent: SentCommand;
  /** The offset of its text in the whole text. */
  readonly from: number;
  readonly openFence: string | undefined;
  readonly postedAt: number;
  /** The text that it shows. */
  shown: string;
}

export interface WriterInit {
  readonly outlet: StreamOutlet;
  readonly clock: StreamClock;
  readonly limits: Pick<StreamLimits, "maxChars" | "maxMs">;
}

/**
 * Turns a growing text into messages, one call at a time. The messages joined are the text; only white space that fits
 * into no visible message is left out.
 */
export class MessageWriter {
  readonly #init: WriterInit;
  readonly #posts: SentCommand[] = [];
  readonly #finals = new Map<SentCommand, SentCommand>();
  /** The offset of the text that is in no closed message. */
  #from = 0;
  #openFence: string | undefined;
  #calls = 0;
  #open: OpenMessage | undefined;
  #closed: OpenMessage | undefined;

  constructor(init: WriterInit) {
    this.#init = init;
  }

  /** The commands that posted the messages. */
  get posts(): readonly SentCommand[] {
    return this.#posts;
  }

  /** The final edits of the messages. */
  get finals(): readonly SentCommand[] {
    return [...this.#finals.values()];
  }

  /** How long the open message may still grow; undefined when no message is open. */
  get remainingMs(): number | undefined {
    if (this.#open === undefined) return undefined;
    return Math.max(0, this.#open.postedAt + this.#init.limits.maxMs - this.#init.clock.now());
  }

  /** Shows a text that may grow further; returns whether it made a call. */
  async show(text: string): Promise<boolean> {
    const before = this.#calls;
    await this.#closeFull(text);
    if (this.remainingMs === 0) await this.#closeOld(text);
    const rest = text.slice(this.#from);
    const visible = rest.slice(0, wholeLength(rest));
    if (this.#open === undefined) {
      if (!isBlank(visible)) await this.#post(visible);
    } else if (visible !== this.#open.shown) {
      await this.#editPartially(this.#open, visible);
    }
    return this.#calls > before;
  }

  /** Shows the complete text and ends its last message. Appends `mark` if the text is not blank. */
  async finish(text: string, mark = ""): Promise<void> {
    if (isBlank(text)) return;
    if (isBlank(text.slice(this.#from))) this.#reopen();
    const whole = text + mark;
    await this.#closeFull(whole);
    const rest = whole.slice(this.#from);
    if (!isBlank(rest)) await this.#close(rest, undefined);
  }

  async #closeFull(text: string): Promise<void> {
    const { maxChars } = this.#init.limits;
    for (let rest = text.slice(this.#from); rest.length > maxChars; rest = text.slice(this.#from)) {
      const { at, openFence } = cutText(rest, { maxChars, openFence: this.#openFence });
      await this.#close(rest.slice(0, at), openFence);
    }
  }

  /** Closes a message. A text that has stopped growing ends as it is; a growing one may be within a word. */
  async #closeOld(text: string): Promise<void> {
    const rest = text.slice(this.#from);
    const whole = wholeLength(rest);
    const { at, openFence } = cutText(rest, { maxChars: rest.length, openFence: this.#openFence });
    const length = rest === this.#open?.shown ? whole : Math.min(at, whole);
    await this.#close(rest.slice(0, length), openFence);
  }

  async #close(text: string, openFence: string | undefined): Promise<void> {
    if (this.#open === undefined && !isBlank(text)) await this.#post(text);
    const message = this.#open;
    if (message !== undefined) {
      this.#finals.set(message.sent, await this.#edit(message, text, "final"));
      this.#closed = message;
    }
    this.#open = undefined;
    this.#from += text.length;
    this.#openFence = openFence;
  }

  /** White space gets no message of its own. */
  #reopen(): void {
    if (this.#open !== undefined || this.#closed === undefined) return;
    this.#open = this.#closed;
    this.#from = this.#closed.from;
    this.#openFence = this.#closed.openFence;
  }

  async #post(text: string): Promise<void> {
    this.#calls += 1;
    const sent = await this.#init.outlet.post(text, this.#posts.length + 1);
    this.#posts.push(sent);
    const postedAt = this.#init.clock.now();
    this.#open = { sent, from: this.#from, openFence: this.#openFence, postedAt, shown: text };
  }

  /** The next edit has the whole text again, so a partial edit that could not be stored is skipped. */
  async #editPartially(message: OpenMessage, text: string): Promise<void> {
    try {
      await this.#edit(message, text, "partial");
      message.shown = text;
    } catch (error) {
      if (error instanceof MioError && error.retry === "never") throw error;
    }
  }

  #edit(message: OpenMessage, text: string, stage: "partial" | "final"): Promise<SentCommand> {
    this.#calls += 1;
    return this.#init.outlet.edit(message.sent, text, stage);
  }
}
