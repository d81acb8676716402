/** What the script of a platform can use on the page. */
export interface PageTools {
  /** Data attributes of the page, such as `chat`. */
  readonly data: Readonly<Record<string, string | undefined>>;
  /** Id of the chosen user. */
  user(): string;
  /** Id of the message that the next one answers. */
  replyTo(): string | undefined;
  /** Reads a checkbox and clears it. */
  takeChecked(id: string): boolean;
  /** Calls `POST /sim/<name>`; returns whether it succeeded. */
  act(name: string, body: object): Promise<boolean>;
  /** Opens the editor with a text. `save` gets the new text unless the user cancels. */
  edit(text: string, save: (text: string) => unknown): void;
}

/** What the composer sends, without the place to post to. */
export interface ComposedText {
  readonly user: string;
  readonly text: string;
  readonly delivery: object;
}

export interface ComposedFile {
  readonly user: string;
  readonly name: string;
  readonly mime: string;
  readonly base64: string;
  readonly comment: string;
  readonly delivery: object;
}

/** The part of the page's script that depends on the platform. */
export interface PageBehaviour {
  sendText(input: ComposedText): Promise<boolean>;
  sendFile(input: ComposedFile): Promise<boolean>;
  /** Runs a button of a message. `text` is the text of that message. */
  change(act: string, message: string, text: string): void;
}
