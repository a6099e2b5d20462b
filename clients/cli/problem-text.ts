import { EXIT, Exit } from './exit-codes.ts';
import { printable } from './printable.ts';

/** The members of a problem document (RFC 9457) that are shown. */
export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly requestId?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly errorCount?: number;
  /** The Azure CLI command to use instead, if the broker does not do it. */
  readonly command?: string | null;
}

/** A reply of the broker that is not a success. */
export class Refused extends Exit {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(EXIT.refused, problemLines(status, problem).join('\n'));
    this.status = status;
    this.problem = problem;
  }
}

/** Returns the lines that show a problem: its title and detail, each fault with its path, and what to do. */
function problemLines(status: number, problem: Problem): string[] {
  const {
    title = 'The broker refused',
    detail,
    requestId,
    errors = [],
    errorCount = errors.length,
  } = problem;
  return [
    `${title} (${status})${detail === undefined ? '' : `: ${detail}`}`,
    ...errors.map(({ path, message }) => `  ${path === '' ? 'request' : path}: ${message}`),
    ...(errorCount > errors.length ? [`  … and ${errorCount - errors.length} more`] : []),
    ...(typeof problem.command === 'string' ? [`Run instead: ${problem.command}`] : []),
    ...adviceFor(status, problem),
    ...(requestId === undefined ? [] : [`Request id: ${requestId}`]),
  ].map(printable);
}

function adviceFor(status: number, { code }: Problem): string[] {
  if (status === 401) return ['The bearer token is not for this broker, or has expired. Get a new one.'];
  if (status === 404 && code === undefined)
    return [
      'The broker has no such route. BROKER must end with /api, and the broker may be older than this program.',
    ];
  return [];
}
