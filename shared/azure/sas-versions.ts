import type { Service } from './services.ts';
import type { OptionalField } from './sas-kinds.ts';

/**
 * Versions of Azure Storage that an account may pin as `sv`, oldest first. The last is the newest that the pinned
 * @azure/storage-blob knows: asked for a newer one it signs this layout under the newer label, silently.
 */
export const SAS_VERSIONS = [
  '2020-12-06',
  '2021-02-12',
  '2021-04-10',
  '2021-06-08',
  '2021-08-06',
  '2021-10-04',
  '2021-12-02',
  '2022-11-02',
  '2023-01-03',
  '2023-05-03',
  '2023-08-03',
  '2023-11-03',
  '2024-02-04',
  '2024-05-04',
  '2024-08-04',
  '2024-11-04',
  '2025-01-05',
  '2025-05-05',
  '2025-07-05',
  '2025-11-05',
  '2026-02-06',
  '2026-04-06',
] as const;

/** Of optional fields and letters those that a pinned version may lack; all others are as old as the oldest. */
const SINCE: Readonly<Partial<Record<string, string>>> = {
  sduoid: '2025-07-05',
  /** Of a container; an account SAS has had it for longer. */
  f: '2021-04-10',
};

/** Whether tokens of `sasVersion` have the field at all; earlier layouts would drop it in silence. */
export function versionHasField(sasVersion: string, field: OptionalField): boolean {
  return sasVersion >= (SINCE[field] ?? '');
}

/** Whether a blob service's tokens of `sasVersion` have the letter; an older one is refused by storage. */
export function versionHasLetter(sasVersion: string, letter: string): boolean {
  return sasVersion >= (SINCE[letter] ?? '');
}

/**
 * The first `sv` that has a user delegation SAS of the service; null: none of which two sources agree on the layout,
 * so tables have none here.
 */
const USER_DELEGATION_SINCE: Readonly<Record<Service, string | null>> = {
  blob: '2018-11-09',
  queue: '2025-07-05',
  file: '2025-07-05',
  table: null,
};

/** Why there is no user delegation SAS of a service under this pinned version, or null. */
export function undelegable(service: Service, sasVersion: string): string | null {
  const since = USER_DELEGATION_SINCE[service];
  if (since === null) return `there is no user delegation SAS for the ${service} service`;
  return sasVersion < since
    ? `user delegation SAS for the ${service} service exist since ${since}; this account pins ${sasVersion}`
    : null;
}
