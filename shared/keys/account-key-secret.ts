import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { SecretText } from './signing-keys.ts';

/** Azure's keys have 64 bytes. A shorter value is some other secret that happens to be base64. */
const LEAST_BYTES = 32;

/**
 * Reads the account key in a secret's text, by the account's `secretFormat`.
 * @returns the key, or what is wrong with the text: for the log, without any part of the text.
 */
export function parseAccountKey(text: string, account: StorageAccount): Result<SecretText, Rejection> {
  if (account.keys?.secretFormat !== 'connection-string') return parseKey(text.trim());
  const members = new Map(text.split(';').map(parseMember));
  const name = members.get('accountname');
  if (name !== undefined && name !== account.name)
    return invalid('its connection string is for another account');
  const key = members.get('accountkey');
  return key === undefined ? invalid('its connection string has no AccountKey') : parseKey(key);
}

/** Returns the key's name in the secret's `CredentialId` tag; null if the tag is absent or names no key. */
export function keyNameOf(tags: Readonly<Record<string, string>> | undefined): KeyName | null {
  return KEY_NAMES.find((name) => name === tags?.['CredentialId']) ?? null;
}

function parseKey(text: string): Result<SecretText, Rejection> {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what is not base64, so the text is a key only if encoding its bytes gives the same text.
  const isKey = bytes.length >= LEAST_BYTES && bytes.toString('base64') === text;
  return isKey ? ok(new SecretText(text)) : invalid('its value is not a base64 account key');
}

function parseMember(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()];
}
