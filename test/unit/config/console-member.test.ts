import { describe, expect, test } from 'vitest';
import { deployFaults } from '../../../shared/config/deploy-checks.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { formatFaults } from '../../../shared/input/fault-path.ts';
import { faultLines, validDocument, withMember } from './config-document.ts';

const login = 'https://login.microsoftonline.com/t1/oauth2/v2.0';
const member = {
  issuer: 'entra',
  authorizationEndpoint: `${login}/authorize`,
  tokenEndpoint: `${login}/token`,
  clientId: 'console-1',
  scope: 'openid offline_access api://api-1/access',
};

const withConsole = (parts: object) => withMember(['console'], { ...member, ...parts });

describe('console in broker.json', () => {
  test('is compiled, with the iss of its issuer', () => {
    expect(parseBrokerConfig(withConsole({ title: 'broker-prod-weu' }))).toMatchObject({
      ok: true,
      value: {
        config: {
          console: {
            ...member,
            title: 'broker-prod-weu',
            issuer: 'https://login.microsoftonline.com/t1/v2.0',
            endSessionEndpoint: null,
          },
        },
      },
    });
  });

  test('is null if it is absent', () => {
    expect(parseBrokerConfig(JSON.stringify(validDocument()))).toMatchObject({
      ok: true,
      value: { config: { console: null } },
    });
  });

  test.each<[object, string]>([
    [{ issuer: 'entry' }, '$.console.issuer: must be the id of one of "issuers"; did you mean "entra"?'],
    [{ scope: 'profile' }, '$.console.scope: must include openid'],
    [
      { tokenEndpoint: 'http://login.test/token' },
      '$.console.tokenEndpoint: must be https, unless the host is this machine',
    ],
    [
      { authorizationEndpoint: '/authorize' },
      '$.console.authorizationEndpoint: must be an absolute https:// (or http://) URL',
    ],
    [
      { endSessionEndpoint: `${login}/logout?x=1` },
      '$.console.endSessionEndpoint: must not have a query or fragment',
    ],
    [{ clientID: 'c' }, '$.console.clientID: is not a known member; did you mean "clientId"?'],
  ])('with %j has a fault', (parts, line) => {
    expect(faultLines(withConsole(parts))).toEqual([line]);
  });

  test('may use this machine on a laptop, but not in a deployment', () => {
    const text = withConsole({ tokenEndpoint: 'http://127.0.0.1:10010/token' });
    expect(faultLines(text)).toEqual([]);
    const faults = formatFaults(deployFaults(JSON.parse(text)));
    expect(faults).toEqual([
      { path: '$.console.tokenEndpoint', message: 'must not be a host on this machine' },
      { path: '$.console.tokenEndpoint', message: 'must be https' },
    ]);
  });
});
