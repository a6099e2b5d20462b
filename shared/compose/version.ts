/** The build replaces this name by a text. */
declare const BROKER_VERSION: string | undefined;

/** The version of this build, such as `0.1.0+8cf5bad0a1b2`; `unbuilt` if the broker runs from its sources. */
export const VERSION = typeof BROKER_VERSION === 'undefined' ? 'unbuilt' : BROKER_VERSION;
