import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';

export type Target = RevocationTarget;

/** The parameters of `#/plan`. The address holds ids and names only. */
export const TARGET_PARAMETERS = [
  'token',
  'issuer',
  'subject',
  'grant',
  'account',
  'service',
  'container',
  'key',
] as const;
export type TargetParameters = Partial<Record<(typeof TARGET_PARAMETERS)[number], string>>;

const SERVICES = ['blob', 'queue', 'table', 'file'] as const;
const KEYS = ['key1', 'key2', 'both'] as const;

/** Returns the target that an address names; null if it names none, or more than one. */
export function targetOf(parameters: TargetParameters): Target | null {
  const { token, issuer, subject, grant, account, service, container, key } = parameters;
  const given = TARGET_PARAMETERS.filter((name) => parameters[name] !== undefined).join(' ');
  switch (given) {
    case 'token':
      return { token: token ?? '' };
    case 'issuer subject':
      return { caller: { issuer: issuer ?? '', subject: subject ?? '' } };
    case 'grant':
      return { grant: grant ?? '' };
    case 'account':
      return { account: account ?? '' };
    case 'account key': {
      const known = KEYS.find((one) => one === key);
      return known === undefined ? null : { account: account ?? '', key: known };
    }
    case 'account service container': {
      const known = SERVICES.find((one) => one === service);
      return known === undefined
        ? null
        : { account: account ?? '', service: known, container: container ?? '' };
    }
    default:
      return null;
  }
}

/** Returns the parameters of the address that names a target. */
export function parametersOf(target: Target): TargetParameters {
  return 'caller' in target ? { ...target.caller } : { ...target };
}

/** Returns the target in words, as the object of a sentence. */
export function targetText(target: Target): string {
  if ('token' in target) return 'this token';
  if ('caller' in target) return `the tokens of ${target.caller.subject}`;
  if ('grant' in target) return `the tokens of the grant ${target.grant}`;
  if ('container' in target) return `the tokens for ${target.account}/${target.service}/${target.container}`;
  if (!('key' in target)) return `every token of ${target.account}`;
  return target.key === 'both' ? `both keys of ${target.account}` : `${target.key} of ${target.account}`;
}
