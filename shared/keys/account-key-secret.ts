import type { StorageAccount } from '../config/broker-config.ts';
import { SecretText } from './signing-keys.ts';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';

/** Azure's keys have 64 bytes; shorter than this is some other secret that happens to be base64. */
const LEAST_BYTES = 32;

/**
 * The account key in a secret's text, of the account's `secretFormat`.
 * @returns the key, or what is wrong with the text: for the log, without any of it.
 */
export function accountKeyOf(text: string, account: StorageAccount): SecretText | string {
  if (account.keys?.secretFormat !== 'connection-string') return keyText(text.trim());
  const members = new Map(text.split(';').map(member));
  const name = members.get('accountname');
  if (name !== undefined && name !== account.name) return 'its connection string is for another account';
  const key = members.get('accountkey');
  return key === undefined ? 'its connection string has no AccountKey' : keyText(key);
}

/** The key's name in the secret's `CredentialId` tag; null where it has none or another. */
export function keyNameOf(tags: Readonly<Record<string, string>> | undefined): KeyName | null {
  return KEY_NAMES.find((name) => name === tags?.['CredentialId']) ?? null;
}

function keyText(text: string): SecretText | string {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what is no base64, so only text that comes back the same was all of it.
  const isKey = bytes.length >= LEAST_BYTES && bytes.toString('base64') === text;
  return isKey ? new SecretText(text) : 'its value is not a base64 account key';
}

function member(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()];
}
