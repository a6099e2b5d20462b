import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { parseRevocation } from '../../../shared/revocation/revocation-request.ts';
import { account } from '../../fakes/configuration.ts';

const accounts = new Map([['media', account()]]);
const hash = 'ab'.repeat(32);
const parse = (body: unknown) => parseRevocation(body, accounts);

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
    expect(parse({ target })).toMatchObject({ target, lever: null, order: null });
    expect(
      parse({ target: { account: 'media' }, lever: 'revoke-delegation-keys', reason: 'x' }),
    ).toMatchObject({ target: { account: 'media' }, lever: 'revoke-delegation-keys', order: null });
  });

  it('acts with lever, reason and planHash, or with force', () => {
    expect(parse(act).order).toEqual({ lever: 'regenerate-key', reason: 'leaked', planHash: hash });
    expect(parse({ ...act, block: false }).order).not.toBeNull();
    expect(parse({ ...act, planHash: undefined, force: true }).order?.planHash).toBeNull();
    expect(parse({ ...act, force: true }).order?.planHash).toBeNull();
  });

  it.each([
    [{}, ['target']],
    [{ target: {} }, ['target.account']],
    [{ target: { account: 'other' } }, ['target.account']],
    [{ target: { account: 'media', key: 'key3' } }, ['target.key']],
    [{ target: 'media' }, ['target']],
    [{ target: { token: 'x' } }, ['target.token', 'target.account']],
    [
      { target: { account: 'media', service: 'blob', container: 'c' } },
      ['target.service', 'target.container'],
    ],
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
    expect(faultsOf({ target: { grant: 'g' } })['target.grant']).toContain('expected {"account"}');
    expect(faultsOf({ ...act, block: true })['block']).toContain('is not supported yet');
    expect(faultsOf({ target, dryRun: false })['planHash']).toContain('unless "force" is true');
  });
});
