import type { Fault } from '../broker-error.ts';
import type { BrokerConfig } from './broker-config.ts';
import { brokerSchema, type BrokerDocument } from './broker-schema.ts';
import { compileConfig } from './compile-config.ts';
import { crossCheck } from './cross-checks.ts';
import { issuerWarnings } from './issuer-checks.ts';
import { readJson } from '../input/json-document.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import { restrictionWarnings } from './restriction-warnings.ts';
import { salvage } from './salvage.ts';
import { schemaFaults } from '../input/schema-faults.ts';

export type ParsedBrokerConfig =
  | { readonly ok: true; readonly config: BrokerConfig; readonly warnings: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Parses, checks and compiles the text of broker.json. Pure; never throws. Faults are all there are, in the
 * document's shape and between its parts, each with a JSON path such as `$.grants[0].resources[2]`; only text that
 * is no JSON hides what else is wrong with it.
 */
export function parseBrokerConfig(text: string): ParsedBrokerConfig {
  if (Buffer.byteLength(text, 'utf8') > MAX_FILE_BYTES)
    return { ok: false, faults: [{ path: '$', message: `must be at most ${MAX_FILE_BYTES} bytes` }] };
  const { value, faults } = readJson(text);
  if (value === undefined) return { ok: false, faults };
  const result = brokerSchema.safeParse(value);
  const issues = result.success ? [] : result.error.issues;
  const broken = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? [] : [issue.path]));
  const document = salvage<BrokerDocument>(value, broken);
  const all = [...faults, ...schemaFaults(brokerSchema, value, issues), ...crossCheck(document, value)];
  if (!result.success || all.length > 0) return { ok: false, faults: all };
  const warnings = [...issuerWarnings(document), ...restrictionWarnings(document)];
  return { ok: true, config: compileConfig(result.data, text), warnings };
}
