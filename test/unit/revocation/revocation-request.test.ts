import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { asksToAct, parseRevocation } from '../../../shared/revocation/revocation-request.ts';

const now = new Date('2026-11-22T12:00:00Z');
const hash = 'ab'.repeat(32);
const parse = (body: unknown) => parseRevocation(body, { now, clockSkew: 30 });

function faultsOf(body: unknown): Record<string, string> {
  try {
    parse(body);
    return {};
  } catch (error) {
    return Object.fromEntries((error as BrokerError).errors.map(({ path, message }) => [path, message]));
  }
}

const target = { account: 'media', key: 'key1' };
const act = { target, lever: 'regenerate-key', reason: 'leaked', dryRun: false, planHash: hash };

describe('the body of a revocation', () => {
  it('asks for a plan by default', () => {
    expect(parse({ target })).toMatchObject({ target, lever: null, act: null });
    expect(
      parse({ target: { account: 'media' }, lever: 'revoke-delegation-keys', reason: 'x' }),
    ).toMatchObject({ target: { account: 'media' }, lever: 'revoke-delegation-keys', act: null });
  });

  it('acts with lever, reason and planHash, or with force', () => {
    expect(parse(act).act).toEqual({
      lever: 'regenerate-key',
      reason: 'leaked',
      planHash: hash,
      plannedAt: null,
      block: false,
    });
    expect(parse({ ...act, block: false }).act).not.toBeNull();
    expect(parse({ ...act, planHash: undefined, force: true }).act?.planHash).toBeNull();
    expect(parse({ ...act, force: true }).act?.planHash).toBeNull();
  });

  it('says once what is missing to act', () => {
    const messagesOf = (body: unknown): string[] => {
      try {
        parse(body);
        return [];
      } catch (error) {
        return (error as BrokerError).errors.map(({ path, message }) => `${path} ${message}`);
      }
    };
    expect(messagesOf({ target, dryRun: false })).toEqual([
      'lever is required to act',
      'reason is required to act',
      'planHash is required to act, unless "force" is true',
    ]);
    const faulty = messagesOf({ ...act, lever: 7, planHash: undefined });
    expect(faulty.filter((message) => message.startsWith('lever '))).toHaveLength(1);
    expect(faulty).toContain('planHash is required to act, unless "force" is true');
  });

  it.each([
    [{}, ['target']],
    [{ target: {} }, ['target']],
    [{ target: { account: 'media', service: 'blob' } }, ['target']],
    [{ target: { token: 'x', account: 'media' } }, ['target']],
    [{ target: { account: 'media', key: null } }, ['target.key']],
    [{ target: { account: 'media', key: 'key3' } }, ['target.key']],
    [{ target: 'media' }, ['target']],
    [{ target, lever: 'delete-policy' }, ['lever']],
    [{ target, lever: 'revoke-delegation-keys' }, ['lever']],
    [{ target, dryRun: false }, ['lever', 'reason', 'planHash']],
    [{ target, dryRun: false, force: true }, ['lever', 'reason']],
    [{ ...act, planHash: 'abc' }, ['planHash']],
    [{ ...act, reason: '' }, ['reason']],
    [{ ...act, block: true }, ['block']],
    [{ ...act, dryrun: true, planhash: 'x' }, ['dryrun', 'planhash']],
    [{ target, dryRun: 'no', force: 1, block: true }, ['dryRun', 'force', 'block']],
    [[], ['']],
  ])('has every fault of %j named', (body, paths) => {
    expect(Object.keys(faultsOf(body)).sort()).toEqual([...paths].sort());
  });

  it('limits the reason to 256 characters', () => {
    expect(faultsOf({ ...act, reason: 'x'.repeat(257) })).toHaveProperty('reason');
    expect(faultsOf({ ...act, reason: 'x'.repeat(256) })).toEqual({});
  });

  it.each([
    { token: 'x' },
    { caller: { issuer: 'local', subject: 'ann' } },
    { grant: 'read' },
    { account: 'media', service: 'table', container: 'Inventory' },
    { account: 'media' },
    { account: 'media', key: 'both' },
  ])('can have the target %j', (one) => {
    expect(parse({ target: one })).toEqual({ target: one, lever: null, act: null });
  });

  it.each([
    [{}, 'target'],
    [{ account: 'media', container: 'c' }, 'target'],
    [{ account: 'media', key: 'key1', service: 'blob', container: 'c' }, 'target'],
    [{ grant: 'read', token: 'x' }, 'target'],
    [{ caller: { issuer: 'local' } }, 'target.caller.subject'],
    [{ caller: { issuer: 'local', subject: 'ann', name: 'Ann' } }, 'target.caller.name'],
    [{ caller: { issuer: null, subject: 'ann' } }, 'target.caller.issuer'],
    [{ account: 'media', key: null }, 'target.key'],
    [{ token: null, grant: 'read' }, 'target.token'],
    [{ token: '' }, 'target.token'],
    [{ account: 'media', service: 'disk', container: 'c' }, 'target.service'],
    [{ account: 'media', keys: 'key1' }, 'target.keys'],
  ])('cannot have the target %j', (one, path) => {
    expect(Object.keys(faultsOf({ target: one }))).toEqual([path]);
  });

  it('has levers that fit the target', () => {
    const others = [{ token: 'x' }, { grant: 'read' }, { account: 'media', service: 'blob', container: 'c' }];
    for (const one of others)
      for (const lever of ['delete-policy', 'revoke-delegation-keys', 'regenerate-key', 'remove-role'])
        expect(faultsOf({ target: one, lever })).toEqual({});
    expect(faultsOf({ target: { account: 'media' }, lever: 'remove-role' })).toEqual({});
    expect(faultsOf({ target, lever: 'remove-role' })['lever']).toContain('expected regenerate-key');
  });

  it('blocks callers for the targets token and caller only', () => {
    const caller = { caller: { issuer: 'local', subject: 'ann' } };
    for (const one of [{ token: 'x' }, caller])
      expect(parse({ ...act, target: one, block: true }).act?.block).toBe(true);
    for (const one of [{ grant: 'read' }, { account: 'media' }, target]) {
      expect(faultsOf({ ...act, target: one, block: true })['block']).toContain('token and caller only');
      expect(parse({ ...act, target: one, block: false }).act?.block).toBe(false);
    }
  });

  it.each([
    ['2026-11-22T12:00:30Z', null],
    ['2026-11-22T11:59:00.123456789+00:00', null],
    ['2026-11-21T12:00:00Z', null],
    ['2026-11-21T11:59:59Z', 'must be at most a day ago; read a new plan'],
    ['2026-11-22T12:00:31Z', 'must not be in the future'],
    ['2026-11-22', expect.stringContaining('must be an ISO 8601 time') as string],
  ])('with plannedAt %s has the fault %s', (plannedAt, fault) => {
    expect(faultsOf({ ...act, plannedAt })['plannedAt'] ?? null).toEqual(fault);
    if (fault === null)
      expect(parse({ ...act, plannedAt }).act?.plannedAt).toEqual(
        new Date(plannedAt.replace('.123456789', '')),
      );
  });

  it('asks to act exactly if dryRun is false', () => {
    expect([asksToAct({ dryRun: false }), asksToAct(act)]).toEqual([true, true]);
    for (const body of [null, [], 'x', {}, { dryRun: true }, { dryRun: 'false' }, { dryRun: 0 }])
      expect(asksToAct(body)).toBe(false);
  });

  it('says what else it needs to act', () => {
    expect(faultsOf({ target, dryRun: false })['planHash']).toContain('unless "force" is true');
  });
});
