import type { Service } from '../../../shared/azure/services.ts';
import type { OwnGrant } from '../api/replies.ts';
import { durationSeconds } from '../time/format.ts';
import { grantedLetters } from './letters.ts';

/** What somebody has filled in. Texts may be empty: then the request leaves the member out. */
export interface Form {
  readonly how: 'url' | 'parts';
  readonly url: string;
  readonly account: string;
  readonly service: Service;
  /** A container, queue, table or share. */
  readonly container: string;
  /** A blob or file. A trailing "/" names a directory. Queues and tables have none. */
  readonly path: string;
  readonly letters: string;
  /** ISO 8601. */
  readonly ttl: string;
  readonly ip: string;
  readonly protocol: 'https' | 'https,http';
  readonly kind: 'auto' | 'user-delegation' | 'service';
  readonly revocable: boolean;
  readonly policy: string;
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly purpose: string;
}

export const SERVICES: readonly (readonly [Service, string, string])[] = [
  ['blob', 'Blob', 'Container'],
  ['queue', 'Queue', 'Queue'],
  ['table', 'Table', 'Table'],
  ['file', 'File', 'Share'],
];
export const isService = (text: string | undefined): text is Service =>
  SERVICES.some(([service]) => service === text);

const EMPTY: Form = {
  how: 'url',
  url: '',
  account: '',
  service: 'blob',
  container: '',
  path: '',
  letters: '',
  ttl: 'PT15M',
  ip: '',
  protocol: 'https',
  kind: 'auto',
  revocable: false,
  policy: '',
  contentType: '',
  contentDisposition: '',
  purpose: '',
};

/** Returns the form as it opens: with the letters of the only grant, or with what the address names. */
export function openForm(grants: readonly OwnGrant[], params: Readonly<Record<string, string>>): Form {
  const named = grants.find(({ id }) => id === params['grant']);
  const grant = named ?? (grants.length === 1 ? grants[0] : undefined);
  const [account = '', serviceText = 'blob', container = '', ...rest] = grant?.resources[0]?.split('/') ?? [];
  const service = isService(params['service']) ? params['service'] : serviceOf(serviceText);
  const form = { ...EMPTY, service, letters: grant === undefined ? '' : lettersOf(grant, service) };
  const ttl = grant?.defaultTtl ?? EMPTY.ttl;
  if (Object.keys(params).length === 0) return { ...form, ttl };
  return {
    ...form,
    ttl,
    how: 'parts',
    account: params['account'] ?? literal(account),
    container: params['container'] ?? literal(container),
    path: named === undefined ? '' : literal(rest.join('/')),
  };
}

const lettersOf = (grant: OwnGrant, service: Service) => [...grantedLetters([grant], service)].join('');
const serviceOf = (text: string): Service => (isService(text) ? text : 'blob');
/** The part of a pattern before its first wildcard. */
const literal = (pattern: string): string => pattern.replace(/\*.*$/, '');

/** Returns the service that the form is about. A URL shows it by its host, except on a laptop. */
export function serviceOfForm({ how, url, service }: Form, answered: Service | null): Service {
  if (how === 'parts') return service;
  const [, label] = /^https?:\/\/[^/.]+\.(blob|dfs|queue|table|file)\./i.exec(url.trim()) ?? [];
  if (label !== undefined) return label === 'dfs' ? 'blob' : serviceOf(label.toLowerCase());
  return answered ?? service;
}

/** Returns the body of `POST /tokens`; null if the form names no resource yet. */
export function bodyOf(form: Form): Record<string, unknown> | null {
  const resource = form.how === 'url' ? urlOf(form) : resourceOf(form);
  if (resource === null) return null;
  const headers = { contentType: form.contentType, contentDisposition: form.contentDisposition };
  const responseHeaders = Object.fromEntries(
    Object.entries(headers).filter(([, text]) => text.trim() !== ''),
  );
  return {
    ...resource,
    permissions: form.letters,
    ttl: form.ttl,
    ...(form.kind === 'auto' ? {} : { kind: form.kind }),
    ...textMember('ip', form.ip),
    ...(form.protocol === 'https' ? {} : { protocol: form.protocol }),
    ...(form.revocable ? { revocable: true } : {}),
    ...(form.kind === 'user-delegation' ? {} : textMember('policy', form.policy)),
    ...(Object.keys(responseHeaders).length === 0 ? {} : { responseHeaders }),
    ...textMember('purpose', form.purpose),
  };
}

const textMember = (name: string, text: string): Record<string, string> =>
  text.trim() === '' ? {} : { [name]: text.trim() };

const urlOf = ({ url }: Form) => (url.trim() === '' ? null : { url: url.trim() });

function resourceOf({ account, service, container, path }: Form): { resource: object } | null {
  if (container.trim() === '') return null;
  const place = { ...textMember('account', account), service };
  const name = path.replace(/^\/+/, '');
  switch (service) {
    case 'queue':
      return { resource: { ...place, queue: container.trim() } };
    case 'table':
      return { resource: { ...place, table: container.trim() } };
    case 'file':
      return { resource: { ...place, share: container.trim(), ...(name === '' ? {} : { file: name }) } };
    case 'blob': {
      const below = name.endsWith('/') ? { directory: name.replace(/\/+$/, '') } : { blob: name };
      return { resource: { ...place, container: container.trim(), ...(name === '' ? {} : below) } };
    }
  }
}

/** Returns the form with the most that a grant would allow: permissions, lifetime, kind, protocol and address. */
export function withLargest(form: Form, largest: Readonly<Record<string, unknown>>): Form {
  const { permissions, ttl, kind, protocol, ip } = largest;
  return {
    ...form,
    letters: typeof permissions === 'string' ? permissions : form.letters,
    ttl: typeof ttl === 'string' && durationSeconds(ttl) !== null ? ttl : form.ttl,
    kind: form.kind !== 'auto' && (kind === 'user-delegation' || kind === 'service') ? kind : form.kind,
    protocol: protocol === 'https' ? 'https' : form.protocol,
    ip: typeof ip === 'string' ? ip : form.ip,
  };
}
