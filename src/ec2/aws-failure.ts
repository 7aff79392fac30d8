import { OutsideError } from "../diagnostics/outside-error.ts";
import { isCredentialsCode, wordsFor } from "./error-words.ts";
import { until } from "./patience.ts";

/** A failed request to AWS: a one-line message with the request's id for AWS support. */
export class AwsFailure extends OutsideError {
  /** AWS's own name for the error, e.g. `InsufficientInstanceCapacity`. */
  readonly code: string;
  /** Whether every further request of this action would fail in the same way. */
  readonly isHopeless: boolean;
  constructor(message: string, hint: string | undefined, code: string, isHopeless: boolean) {
    super(message, hint);
    this.code = code;
    this.isHopeless = isHopeless;
  }
}

/**
 * Makes one request and converts its failure to a message. `action` is the API's and IAM's name for it, without `ec2:`.
 * Rethrows other errors.
 */
export async function ask<Answer>(action: string, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(action, error);
  }
}

/**
 * Makes a request that names a resource that this run may have just created. EC2 is eventually consistent, so the
 * request is retried for some seconds if EC2 reports that the resource does not exist.
 */
export async function askOfNew<Answer>(action: string, request: () => Promise<Answer>): Promise<Answer> {
  let last: unknown;
  const answer = await until(20, new AbortController().signal, async () => {
    try {
      return { value: await ask(action, request) };
    } catch (error) {
      if (!isCode(error, ...notYetKnown)) throw error;
      last = error;
      return undefined;
    }
  });
  if (answer === undefined) throw last;
  return answer.value;
}

const notYetKnown = [
  "InvalidAllocationID.NotFound",
  "InvalidGroup.NotFound",
  "InvalidInstanceID.NotFound",
  "InvalidLaunchTemplateId.NotFound",
  "InvalidLaunchTemplateId.NotFoundException",
  "InvalidLaunchTemplateId.VersionNotFound",
];

/** Whether the error is AWS's, with one of these codes. */
export function isCode(error: unknown, ...codes: readonly string[]): error is AwsFailure {
  return error instanceof AwsFailure && codes.includes(error.code);
}

function failureOf(action: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { $metadata, Code, code } = error as AwsError;
  const isOfAws =
    $metadata !== undefined || isCredentialsCode(error.name) || networkCodes.has(code ?? error.name);
  if (!isOfAws) return error;
  const name = Code ?? (networkCodes.has(code ?? "") ? (code ?? "") : error.name);
  const words = wordsFor(name, action, error.message);
  const id = $metadata?.requestId;
  const where = id === undefined ? action : `${action}, request ${id}`;
  return new AwsFailure(`${words.message} (${where})`, words.hint, name, words.isHopeless === true);
}

type AwsError = Error & {
  readonly $metadata?: { readonly requestId?: string };
  readonly Code?: string;
  /** Node's code, if the network failed. */
  readonly code?: string;
};

const networkCodes = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "TimeoutError",
]);
