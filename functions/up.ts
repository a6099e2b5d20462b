import type { Reply } from './route.ts';

/** The reply of `/health`, with any configuration and without a broker: the process is up. */
export const UP: Reply = { status: 200, body: { status: 'up' } };
