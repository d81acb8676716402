/** The longest text of one Cliq message, in characters; https://www.zoho.com/cliq/help/restapi/v2/messages/ */
export const maxTextChars: number = 5_000;

/** Our own limit: more messages in a row are a flood. */
export const maxTextParts: number = 20;

/** https://www.zoho.com/cliq/help/restapi/v2/files/ */
export const maxFiles: number = 10;
export const maxFileBytes: number = 50 * 1024 * 1024;

/** https://www.zoho.com/cliq/help/restapi/v2/messagecards/ */
export const maxCardTitleChars: number = 200;

/** https://www.zoho.com/cliq/help/platform/cliq-objects/button-object.html */
export const buttonLimits = {
  count: 5,
  labelChars: 20,
  hintChars: 100,
  keyChars: 100,
  openUrlChars: 256,
  previewUrlChars: 500,
  copyChars: 200,
} as const;

/** Widths are whole percents of at least one, so a table has no more columns than this. */
export const maxTableColumns: number = 100;
