/** The kinds of SAS, strongest first. `auto` prefers them in this order and never selects the last. */
export const SAS_KINDS = ['user-delegation', 'service', 'account'] as const;

export type SasKind = (typeof SAS_KINDS)[number];

/** Optional SAS fields that an endpoint may not support (`unsupportedFields` of an account). */
export const OPTIONAL_FIELDS = ['scid', 'saoid', 'suoid', 'sduoid', 'ses'] as const;

export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** How a token for a hierarchical account can name the user who acts. `AGENT_FIELDS` has the SAS field of each. */
export const AGENT_KINDS = ['authorized', 'unauthorized'] as const;

export type AgentKind = (typeof AGENT_KINDS)[number];

export const AGENT_FIELDS = { authorized: 'saoid', unauthorized: 'suoid' } as const satisfies Record<
  AgentKind,
  OptionalField
>;
