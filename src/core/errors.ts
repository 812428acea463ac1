/**
 * What ends a run early. Each has a stable `code`, a sentence in `message`, and where there is something to do, a `hint`.
 * They are shown to the user without a stack; everything else that is thrown is a bug.
 */
export abstract class SfreplayError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;
  /** Where there are several mistakes: each of them. `message` holds them, too. */
  readonly issues: readonly ConfigIssue[];

  constructor(
    /** The message without the issues. */
    readonly headline: string,
    options: ErrorDetails = {},
  ) {
    const { hint, cause, issues = [] } = options;
    const message = [headline, ...issues.map(({ path, message: problem }) => `  ${path}: ${problem}`)].join('\n');
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
    this.issues = issues;
  }
}

interface ErrorDetails {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly issues?: readonly ConfigIssue[];
}

/** The command line cannot be understood or acted on. Exit status 2. */
export class UsageError extends SfreplayError {
  readonly code = 'USAGE';
}

/** One mistake in the configuration, or a mapping that does not fit the org. */
export interface ConfigIssue {
  /** For example `topic_mappings[1].operation`. */
  readonly path: string;
  readonly message: string;
  /** Where the value came from: a file path, `environment`, `--flag`. */
  readonly origin?: string;
}

/** The configuration is missing, unreadable or wrong; all mistakes at once. Exit status 2. */
export class ConfigError extends SfreplayError {
  readonly code = 'CONFIG';

  constructor(headline: string, issues: readonly ConfigIssue[] = [], details: Omit<ErrorDetails, 'issues'> = {}) {
    super(headline, { ...details, issues });
  }
}

/** One that says by its code what it is. */
export abstract class CodedError extends SfreplayError {
  readonly code: string;

  constructor(code: string, headline: string, details: ErrorDetails = {}) {
    super(headline, details);
    this.code = code;
  }
}

/**
 * Sign-in failed, an sObject does not exist or does not take the operation, a key field is none: found before anything was
 * sent. Exit status 2.
 */
export class PreflightError extends CodedError {}

/**
 * The run cannot go on: the org is unreachable, the sign-in was revoked, a limit is exhausted, the disk is full.
 * What was under way is settled first. Exit status 3.
 */
export class ReplayStopped extends CodedError {}
