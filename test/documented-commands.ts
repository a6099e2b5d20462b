import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** A fenced block of shell commands in a document. */
export interface CommandBlock {
  readonly document: string;
  /** Its first line, which identifies it in its document. */
  readonly first: string;
  readonly text: string;
}

/** What becomes of the blocks of a document, by their first lines. */
type Blocks = Readonly<Record<string, 'run' | { readonly notRun: string }>>;

const AZURE = { notRun: 'needs a subscription, and az or azd' };
const TRANSCRIPT = { notRun: 'shows a dialogue; test/e2e/audit-command-line.test.ts holds such dialogues' };
const SMOKE = { notRun: 'test/e2e/smoke.test.ts runs the program against the laptop stack' };

/**
 * Every block of shell commands in the documents: those that test/e2e/documented-commands.test.ts runs, and why the
 * others are not run. A block that is missing here fails test/unit/documented-commands.test.ts.
 */
export const DOCUMENTED: Readonly<Record<string, Blocks>> = {
  'README.md': {
    'npm ci && npm start     # the broker and a small Azure on your laptop, with sample data and a quick start to paste':
      { notRun: 'test/integration/local-stack.test.ts starts the stack' },
    '# uploader: a token to create one blob in their own folder, and the upload it is for (201)': 'run',
  },
  'CONTRIBUTING.md': { 'npm ci': { notRun: '.ci/run runs them, and npm start runs until Ctrl-C' } },
  'docs/audit.md': {
    '# who had tokens that expired, or will, between 15:00 and 16:00 UTC (one shard; ask for 0 to 7)': AZURE,
  },
  'docs/command-line.md': {
    'export BROKER=https://broker.example/api   # with /api': 'run',
    '$ npm run --silent audit -- lookup --as auditor': TRANSCRIPT,
    "$ npm run --silent audit -- revoke account media --lever regenerate-key --reason 'trial on a laptop' --as operator":
      TRANSCRIPT,
    'npm run --silent smoke -- https://broker.example/api --resource https://media.blob.core.windows.net/photos/a.jpg --scope api://<client id>/.default':
      SMOKE,
    '$ npm run --silent smoke -- --laptop': SMOKE,
  },
  'docs/configuration.md': {
    'npm run check-config                                   # broker.json': 'run',
  },
  'docs/deploy.md': {
    'npm ci': AZURE,
    'az storage account keys list --account-name media --query "[?keyName==\'key1\'].value" -o tsv |': AZURE,
    'curl -sS "$(azd env get-value BROKER_URL)/health/ready"      # {"status":"ready"}': AZURE,
    'for id in "$(azd env get-value SIGNER_PRINCIPAL_ID)" "$(azd env get-value ROTATOR_PRINCIPAL_ID)"; do':
      AZURE,
    'az lock delete --name keep-audit --resource-group rg-<environment> --resource <strec…> --resource-type Microsoft.Storage/storageAccounts':
      AZURE,
    'azd env set RECOVER_VAULT true     # parameter recoverVault': AZURE,
    'az identity federated-credential create --identity-name <identity> --resource-group <group> --name github \\':
      AZURE,
    'npm run package': { notRun: 'test/e2e/package.test.ts builds the package and starts it' },
  },
  'docs/revocation.md': {
    '# 1. Plan. This changes nothing.': 'run',
    'curl -s "$BROKER/callers/blocks" -H "Authorization: Bearer $BEARER" -H \'Content-Type: application/json\' \\':
      'run',
    'curl -s "$BROKER/events?account=media&type=revocation" -H "Authorization: Bearer $AUDITOR"': 'run',
    'az storage account revoke-delegation-keys --name media --resource-group GROUP   # every user delegation SAS':
      AZURE,
  },
  'docs/rotation.md': {
    "az keyvault secret show --vault-name VAULT --name media-key --query 'tags.CredentialId'   # the active key":
      AZURE,
    'az storage account keys list --account-name media --resource-group GROUP --query "[?keyName==\'KEY\'].value" -o tsv |':
      AZURE,
  },
  'docs/uploads.md': {
    'URL=$(ask backup \'{"kind":"account","resource":{"account":"media","services":["blob"],"resourceTypes":["service"]},"permissions":"w"}\')':
      'run',
    'export SASB_BROKER=https://broker.example/api': 'run',
    'BROKER=http://127.0.0.1:7071/api': 'run',
    'azcopy copy ./video.mp4 "$URL" --from-to=LocalBlob --check-length=false    # w': {
      notRun: 'AzCopy is not in Debian, npm or NuGet',
    },
    'ENDPOINT=https://media.blob.core.windows.net': {
      notRun: 'the Azure CLI is not in Debian; test/e2e/clients.test.ts holds what sasb prints for it',
    },
    'eval "$(sasb get https://media.blob.core.windows.net/photos -p rl -f env)"': 'run',
  },
};

const FENCE = /^( *)```(?:sh|bash|shell|console|powershell|zsh)\b[^\n]*\n(.*?)^\1```/gms;

/** Returns every block of shell commands in README, CONTRIBUTING and docs/, without the indentation of its list. */
export function commandBlocks(): CommandBlock[] {
  const documents = [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  return documents.flatMap((document) =>
    [...readFileSync(join(ROOT, document), 'utf8').matchAll(FENCE)].map(([, indent = '', block = '']) => {
      const text = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
      return { document, first: text.split('\n')[0] ?? '', text };
    }),
  );
}
