import { expect, it } from 'vitest';
import { nextStep } from '../../../shared/rotation/next-step.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Facts, RotationContext } from '../../../shared/rotation/rotation-step.ts';
import { at, contextWith, journalWith } from './machine-samples.ts';

/** What the machine does with a journal (other than `journalWith`'s) and facts, at `NOW`. */
export type Case = readonly [
  name: string,
  journal: Partial<RotationJournal>,
  facts: Facts,
  step: object,
  context?: Partial<RotationContext>,
];

export const FREEZE = 60 + 7000 + 10 + 300;
export const request = { by: 'issuer/operator', byName: null, reason: 'asked', at: at(-5) };
/** A plain object: in `toMatchObject`, `expect.objectContaining` accepts an inner object that lacks members. */
export const saves = (journal: Partial<RotationJournal>) => ({ do: 'save', journal });
export const waits = (seconds: number | null) => ({
  do: 'wait',
  until: seconds === null ? null : at(seconds),
});
export const reads = (what: string) => ({ do: 'read', what });

/** A test a case. */
export function cases(...table: readonly Case[]): void {
  for (const [name, journal, facts, step, context] of table)
    it(name, () => {
      expect(nextStep(journalWith(journal), facts, contextWith(context))).toMatchObject(step);
    });
}
