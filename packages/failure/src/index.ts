export { type ErrorCode, type ErrorEntry, errorCatalogue } from "./catalogue.ts";
export { type ErrorDetails, MioError, type MioErrorOptions, type Retry, toMioError } from "./mio-error.ts";
