// Checks queries with Microsoft's parser of the Kusto Query Language. Azure does not validate the queries of a deployment.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';

/** Columns that the queries may use: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index */
const tables = {
  AppTraces: 'TimeGenerated: datetime, Message: string, _ResourceId: string',
  AppRequests: 'TimeGenerated: datetime, Name: string, Success: bool, _ResourceId: string',
  AZKVAuditLogs:
    'TimeGenerated: datetime, OperationName: string, CallerIpAddress: string, HttpStatusCode: int, _ResourceId: string',
};

let parse = null;
/** Faults by query. Parsing takes a while, and expansions share their queries but for the ids of resources. */
const known = new Map();

/** Returns the faults of a query, as lines. */
export function queryFaults(text) {
  const query = text.replaceAll(/\/subscriptions\/[^']*/g, '<id>');
  if (!known.has(query)) known.set(query, diagnose(query));
  return known.get(query);
}

function diagnose(query) {
  parse ??= loadParser();
  const diagnostics = parse(query).GetDiagnostics();
  return Array.from({ length: diagnostics.Count }, (_, index) => {
    const { Message, Start } = diagnostics.getItem(index);
    return `${Message} At: ${query.slice(Start, Start + 60)}`;
  });
}

/** Returns the faults of the queries in the documents, as lines. */
export function fencedQueryFaults() {
  return readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join('docs', file), 'utf8').matchAll(/^```(?:kusto|kql)\n([^]*?)^```$/gm)].flatMap(
        ([, query]) => queryFaults(query).map((fault) => `docs/${file}: ${fault}`),
      ),
    );
}

/** .ci/bicep/check downloads the parser. */
function loadParser() {
  const folder = '.ci/bicep/kusto/node_modules/@kusto/language-service-next';
  for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js'])
    runInThisContext(readFileSync(join(folder, file), 'utf8'), file);
  const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;
  const symbols = Object.entries(tables).map(
    ([name, columns]) => new Symbols.TableSymbol.$ctor7(name, `(${columns})`, null),
  );
  const database = new Symbols.DatabaseSymbol.$ctor3('workspace', null, symbols, false);
  const globals = GlobalState.Default.WithDatabase(database);
  return (query) => KustoCode.ParseAndAnalyze(query, globals);
}
