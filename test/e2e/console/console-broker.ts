import { inject } from 'vitest';

/** The member `console` of broker.json for the stack's issuer. */
export function consoleMember(): object {
  const { issuer } = inject('stack');
  return {
    title: 'tests',
    issuer: 'local',
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    endSessionEndpoint: `${issuer}/endsession`,
    clientId: 'console',
    scope: 'openid profile offline_access',
  };
}
