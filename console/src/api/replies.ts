import type * as z from 'zod/mini';
import type { eventListSchema } from '../../../shared/audit/event-view.ts';
import type { AuditRecordView } from '../../../shared/deaths/audit-record-view.ts';
import type { explanationSchema } from '../../../shared/grants/explain.ts';
import type { ownGrantListSchema } from '../../../shared/grants/grant-view.ts';
import type { meSchema } from '../../../shared/identity/me-view.ts';
import type { lookupReplySchema } from '../../../shared/issuing/lookup/lookup-body.ts';
import type { blockListSchema } from '../../../shared/revocation/block-view.ts';
import type { RotationState } from '../../../shared/rotation/rotation-view.ts';

/*
 * What the broker replies, as its own schemas say. Only types: none of the broker's code is in the console.
 */

export type { Readiness } from '../../../shared/compose/readiness.ts';
export type { IssuedToken } from '../../../shared/issuing/issued-token.ts';
export type { RotationHistory } from '../../../shared/rotation/rotation-history.ts';
export type { DenialSummary } from '../../../shared/summaries/denial-summary.ts';
export type { LiveSummary } from '../../../shared/summaries/live-token-summary.ts';

export type { RotationState };
export type Me = z.infer<typeof meSchema>;
export type OwnGrants = z.infer<typeof ownGrantListSchema>;
export type OwnGrant = OwnGrants['items'][number];
export interface Accounts {
  readonly items: readonly RotationState[];
}
export type Events = z.infer<typeof eventListSchema>;
export type BrokerEvent = Events['items'][number];
export type Explanation = z.infer<typeof explanationSchema>;
export type Blocks = z.infer<typeof blockListSchema>;
export type Block = Blocks['items'][number];
export type AuditRecord = AuditRecordView;
export type LookupReply = z.infer<typeof lookupReplySchema>;
export interface TokenList {
  readonly items: readonly AuditRecord[];
  readonly nextCursor: string | null;
}
