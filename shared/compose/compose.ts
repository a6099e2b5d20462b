import { readFileSync } from 'node:fs';
import type { DenialRows } from '../audit/denial-rows.ts';
import type { EventLog } from '../audit/event-log.ts';
import type { ScanGate } from '../audit/scan-gate.ts';
import { tableDenialRows } from '../audit/table-denial-rows.ts';
import { tableEventLog } from '../audit/table-event-log.ts';
import { tableTokenPages } from '../audit/table-token-pages.ts';
import { describeFailure } from '../azure-calls/failure.ts';
import { type Fault } from '../broker-error.ts';
import { auditRetention } from '../config/audit-retention.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { parseBrokerConfig } from '../config/load-broker-config.ts';
import { DEFAULT_BROKER_CONFIG, readSettings, type Settings } from '../config/settings.ts';
import type { TokenListPorts } from '../deaths/list-tokens.ts';
import { CallerLimits } from '../identity/caller-limits.ts';
import type { BearerTokens } from '../identity/caller.ts';
import { joseBearerTokens } from '../identity/jose-bearer-tokens.ts';
import { addSeconds } from '../iso-time.ts';
import { codeLoads } from '../load-once.ts';
import type { Log } from '../log-events.ts';
import type { IssuingPorts } from '../issuing/issuing-ports.ts';
import type { LookupPorts } from '../issuing/look-up-token.ts';
import { fail, ok, type Result } from '../result.ts';
import type { BlockPorts } from '../revocation/change-blocks.ts';
import { ProofMemory } from '../revocation/proof-memory.ts';
import type { RevocationPorts } from '../revocation/revocation-ports.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { LiveTokenCounts } from '../summaries/live-token-counts.ts';
import { blockPorts } from './blocks.ts';
import { delegationProbes, issuerProbes } from './dependency-probes.ts';
import { watchEventLoop } from './event-loop.ts';
import { type Environment, type Foundation, foundationOf } from './foundation.ts';
import { issuingPorts, lookupPorts } from './issuing.ts';
import { logTo, type WriteLine } from './log-lines.ts';
import { prefetch } from './prefetch.ts';
import { type Purge, purgeOf } from './purge.ts';
import { overdueProbes, probesOf, tickProbe } from './readiness-probes.ts';
import { type LineLimit, lineLimit } from './line-limit.ts';
import { type Load, type Readiness, readinessOf } from './readiness.ts';
import { faultCode, recordStart, type StartPorts } from './record-start.ts';
import { StartTurns } from './start-turns.ts';
import { revocationPorts, rotationPorts } from './rotation.ts';
import { VERSION } from './version.ts';

/** The assembled broker: what the edge calls. */
export interface Broker {
  readonly settings: Settings;
  readonly config: BrokerConfig;
  readonly bearerTokens: BearerTokens;
  readonly issuing: IssuingPorts;
  readonly lookup: LookupPorts;
  readonly readiness: (now: Date, deadline: Date) => Promise<Readiness>;
  readonly load: () => Load;
  readonly rotation: RotationPorts;
  readonly revocation: RevocationPorts;
  readonly blocks: BlockPorts;
  /** Null: `AUDIT_RETENTION` is absent, so audit rows are kept forever. */
  readonly purge: Purge | null;
  readonly events: EventLog;
  readonly lists: TokenListPorts;
  readonly summaries: { readonly liveTokens: LiveTokenCounts; readonly denials: DenialRows };
  /** Limits the scans of the audit table: lists, plans, summaries and the lookups that read many hours together. */
  readonly scans: ScanGate;
  readonly callerLimits: CallerLimits;
  /** What every request waits for that an overload may turn away. */
  readonly startTurns: StartTurns;
  readonly clock: () => Date;
  /** Milliseconds of a clock that never goes back, from any start. */
  readonly monotonicMs: () => number;
  /** Anyone can cause these refusals, so not each has a line. */
  readonly lineLimits: Readonly<Record<'unauthenticated' | 'overloaded', LineLimit>>;
  /** How long, in milliseconds, a request that runs now may have waited for the event loop. */
  readonly eventLoopDelayMs: () => number;
  /** Ends background work and writes what is still in memory; stops waiting after a request's time. */
  readonly close: () => Promise<void>;
}

/** The share of a request's time that it may wait for the event loop, or for its turn to start. */
const WAIT_SHARE = 0.25;

/** The broker, or every fault of its settings and configuration. */
export type Composition = Result<Broker, readonly Fault[]>;

/**
 * Assembles the broker: settings → adapters → use cases. Does no I/O except reading the configuration file. Never
 * throws: with faults the broker does not serve, but the process must start, or the host would answer 404 to everything.
 */
export function compose(environment: Environment, writeLine: WriteLine): Composition {
  const log = logTo(writeLine);
  const read = readSettings(environment);
  const path = read.ok
    ? read.value.brokerConfigPath
    : (environment['BROKER_CONFIG'] ?? DEFAULT_BROKER_CONFIG);
  const parsed = readConfig(path);
  if (!read.ok || !parsed.ok) {
    const faults = [...(read.ok ? [] : read.fault), ...(parsed.ok ? [] : parsed.fault)];
    for (const fault of faults) log('configuration fault', fault);
    return fail(faults);
  }
  const broker = assemble(read.value, parsed.value.config, environment, writeLine);
  // What the first token needs comes first.
  const prefetched = prefetch(broker, broker.clock());
  for (const warning of [...parsed.value.warnings, ...retentionWarnings(read.value, parsed.value.config)])
    log('configuration warning', warning);
  log('broker started', { version: VERSION, configuration: broker.config.hash });
  void prefetched.then(() => recordStart(startPorts(broker, log), broker.clock()));
  return ok(broker);
}

function lineLimitsOf({ monotonicMs, lines: { log } }: Foundation): Broker['lineLimits'] {
  return {
    unauthenticated: lineLimit(monotonicMs, (counts) =>
      log('unauthenticated requests without a line', counts),
    ),
    overloaded: lineLimit(monotonicMs, (counts) => log('overloaded requests without a line', counts)),
  };
}

function startPorts({ config, issuing, events, settings }: Broker, log: Log): StartPorts {
  return {
    config,
    audit: issuing.audit,
    events,
    timeoutSeconds: settings.requestTimeoutSeconds,
    onFailure: (reason) => log('start not recorded', { reason }),
  };
}

function retentionWarnings({ auditRetention: setting }: Settings, config: BrokerConfig): Fault[] {
  const warning = setting === null ? null : auditRetention(setting, config).warning;
  return warning === null ? [] : [warning];
}

function readConfig(path: string): ReturnType<typeof parseBrokerConfig> {
  try {
    return parseBrokerConfig(readFileSync(path, 'utf8'));
  } catch (error) {
    const message = `the file cannot be read (${describeFailure(error)})`;
    return fail([{ path: 'BROKER_CONFIG', message }]);
  }
}

function assemble(
  settings: Settings,
  config: BrokerConfig,
  environment: Environment,
  writeLine: WriteLine,
): Broker {
  const foundation = foundationOf(settings, config, environment, writeLine);
  const { clock, monotonicMs, callTimeoutMs, audit, auditTable, auditScans } = foundation;
  const proofs = new ProofMemory();
  const rotation = rotationPorts(foundation, proofs);
  const blocks = blockPorts(foundation);
  const issuing = issuingPorts(foundation, rotation.journals, blocks.remembered);
  const revocation = revocationPorts(foundation, rotation, issuing.policies, proofs, blocks);
  const lineLimits = lineLimitsOf(foundation);
  const startTurns = new StartTurns(monotonicMs, settings.requestTimeoutSeconds * 1000 * WAIT_SHARE);
  const eventLoop = watchEventLoop(monotonicMs, () => performance.eventLoopUtilization().idle, codeLoads);
  const bearerTokens = joseBearerTokens(config.issuers, { timeoutMs: callTimeoutMs / 2 });
  const probes = [
    ...probesOf(issuing),
    ...delegationProbes(config, issuing.delegationKeys),
    ...issuerProbes(config, bearerTokens),
    ...overdueProbes(rotation, config, settings),
    tickProbe(rotation, clock()),
  ];
  return {
    settings,
    config,
    issuing,
    lookup: lookupPorts(foundation, issuing, rotation),
    rotation,
    blocks,
    clock,
    monotonicMs,
    eventLoopDelayMs: eventLoop.delayMs,
    lineLimits,
    startTurns,
    callerLimits: new CallerLimits(config.limits.perCaller),
    bearerTokens,
    revocation,
    readiness: readinessOf(probes, faultCode),
    load: () => ({
      eventLoopDelayMs: Math.round(eventLoop.longestMs()),
      waitingRequests: startTurns.waiting(),
      waitingRows: audit.waitingRows(),
    }),
    purge: purgeOf(foundation),
    events: tableEventLog({ client: auditTable, clock }),
    lists: { config, deaths: rotation.deaths, openPages: tableTokenPages(auditScans) },
    summaries: {
      liveTokens: new LiveTokenCounts(revocation),
      denials: tableDenialRows(auditScans),
    },
    scans: foundation.scans,
    close: () => {
      eventLoop.stop();
      for (const limit of Object.values(lineLimits)) limit.flush();
      return audit.flush(addSeconds(clock(), settings.requestTimeoutSeconds));
    },
  };
}
