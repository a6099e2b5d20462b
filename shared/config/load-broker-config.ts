import type { Fault } from '../broker-error.ts';
import { formatFaults } from '../input/fault-path.ts';
import { readJson } from '../input/json-document.ts';
import { schemaFaults } from '../input/schema-faults.ts';
import { fail, ok, type Result } from '../result.ts';
import { accountWarnings } from './account-warnings.ts';
import type { BrokerConfig } from './broker-config.ts';
import { type BrokerDocument, brokerSchema } from './broker-schema.ts';
import { compileConfig } from './compile-config.ts';
import { crossCheck } from './cross-checks.ts';
import { identityWarnings } from './identity-warnings.ts';
import { issuerWarnings } from './issuer-checks.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import { resourceWarnings } from './resource-warnings.ts';
import { restrictionWarnings } from './restriction-warnings.ts';
import { salvage } from './salvage.ts';
import type { SalvagedDocument } from './salvaged-document.ts';

/** A broker.json without faults. */
export interface LoadedConfig {
  readonly config: BrokerConfig;
  /** Found when they are read: they take as long as all other checks, and no token needs them. */
  readonly warnings: readonly Fault[];
}

/**
 * Parses, checks and compiles the text of broker.json. Pure; never throws.
 * @returns the configuration, or every fault of its shape and between its parts, each with a JSON path such as
 * `$.grants[0].resources[2]`. Text that is not JSON has its syntax fault only.
 */
export function parseBrokerConfig(text: string): Result<LoadedConfig, readonly Fault[]> {
  if (Buffer.byteLength(text, 'utf8') > MAX_FILE_BYTES)
    return fail([{ path: '$', message: `must be at most ${MAX_FILE_BYTES} bytes` }]);
  const json = readJson(text);
  if (!json.ok) return fail([json.fault]);
  const { value } = json.value;
  // Compiling the schema takes longer than to read one document without.
  const result = brokerSchema.safeParse(value, { jitless: true });
  const issues = result.success ? [] : result.error.issues;
  const faulty = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [] : [issue.path]));
  const document = salvage<BrokerDocument>(value, faulty);
  const faults = [
    ...json.value.faults,
    ...schemaFaults(brokerSchema, value, issues),
    ...formatFaults(crossCheck(document, value)),
  ];
  if (!result.success || faults.length > 0) return fail(faults);
  const config = compileConfig(result.data, text);
  return ok({
    config,
    get warnings() {
      return warningsOf(document);
    },
  });
}

function warningsOf(document: SalvagedDocument): readonly Fault[] {
  return formatFaults([
    ...issuerWarnings(document),
    ...identityWarnings(document),
    ...accountWarnings(document),
    ...resourceWarnings(document),
    ...restrictionWarnings(document),
  ]);
}
