import { z } from 'zod';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';

/** What to revoke: everything of an account, or one of its keys, or both keys. */
export interface RevocationTarget {
  readonly account: string;
  readonly key?: KeyName | 'both' | undefined;
}

/** The schema of a target. */
export const targetSchema = z.strictObject({
  account: z.string(),
  key: z
    .enum([...KEY_NAMES, 'both'])
    .optional()
    .describe('Leave this out for the whole account'),
});

/** Returns the keys that `regenerate-key` regenerates for a target. */
export function keysOf({ key }: RevocationTarget): readonly KeyName[] {
  return key === undefined || key === 'both' ? KEY_NAMES : [key];
}
