import type { BrokerApi } from './broker-api.ts';
import { EXIT, Exit, refusal } from './exit-codes.ts';
import { Refused } from './problem-text.ts';
import type { Target } from './revocation-target.ts';
import { bullets, fields } from './table.ts';
import { readableTime } from './times.ts';

/** What is about to be done. */
export interface Act {
  readonly lever: string;
  /** Null if the operator forces the act without a plan. */
  readonly plan: { readonly planHash: string; readonly plannedAt: string } | null;
  /** What to ask the operator. */
  readonly question: string;
}

/** The members of the reply to an order that are shown. */
export interface Revocation {
  readonly lever: string;
  readonly state: string;
  readonly deadBy: string;
  readonly issuedSince: readonly string[];
  readonly scannedAll: boolean;
  readonly proved: boolean | null;
  readonly provedOn: readonly string[];
  readonly blockedBy: string | null;
  readonly rotation: {
    readonly account: string;
    readonly phase: string | null;
    readonly lastError?: string | null;
  };
}

const IDS_SHOWN = 20;
const MAYBE = 'The order may be in effect all the same. Plan again to find out.';

/**
 * Sends the order, once: after a lost reply the lever may have been pulled.
 * @throws Exit with what the broker said and what to do next.
 */
export async function orderRevocation(
  api: BrokerApi,
  target: Target,
  order: Act & { readonly reason: string; readonly block: boolean },
): Promise<Revocation> {
  const { lever, plan, reason, block } = order;
  const body = {
    target,
    lever,
    reason,
    dryRun: false,
    ...(plan ?? { force: true }),
    ...(block ? { block: true } : {}),
  };
  try {
    return (await api.post('/revocations', body, 'not-started')) as Revocation;
  } catch (error) {
    throw error instanceof Exit ? refusal(`${error.message}\n${nextStep(error, block)}`.trim()) : error;
  }
}

function nextStep(error: Exit, block: boolean): string {
  if (!(error instanceof Refused)) return error.code === EXIT.refused ? MAYBE : '';
  if (error.status >= 500) return MAYBE;
  if (error.status !== 409) return 'Nothing was revoked.';
  if (typeof error.problem.command !== 'string')
    // With a block, there may be another reason: the broker keeps a limited number of blocks.
    return block
      ? 'Nothing was revoked. Plan again, and act on what you then see.'
      : 'The state has changed since the plan, so nothing was revoked. Plan again, and act on what you then see.';
  return block ? 'Nothing was revoked. The caller may be blocked: see blocks.' : 'Nothing was revoked.';
}

/** Returns the reply to an order as lines for people. */
export function revocationLines(done: Revocation, { lever }: Act, width: number): string[] {
  const { issuedSince, rotation } = done;
  return [
    ...fields(
      [
        [lever, done.state === 'running' ? 'running: the timer of the broker continues it' : done.state],
        ['dead by', `${readableTime(done.deadBy)}; until then, tokens may be issued that are already dead`],
        ['proved', provedText(done)],
        ['blocked by', done.blockedBy && `${readableTime(done.blockedBy)}, by every instance`],
        ['issued since', sinceText(done)],
        ['rotation', rotation.phase === null ? null : `${rotation.account} is ${rotation.phase}`],
        ['delayed by', rotation.lastError ?? null],
      ],
      width,
    ),
    ...bullets(issuedSince.slice(0, IDS_SHOWN), Infinity),
    ...(issuedSince.length > IDS_SHOWN
      ? [`  … and ${issuedSince.length - IDS_SHOWN} more; --json has them.`]
      : []),
  ];
}

function provedText({ proved, provedOn }: Revocation): string {
  if (proved === null) return 'not yet: nothing was tested, or nothing answered';
  return proved
    ? `yes: ${provedOn.join(', ')} refuse it`
    : `no: one of ${provedOn.join(', ')} still accepts it`;
}

function sinceText({ issuedSince, scannedAll }: Revocation): string {
  const count = issuedSince.length === 0 ? 'nothing' : `${issuedSince.length} tokens, which it ends too`;
  return scannedAll ? count : `${count}, as far as the table was read`;
}
