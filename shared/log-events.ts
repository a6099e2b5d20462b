/** error: the broker does not serve. warn: an operator should look at it. info: everything else. */
export type LogLevel = 'info' | 'warn' | 'error';

interface EventFacts {
  /** `status`: by the line's field `status`, from `levelOf`. */
  readonly level: LogLevel | 'status';
  readonly fields: readonly string[];
}

/**
 * Every line that the broker logs: its event, its level, and its fields besides `level`, `event` and, on lines of one
 * call, `requestId`. Alerts and queries rely on these names, and docs/logs.md explains them. Values are ids, codes,
 * counts and names, never a token, key, signature or vault host.
 */
export const LOG_EVENTS = {
  'broker started': { level: 'info', fields: ['version', 'configuration'] },
  'configuration fault': { level: 'error', fields: ['path', 'message'] },
  'configuration warning': { level: 'warn', fields: ['path', 'message'] },
  'start not recorded': { level: 'warn', fields: ['reason'] },

  'token issued': {
    level: 'info',
    fields: [
      'id',
      'kind',
      'grant',
      'account',
      'service',
      'issuer',
      'subject',
      'authorizeMs',
      'keyMs',
      'signMs',
      'recordMs',
      'confirmMs',
      'rowsTogether',
    ],
  },
  'request refused': { level: 'status', fields: ['status', 'code', 'reason'] },
  'grant in report mode would have allowed this': { level: 'info', fields: ['grant', 'subject'] },
  'unauthenticated requests without a line': { level: 'info', fields: ['suppressed', 'total'] },
  'overloaded requests without a line': { level: 'warn', fields: ['suppressed', 'total'] },
  'not issued here': { level: 'warn', fields: ['account', 'key', 'keyId', 'fingerprint'] },

  'event recorded': { level: 'info', fields: ['type', 'account', 'actor', 'detail'] },
  'event not recorded': { level: 'warn', fields: ['type', 'account'] },
  'audit fault': { level: 'warn', fields: ['reason'] },
  'background fault': { level: 'warn', fields: ['code', 'reason'] },

  'rotation held up': { level: 'warn', fields: ['account', 'reason'] },
  'rotation overdue': { level: 'warn', fields: ['account', 'phase'] },
  'revocation held up': { level: 'warn', fields: ['account', 'reason'] },
  'orders wait their turn': { level: 'warn', fields: ['account', 'reason'] },
  'tick not recorded': { level: 'warn', fields: ['account', 'reason'] },
  'policies not swept': { level: 'warn', fields: ['place', 'reason'] },
  'policies unread in a plan': { level: 'warn', fields: ['place', 'reason'] },

  'audit rows removed': { level: 'info', fields: ['detail'] },
  'purge held up': { level: 'warn', fields: ['account', 'reason'] },
  'purge not recorded': { level: 'warn', fields: ['detail', 'reason'] },
} as const satisfies Readonly<Record<string, EventFacts>>;

export type LogEvent = keyof typeof LOG_EVENTS;

/** The fields of one event's line, all of them. */
export type LogFields<Event extends LogEvent> = Readonly<
  Record<(typeof LOG_EVENTS)[Event]['fields'][number], string | number | null>
>;

/** Writes one line. */
export type Log = <Event extends LogEvent>(event: Event, fields: LogFields<Event>) => void;

/** Returns the level of a line: of a refusal, 500 is an error, and any other fault of the broker or a service a warning. */
export function levelOf<Event extends LogEvent>(event: Event, fields: LogFields<Event>): LogLevel {
  const { level }: EventFacts = LOG_EVENTS[event];
  if (level !== 'status') return level;
  const status = 'status' in fields ? Number(fields.status) : 0;
  if (status === 500) return 'error';
  return status > 500 ? 'warn' : 'info';
}
