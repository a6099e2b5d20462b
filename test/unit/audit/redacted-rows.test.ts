import fc from 'fast-check';
import { expect, it } from 'vitest';
import { completionRow } from '../../../shared/audit/add-on-rows.ts';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { countedDenialsRow, denialRow, eventRow } from '../../../shared/audit/write-event-rows.ts';
import { secretText } from '../input/secret-spellings.ts';
import { someRecord } from './records.ts';

const at = new Date('2026-11-22T12:00:00Z');
const origin = { instance: 'i', shard: 3, suffix: 'aaaaaaaa' };
const ann = { issuer: 'entra', subject: 'ann', name: null, ip: null };
const denial = {
  at,
  caller: ann,
  requestId: 'r',
  code: 'forbidden',
  resource: null,
  permissions: null,
  kind: null,
  reason: 'no grant',
  purpose: null,
};
const event = { at, type: 'revocation', account: 'media', actor: 'a', detail: 'd' };

it.each<[string, (text: string) => object]>([
  ['a name in a denial', (name) => denialRow({ ...denial, caller: { ...ann, name } }, origin)],
  ['a subject in a denial', (subject) => denialRow({ ...denial, caller: { ...ann, subject } }, origin)],
  ['a resource in a denial', (resource) => denialRow({ ...denial, resource }, origin)],
  ['a reason in a denial', (reason) => denialRow({ ...denial, reason }, origin)],
  ['a purpose in a denial', (purpose) => denialRow({ ...denial, purpose }, origin)],
  [
    'a name in a count of denials',
    (name) => countedDenialsRow({ at, caller: { ...ann, name }, count: 1 }, origin),
  ],
  ['the detail of an event', (detail) => eventRow({ ...event, detail }, origin)],
  ['the actor of an event', (actor) => eventRow({ ...event, actor }, origin)],
  ['a name in a token’s row', (name) => auditRow(someRecord({ caller: { ...ann, name } }), 'i')],
  ['a subject in a token’s row', (subject) => auditRow(someRecord({ caller: { ...ann, subject } }), 'i')],
  ['a purpose in a token’s row', (purpose) => auditRow(someRecord({ purpose }), 'i')],
  [
    'the detail of a completion',
    (detail) => completionRow(someRecord().key, { outcome: 'failed', at, detail }, 'r'),
  ],
])('a SAS or a key is redacted as %s, also where the column is cut', (_what, rowOf) => {
  fc.assert(
    fc.property(secretText, fc.constantFrom(0, 200, 230, 1050), ({ text, value }, before) => {
      const row = JSON.stringify(rowOf(`${'-'.repeat(before)}${text}`));
      expect(row).not.toContain(value.slice(0, 12));
      expect(row).not.toContain(value.slice(-12));
    }),
  );
});
