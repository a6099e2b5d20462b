import type { Fault } from '../broker-error.ts';
import type { BrokerConfig, Grant } from './broker-config.ts';
import type { ResourcePattern } from './resource-pattern.ts';

/** Letters for blobs that Storage Blob Data Contributor does not cover: see infra/modules/data-roles.json. */
export const OWNER_LETTERS: readonly string[] = ['x', 'y', 't', 'f', 'o', 'p', 'i'];

/**
 * Returns the grants whose user delegation SAS work only if the signer is Storage Blob Data Owner. The deployment gives it
 * that role, which may also change ownership and access control lists.
 */
export function signerRoleWarnings({ grants }: BrokerConfig): Fault[] {
  return grants.flatMap((grant, index) => {
    const letters = OWNER_LETTERS.filter((letter) => grant.permissions.blob.has(letter));
    const places = [...new Set(grant.resources.filter(({ service }) => service === 'blob').map(placeOf))];
    if (!delegates(grant) || letters.length === 0 || places.length === 0) return [];
    const message = `has ${letters.join(', ')}, beyond Storage Blob Data Contributor, so the deployment makes the signer Storage Blob Data Owner of ${places.join(', ')}`;
    return [{ path: `$.grants[${index}].permissions`, message }];
  });
}

function delegates({ kinds, mode }: Grant): boolean {
  return kinds.has('user-delegation') && mode === 'enforce';
}

/** Roles are assigned on a container if its name is literal, and otherwise on the account. */
function placeOf({ account, segments: [name = []] }: ResourcePattern): string {
  const texts = name.map((part) => (part.kind === 'text' ? part.text : null));
  return texts.includes(null) ? account : `${account}/blob/${texts.join('')}`;
}
