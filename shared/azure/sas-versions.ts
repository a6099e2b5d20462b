import type { OptionalField } from './sas-kinds.ts';
import type { Service } from './services.ts';

/**
 * The newest `sv` whose layouts this broker and the pinned Azure SDKs know. If asked for a newer version,
 * @azure/storage-blob silently signs this layout under the newer label.
 */
export const NEWEST_SAS_VERSION = '2026-04-06';

/** Versions of Azure Storage that an account may pin as `sv`, oldest first. */
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
  NEWEST_SAS_VERSION,
] as const;

/** First versions of the optional fields and letters that an older pinned version lacks. All others are in every version. */
const SINCE: Readonly<Partial<Record<string, string>>> = {
  sduoid: '2025-07-05',
  /** For containers; account SAS supported it earlier. */
  f: '2021-04-10',
};

/** True if the layout of `sasVersion` has the field; an earlier layout would drop it silently. */
export function versionHasField(sasVersion: string, field: OptionalField): boolean {
  return sasVersion >= (SINCE[field] ?? '');
}

/** True if storage accepts the letter in a blob service's token of `sasVersion`. */
export function versionHasLetter(sasVersion: string, letter: string): boolean {
  return sasVersion >= (SINCE[letter] ?? '');
}

/**
 * The first `sv` with a user delegation SAS for the service. Null for tables: no two sources agree on the layout, so
 * the broker does not sign one.
 */
const USER_DELEGATION_SINCE: Readonly<Record<Service, string | null>> = {
  blob: '2018-11-09',
  queue: '2025-07-05',
  file: '2025-07-05',
  table: null,
};

/** Returns why a service has no user delegation SAS under this pinned version, or null if it has one. */
export function userDelegationFault(service: Service, sasVersion: string): string | null {
  const since = USER_DELEGATION_SINCE[service];
  if (since === null) return `there is no user delegation SAS for the ${service} service`;
  return sasVersion < since
    ? `user delegation SAS for the ${service} service requires version ${since} or later, and this account pins ${sasVersion}`
    : null;
}
