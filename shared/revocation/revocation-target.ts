import { z } from 'zod';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';

/** What is to be revoked: all of an account, or one of its keys, or both. */
export interface RevocationTarget {
  readonly account: string;
  readonly key?: KeyName | 'both' | undefined;
}

export const targetSchema = z.strictObject({
  account: z.string(),
  key: z
    .enum([...KEY_NAMES, 'both'])
    .optional()
    .describe('Left out: the whole account'),
});

/** The keys that `regenerate-key` gives up for a target. */
export function keysOf({ key }: RevocationTarget): readonly KeyName[] {
  return key === undefined || key === 'both' ? KEY_NAMES : [key];
}
