import { MioError } from "@mio/failure";

/** What the operator has to repair, by the code of S3. HEAD has no body, so its code is the status. */
const refusals: Readonly<Record<string, string>> = {
  NoSuchBucket: "The bucket of MIO_BLOB_URL does not exist. Create it, or correct the URL.",
  AccessDenied:
    "The bucket denied the operation. Allow s3:ListBucket, GetObject, PutObject, DeleteObject and AbortMultipartUpload.",
  AllAccessDisabled: "Access to the bucket is disabled. Enable it for Mio's role.",
  InvalidAccessKeyId: "S3 does not know the access key. Correct the credentials of the environment.",
  SignatureDoesNotMatch: "S3 refused the signature. Correct the secret key of the environment.",
  InvalidToken: "S3 refused the session token. Correct the credentials of the environment.",
  ExpiredToken: "The session token has expired. Renew the credentials of the environment.",
  CredentialsProviderError:
    "No AWS credentials were found. Set them in the environment, or give the service a role.",
  RequestTimeTooSkewed: "The clock of this machine is wrong, so S3 refused the signature. Correct the clock.",
  RegionMissing: "The region is missing. Add ?region= to MIO_BLOB_URL, or set AWS_REGION.",
  PermanentRedirect: "The bucket is in another region. Correct the region of MIO_BLOB_URL.",
  AuthorizationHeaderMalformed: "The bucket is in another region. Correct the region of MIO_BLOB_URL.",
};

/** Converts an error of the SDK. Its own message is left out of ours: it may quote an access key. */
export function toBlobError(cause: unknown): MioError {
  if (cause instanceof MioError) return cause;
  const reason = errorNameOf(cause);
  const status = statusOf(cause);
  const refusal = refusals[reason] ?? (status === 403 ? refusals["AccessDenied"] : undefined);
  return new MioError(
    "blob.unavailable",
    refusal ?? "S3 did not answer in time, or could not do the operation.",
    {
      // An operator can repair a refusal while Mio repeats the operation, so that nothing is given up.
      retry: "soon",
      details: { reason, ...(status !== undefined && { status }) },
    },
  );
}

/** The code of S3 or of the system, such as `ECONNREFUSED`. */
export function errorNameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  // The SDK throws this one without a name of its own.
  if (error.message === "Region is missing") return "RegionMissing";
  return error.name === "Error" && "code" in error ? String(error.code) : error.name;
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && "$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}
