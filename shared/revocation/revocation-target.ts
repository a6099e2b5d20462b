import type { KeyName, Service } from '../azure/services.ts';

/** What to revoke. `container` means a container, queue, table or share. */
export type RevocationTarget =
  | { readonly token: string }
  | { readonly caller: { readonly issuer: string; readonly subject: string } }
  | { readonly grant: string }
  | { readonly account: string; readonly service: Service; readonly container: string }
  | AccountTarget;

/** Everything that an account's keys signed, or that one of its account keys or both signed. */
export type AccountTarget =
  { readonly account: string } | { readonly account: string; readonly key: KeyName | 'both' };

/** Returns true if the target is an account or some of its keys, so its levers are known without its tokens. */
export function isAccountTarget(target: RevocationTarget): target is AccountTarget {
  return 'account' in target && !('service' in target);
}

/** Returns true if an act on the target can block the callers who hold its tokens. */
export function isBlockable(target: RevocationTarget): boolean {
  return 'token' in target || 'caller' in target;
}
