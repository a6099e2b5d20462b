import type { OwnGrant } from '../api/replies.ts';

/** `create, write (cw)`, for each service if there are several. */
export function allowsText(permissions: OwnGrant['permissions']): string {
  const entries = Object.entries(permissions).map(([service, { letters, names }]) => ({
    service,
    text: `${names.map(wordOf).join(', ')} (${letters})`,
  }));
  if (entries.length === 1) return entries[0]?.text ?? '';
  return entries
    .map(({ service, text }) => `${service === 'account' ? 'account SAS' : service}: ${text}`)
    .join('; ');
}

/** A permission's name in words: `setImmutabilityPolicy` → `set immutability policy`. */
export const wordOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const KINDS: Readonly<Record<string, string>> = {
  'user-delegation': 'user delegation',
  service: 'service',
  account: 'account',
};

/** The name of a kind of SAS in words. */
export const kindText = (kind: string): string => KINDS[kind] ?? kind;

/** The rule of a grant for addresses in words. */
export function ipText(rule: string): string {
  if (rule === 'any') return 'any address';
  if (rule === 'caller') return 'your own address only';
  if (rule === 'required') return 'an address that you name';
  return `addresses in ${rule}`;
}

export const protocolText = (protocol: string): string =>
  protocol === 'https' ? 'HTTPS only' : 'HTTPS or HTTP';

/** What *Get a token* may fill in from a grant's first resource: parts without wildcards. */
export function prefill({ resources }: Pick<OwnGrant, 'resources'>): {
  account?: string;
  service?: string;
  container?: string;
} {
  const [account = '', service = '', container = ''] = resources[0]?.split('/') ?? [];
  const isPlain = (part: string) => part !== '' && !/[*$]/.test(part.replace(/^\$(?=\w)/, ''));
  return {
    ...(isPlain(account) ? { account } : {}),
    ...(isPlain(service) ? { service } : {}),
    ...(isPlain(container) && /^[\w.-]+$/.test(container) ? { container } : {}),
  };
}
