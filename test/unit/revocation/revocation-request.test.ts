import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { parseRevocation } from '../../../shared/revocation/revocation-request.ts';

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

  it.each([
    [{}, ['target']],
    [{ target: {} }, ['target']],
    [{ target: { account: 'media', service: 'blob' } }, ['target']],
    [{ target: { token: 'x', account: 'media' } }, ['target']],
    [{ target: { account: 'media', key: null } }, ['target.key']],
    [{ target: { account: 'media', key: 'key3' } }, ['target.key']],
    [{ target: 'media' }, ['target']],
    [{ target: { token: 'x' } }, ['target']],
    [{ target: { account: 'media', service: 'blob', container: 'c' } }, ['target']],
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

  it('names the supported targets if another one is sent', () => {
    expect(faultsOf({ target: { grant: 'g' } })['target']).toContain('expected {"account"}');
    expect(faultsOf({ ...act, block: true })['block']).toContain('is not supported yet');
    expect(faultsOf({ target, dryRun: false })['planHash']).toContain('unless "force" is true');
  });
});
