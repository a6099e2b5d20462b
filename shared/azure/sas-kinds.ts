/** The kinds of SAS, strongest first: the order in which `auto` prefers them (it never takes the last). */
export const SAS_KINDS = ['user-delegation', 'service', 'account'] as const;

export type SasKind = (typeof SAS_KINDS)[number];

/** Optional SAS fields that an endpoint may not take (`unsupportedFields` of an account). */
export const OPTIONAL_FIELDS = ['scid', 'saoid', 'suoid', 'sduoid', 'ses'] as const;

export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** How a token may name who acts in a hierarchical account, and in which field it does. */
export const AGENT_KINDS = ['authorized', 'unauthorized'] as const;

export type AgentKind = (typeof AGENT_KINDS)[number];

export const AGENT_FIELDS = { authorized: 'saoid', unauthorized: 'suoid' } as const satisfies Record<
  AgentKind,
  OptionalField
>;
