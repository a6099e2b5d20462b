import { type LeverPlace, placeText } from './lever-place.ts';
import { bullets, type Column, fields, table } from './table.ts';
import { readableDuration, readableTime } from './times.ts';
import { callerText } from './token-record.ts';

interface Caller {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly tokens: number;
  readonly latestExpiry: string;
}

/** A lever of a plan. */
export interface PlannedLever {
  readonly planHash: string;
  readonly lever: string;
  readonly on: LeverPlace;
  readonly kills: { readonly tokens: number; readonly besides: number; readonly latestExpiry: string | null };
  readonly actsWithin: string;
  readonly command: string | null;
  readonly byHand: boolean;
}

/** The members of a plan that are shown or sent back. */
export interface Plan {
  readonly asOf: string;
  readonly tokens: number;
  readonly callers: readonly Caller[];
  readonly levers: readonly PlannedLever[];
  readonly wait: string;
  readonly keys: readonly {
    readonly name: string;
    readonly createdAt: string | null;
    readonly signs: boolean | null;
  }[];
  readonly block: { readonly possible: boolean; readonly callers: number; readonly active: number };
  readonly scannedAll: boolean;
  readonly notes: readonly string[];
}

const CALLER_COLUMNS: readonly Column[] = [
  { title: 'CALLER', long: 'whole' },
  { title: 'TOKENS', long: 'whole' },
  { title: 'LAST EXPIRY', long: 'whole' },
];
/** So many callers are shown. `--json` has all that the plan has. */
const CALLERS_SHOWN = 10;

/** Returns a plan as lines for people. */
export function planLines(plan: Plan, targetText: string, width: number): string[] {
  return [
    ...fields(
      [
        ['target', targetText],
        ['as of', readableTime(plan.asOf)],
        ['live tokens', `${plan.tokens}${plan.scannedAll ? '' : ' or more'}`],
        [
          'on their own',
          plan.tokens === 0 ? null : `the last of them expires in ${readableDuration(plan.wait)}`,
        ],
        ['blocked', blockedText(plan)],
        ...plan.keys.map(({ name, createdAt, signs }) => [name, keyText(createdAt, signs)] as const),
      ],
      width,
    ),
    '',
    ...leverLines(plan.levers, width),
    ...callerLines(plan, width),
    ...(plan.notes.length === 0 ? [] : ['', ...bullets(plan.notes, width)]),
  ];
}

/** Returns levers as a table, narrowest first, numbered from 1. */
export function leverLines(levers: readonly PlannedLever[], width: number): string[] {
  if (levers.length === 0) return [];
  const titles = ['#', 'LEVER', 'ON', 'ENDS', 'BESIDES', 'WITHIN', 'LAST EXPIRY'];
  const rows = levers.map(({ lever, on, kills, actsWithin, byHand, command }, index) => ({
    cells: [
      ...[index + 1, lever, placeText(on), kills.tokens, kills.besides],
      ...[readableDuration(actsWithin), readableTime(kills.latestExpiry)],
    ],
    ...(byHand ? { below: `by hand only: ${command ?? 'see the notes'}` } : {}),
  }));
  return table(
    titles.map((title) => ({ title, long: 'whole' })),
    rows,
    width,
  );
}

function callerLines({ callers }: Plan, width: number): string[] {
  if (callers.length === 0) return [];
  const rows = callers.slice(0, CALLERS_SHOWN).map((caller) => ({
    cells: [callerText(caller), caller.tokens, readableTime(caller.latestExpiry)],
  }));
  const more = callers.length - rows.length;
  return [
    '',
    ...table(CALLER_COLUMNS, rows, width),
    ...(more > 0 ? [`… and ${more} more; --json has them.`] : []),
  ];
}

function blockedText({ block }: Plan): string | null {
  return block.active === 0 ? null : `${block.active} of ${block.callers} callers get no new tokens`;
}

function keyText(createdAt: string | null, signs: boolean | null): string {
  const age = createdAt === null ? 'of unknown age' : `created ${readableTime(createdAt)}`;
  return signs === null ? age : `${age}, ${signs ? 'signs new tokens' : 'does not sign'}`;
}
