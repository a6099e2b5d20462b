import { describe, expect, test } from 'vitest';
import { signsWithKeys } from '../../../shared/config/broker-config.ts';
import { periodSeconds } from '../../../shared/config/expiration-period.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { validDocument, withMember } from './config-document.ts';

function parsed(text: string) {
  const result = parseBrokerConfig(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

const warnings = (text: string) => parsed(text).warnings.map(({ path, message }) => `${path}: ${message}`);

/** The valid document with members of `media` set and grants of its own. */
function media(members: object, grants: object[] = []): string {
  const document = validDocument();
  Object.assign(document.accounts[0]!, members);
  return JSON.stringify({ ...document, grants: [...document.grants, ...grants] });
}

describe('the compiled restrictions of an account', () => {
  test('do not exist if the file has none', () => {
    const account = parsed(JSON.stringify(validDocument())).config.accounts.get('media')!;
    expect(account).toMatchObject({ allowSharedKeyAccess: true, sasPolicy: null });
    expect(signsWithKeys(account)).toBe(true);
  });

  test('without shared key access, the account does not sign with its keys', () => {
    const account = parsed(media({ allowSharedKeyAccess: false })).config.accounts.get('media')!;
    expect(account.keys).not.toBeNull();
    expect(signsWithKeys(account)).toBe(false);
  });

  test('may be null, as in the output of `az storage account show`', () => {
    const account = parsed(media({ allowSharedKeyAccess: null, sasPolicy: null })).config.accounts.get(
      'media',
    );
    expect(account).toMatchObject({ allowSharedKeyAccess: true, sasPolicy: null });
  });

  test('accept the sasPolicy in the format of `az storage account show`', () => {
    const sasPolicy = { sasExpirationPeriod: '1.12:05:06', expirationAction: 'Block' };
    expect(parsed(media({ sasPolicy })).config.accounts.get('media')?.sasPolicy).toEqual({ period: 129_906 });
  });

  test.each([
    ['0.00:00:01', 1],
    ['01.00:00:00', 86_400],
    ['90.23:59:59', 7_862_399],
    ['P1DT12H', 129_600],
    [90, 90],
    ['1.24:00:00', null],
    ['1.0:00:00', null],
    ['00:15:00', null],
    ['', null],
  ])('%j is %j seconds', (text, seconds) => {
    expect(periodSeconds(text)).toBe(seconds);
  });
});

describe('a part that has no effect because of a restriction causes a warning, not a fault', () => {
  test('keys, rotation and grants behind allowSharedKeyAccess: false', () => {
    const whole = {
      id: 'whole',
      callers: validDocument().grants[0]!.callers,
      accountSas: [{ account: 'media', services: ['blob'], resourceTypes: ['object'] }],
      permissions: 'r',
      kinds: ['account'],
    };
    expect(warnings(media({ allowSharedKeyAccess: false }, [whole]))).toEqual([
      '$.accounts[0].keys: have no use while allowSharedKeyAccess is false',
      '$.accounts[0].rotation: pauses while allowSharedKeyAccess is false, because the broker cannot test keys; keep it to be able to revoke user delegation keys',
      '$.grants[1].resources[0]: has no effect: account "media" has allowSharedKeyAccess: false, and the grant has no "user-delegation" in "kinds"',
      '$.grants[2].accountSas[0]: has no effect: account "media" has allowSharedKeyAccess: false',
    ]);
  });

  test('grants for services that have no user delegation SAS', () => {
    const [callers, permissions] = [validDocument().grants[0]!.callers, 'r'];
    const both = { callers, permissions, kinds: ['user-delegation', 'service'] };
    const tables = { ...both, id: 'tables', resources: ['media/table/Inventory', 'media/blob/photos'] };
    const queues = { ...both, id: 'queues', resources: ['media/queue/jobs'] };
    const told = (sasVersion: string) =>
      warnings(media({ allowSharedKeyAccess: false, sasVersion }, [tables, queues])).slice(3);
    const refused = 'account "media" has allowSharedKeyAccess: false';
    const table = `$.grants[2].resources[0]: has no effect: ${refused}, and there is no user delegation SAS for the table service`;
    expect(told('2025-11-05')).toEqual([table]);
    expect(told('2024-11-04')).toEqual([
      table,
      `$.grants[3].resources[0]: has no effect: ${refused}, and user delegation SAS for the queue service requires version 2025-07-05 or later, and this account pins 2024-11-04`,
    ]);
  });

  test('the restricted account only, not another whose name begins the same', () => {
    const media2 = { ...validDocument().accounts[1]!, name: 'media2', keys: { secretName: 'two' } };
    media2.resourceId = media2.resourceId.replace('lake', 'media2');
    const grant = { ...validDocument().grants[1], id: 'two', resources: ['media2/queue/jobs'] };
    const document = JSON.parse(media({ allowSharedKeyAccess: false }, [grant])) as { accounts: object[] };
    document.accounts.push(media2);
    expect(warnings(JSON.stringify(document))).toHaveLength(3);
  });

  test('grants whose maxTtl exceeds a sasPolicy', () => {
    const sasPolicy = { sasExpirationPeriod: 'PT30M' };
    const short = { ...validDocument().grants[0], id: 'short', maxTtl: 'PT30M' };
    const elsewhere = { ...validDocument().grants[0], id: 'lake', resources: ['lake/blob/uploads/**'] };
    const whole = {
      id: 'whole',
      callers: validDocument().grants[0]!.callers,
      accountSas: [{ account: 'media', services: ['blob'], resourceTypes: ['object'] }],
      permissions: 'r',
      kinds: ['account'],
    };
    expect(warnings(media({ sasPolicy }, [short, elsewhere, whole]))).toEqual(
      [0, 1, 4].map(
        (index) =>
          `$.grants[${index}].maxTtl: exceeds the sasPolicy of account "media", whose tokens live at most PT30M`,
      ),
    );
  });

  test('no warning without restrictions', () => {
    expect(warnings(JSON.stringify(validDocument()))).toEqual([]);
    expect(warnings(withMember(['accounts', 0, 'allowSharedKeyAccess'], true))).toEqual([]);
  });
});
